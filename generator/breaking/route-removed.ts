import type { BreakingRule } from "../breaking-rule.js";
import { own } from "../compatibility/comparison.js";

export const routeRemoved: BreakingRule = {
  id: "route-removed",
  level: "route",
  checks: "A route that clients or servers call is still there, or says what it `was`.",
  *check({ routes, previous, current }) {
    for (const { former, previous: was, current: is } of routes) {
      const [type = "", group = "", method = ""] = former.split(".");
      if (is !== null || was.kind === "push" || own(current.facts.servers, type) === undefined) continue;
      const part = was.kind === "rpc" ? "remotes" : "handlers";
      yield {
        message: `${former} is gone`,
        hint: `whoever calls it is refused; if it was only renamed, add to its new name: { was: "${former}" }`,
        position: current.places.server(type, part, group, method)!,
        previous: previous.places?.route(former) ?? null,
        serversOnly: was.kind === "rpc",
      };
    }
  },
};
