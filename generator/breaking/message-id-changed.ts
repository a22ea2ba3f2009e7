import type { BreakingRule } from "../breaking-rule.js";
import { sameJson } from "../compatibility/differences.js";
import { showKey } from "../rule.js";

export const messageIdChanged: BreakingRule = {
  id: "message-id-changed",
  level: "wire",
  checks: "A route keeps its message id, and its answer's.",
  *check({ routes, previous, current }) {
    for (const { former, name, previous: was, current: is } of routes) {
      if (was.id === undefined || is?.id === undefined) continue;
      const replies = [was.reply ?? was.id, is.reply ?? is.id] as const;
      const answered = was.kind === "request" && is.kind === "request" && !sameJson(...replies);
      if (sameJson(was.id, is.id) && !answered) continue;
      const [what, [before, now]] = sameJson(was.id, is.id)
        ? ["the answer's message id", replies]
        : ["message id", [was.id, is.id] as const];
      yield {
        message: `${name} had ${what} ${showKey(before)}, and has ${showKey(now)}`,
        hint: `give it back ${showKey(before)}, or add a route with the new id beside it`,
        position: current.places.route(name, "id")!,
        previous: previous.places?.route(former, "id") ?? null,
      };
    }
  },
};
