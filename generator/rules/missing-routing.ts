import type { Rule } from "../rule.js";

export const missingRouting: Rule = {
  id: "missing-routing",
  checks: "A backend that clients may call says how its server is found.",
  *check({ model, isWhole }) {
    for (const { name, kind, routeBy, groups, position } of model.servers) {
      if (
        !isWhole(position) ||
        kind !== "backend" ||
        routeBy !== null ||
        groups.every(({ handlers }) => handlers.length === 0)
      )
        continue;
      yield {
        message: `${name} has handlers, and no routeBy that says which server a session's request goes to`,
        hint: "uid(), sessionData(field), messageField(field), server(field), leastLoaded() or roundRobin()",
        position,
      };
    }
  },
};
