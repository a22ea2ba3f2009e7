import type { BreakingRule } from "../breaking-rule.js";

export const routeName: BreakingRule = {
  id: "route-name",
  level: "source",
  checks: "A route's group and method, and a push, keep their names.",
  *check({ routes, previous, current }) {
    for (const { former, name, current: is } of routes) {
      if (is === null || name === former) continue;
      yield {
        message: `${former} is called ${name} now`,
        hint: "its ids are the same; programs mention it by its name",
        position: current.places.route(name, "name")!,
        previous: previous.places?.route(former, "name") ?? null,
      };
    }
  },
};
