import type { BreakingRule } from "../breaking-rule.js";

export const routeKindChanged: BreakingRule = {
  id: "route-kind-changed",
  level: "route",
  checks: "A request stays a request, a notify a notify, a push a push, a remote a remote.",
  *check({ routes, previous, current }) {
    for (const { former, name, previous: was, current: is } of routes) {
      if (is === null || is.kind === was.kind) continue;
      yield {
        message: `${name} was made by ${was.kind}(), and is made by ${is.kind}()`,
        hint: "old clients wait for an answer that does not come, or do not expect the one that comes: add a route beside it",
        position: current.places.route(name)!,
        previous: previous.places?.route(former) ?? null,
        serversOnly: was.kind === "rpc",
      };
    }
  },
};
