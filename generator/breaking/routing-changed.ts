import type { BreakingRule } from "../breaking-rule.js";
import { own } from "../compatibility/comparison.js";

export const routingChanged: BreakingRule = {
  id: "routing-changed",
  level: "route",
  checks: "A server type is routed to by the same rule.",
  *check({ previous, current }) {
    for (const [name, was] of Object.entries(previous.facts.servers)) {
      const is = own(current.facts.servers, name);
      // A rule where there was none takes nothing from anybody.
      if (is === undefined || was.routeBy === undefined || is.routeBy === was.routeBy) continue;
      yield {
        message: `${name} was routed by ${was.routeBy}, and is routed by ${is.routeBy ?? "nothing"}`,
        hint: "servers of both schemas would send one session to different servers: declare a new type beside it",
        position: current.places.server(name, "routeBy")!,
        previous: previous.places?.server(name, "routeBy") ?? null,
        serversOnly: true,
      };
    }
  },
};
