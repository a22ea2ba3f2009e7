import type { BreakingRule } from "../breaking-rule.js";
import { own } from "../compatibility/comparison.js";

export const pushRemoved: BreakingRule = {
  id: "push-removed",
  level: "route",
  checks: "A push that clients listen to is still there, or says what it `was`.",
  *check({ routes, previous, current }) {
    for (const { former, previous: was, current: is } of routes) {
      const [type = "", name = ""] = former.split(".");
      if (is !== null || was.kind !== "push" || own(current.facts.servers, type) === undefined) continue;
      yield {
        message: `${former} is gone`,
        hint: `clients wait for it in vain; if it was only renamed, add to its new name: { was: "${former}" }`,
        position: current.places.server(type, "pushes", name)!,
        previous: previous.places?.route(former) ?? null,
      };
    }
  },
};
