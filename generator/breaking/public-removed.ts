import type { BreakingRule } from "../breaking-rule.js";

export const publicRemoved: BreakingRule = {
  id: "public-removed",
  level: "route",
  checks: "A route that may be called before the session is bound to a user stays public.",
  *check({ routes, previous, current }) {
    for (const { former, name, previous: was, current: is } of routes) {
      if (is === null || was.public === undefined || is.public !== undefined || is.kind !== was.kind) continue;
      yield {
        message: `${name} was public, and needs a bound session now`,
        hint: "clients that call it before they log in get UNAUTHENTICATED: keep { public: true }",
        position: current.places.route(name, "public")!,
        previous: previous.places?.route(former, "public") ?? null,
      };
    }
  },
};
