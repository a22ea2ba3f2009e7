import type { BreakingRule } from "../breaking-rule.js";

export const routeMessageChanged: BreakingRule = {
  id: "route-message-changed",
  level: "route",
  checks: "A route keeps its messages.",
  *check(comparison) {
    const { previous, current } = comparison;
    for (const { former, name, previous: was, current: is } of comparison.routes) {
      // What another kind of route carries is nothing to compare with.
      if (is === null || is.kind !== was.kind) continue;
      for (const part of ["message", "response"] as const) {
        const [before, now] = [was[part], is[part]];
        if (before === undefined || now === undefined || comparison.isSameType(before, now)) continue;
        const verb = part === "response" ? "answered with" : was.kind === "push" ? "carried" : "took";
        yield {
          message: `${name} ${verb} ${before}, and now ${now}`,
          hint: `add fields to ${before} instead, or a route with ${now} beside this one`,
          position: current.places.route(name, part)!,
          previous: previous.places?.route(former, part) ?? null,
          serversOnly: was.kind === "rpc",
        };
      }
    }
  },
};
