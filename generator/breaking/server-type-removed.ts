import type { BreakingRule } from "../breaking-rule.js";
import { own } from "../compatibility/comparison.js";

export const serverTypeRemoved: BreakingRule = {
  id: "server-type-removed",
  level: "route",
  checks: "A server type is still there, under its name.",
  *check(comparison) {
    const { previous, current } = comparison;
    for (const [name, { kind }] of Object.entries(previous.facts.servers)) {
      if (own(current.facts.servers, name) !== undefined) continue;
      yield {
        message: `the ${kind} type ${name} is gone, with all that it answered`,
        hint: "servers find each other by the type's name: a type cannot be renamed while old servers run",
        position: current.places.schema("servers"),
        previous: previous.places?.server(name) ?? null,
        serversOnly: comparison.isHidden(name),
      };
    }
  },
};
