import type { BreakingRule } from "../breaking-rule.js";
import { own } from "../compatibility/comparison.js";

export const errorCodeChanged: BreakingRule = {
  id: "error-code-changed",
  level: "route",
  checks: "An error keeps its code.",
  *check({ previous, current }) {
    for (const [name, was] of Object.entries(previous.facts.errors)) {
      const is = own(current.facts.errors, name);
      if (is === undefined || is === was) continue;
      yield {
        message: `${name} was error ${was}, and is ${is}`,
        hint: `old clients know it by ${was}: give it that code back`,
        position: current.places.schema("errors", name),
        previous: previous.places?.schema("errors", name) ?? null,
      };
    }
  },
};
