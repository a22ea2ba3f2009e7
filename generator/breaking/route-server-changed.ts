import type { BreakingRule } from "../breaking-rule.js";
import { own } from "../compatibility/comparison.js";

export const routeServerChanged: BreakingRule = {
  id: "route-server-changed",
  level: "route",
  checks: "A route stays with its server type.",
  *check({ routes, previous, current }) {
    for (const { former, name, previous: was, current: is } of routes) {
      const [type, now] = [former, name].map((route) => route.slice(0, route.indexOf(".")));
      if (is === null || type === now || own(current.facts.servers, type!) === undefined) continue;
      yield {
        message: `${former} moved to server type ${now}, as ${name}`,
        hint: `old clients still address ${type}: add the route to ${now} under an id of its own`,
        position: current.places.route(name)!,
        previous: previous.places?.route(former) ?? null,
        serversOnly: was.kind === "rpc",
      };
    }
  },
};
