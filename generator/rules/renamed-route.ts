import { ARGUMENT, type Rule } from "../rule.js";

export const renamedRoute: Rule = {
  id: "renamed-route",
  checks: "What a route `was` is no route any more, and no other route claims it.",
  *check({ routeFacts, sources }) {
    const live = new Set(routeFacts.map(({ route }) => route));
    const claimed = new Map<string, string>();
    for (const { route, kind, was, position } of routeFacts) {
      if (was === null) continue;
      const at = sources.part(position, ARGUMENT[kind].options, "was");
      const other = claimed.get(was);
      claimed.set(was, route);
      if (live.has(was)) {
        yield {
          message: `${route} was not ${was}, which is still there`,
          hint: "`was` names a route that is gone because this one took its place",
          position: at,
        };
      } else if (other !== undefined) {
        yield { message: `${was} became ${other} already`, hint: "only one route can take its ids", position: at };
      }
    }
  },
};
