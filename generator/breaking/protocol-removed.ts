import type { BreakingRule } from "../breaking-rule.js";
import { own } from "../compatibility/comparison.js";

export const protocolRemoved: BreakingRule = {
  id: "protocol-removed",
  level: "wire",
  checks: "A protocol that clients speak is still there, under its name.",
  *check({ previous, current }) {
    for (const name of Object.keys(previous.facts.protocols)) {
      if (own(current.facts.protocols, name) !== undefined) continue;
      yield {
        message: `protocol ${name} is gone`,
        hint: "its clients can no longer be understood: keep it until they are all gone",
        position: current.places.schema("protocols"),
        previous: previous.places?.protocol(name) ?? null,
      };
    }
  },
};
