import type { BreakingRule } from "../breaking-rule.js";
import { own } from "../compatibility/comparison.js";

export const errorRemoved: BreakingRule = {
  id: "error-removed",
  level: "route",
  checks: "An error code is still there, and free for nothing else.",
  *check({ previous, current }) {
    const codes = new Set(Object.values(current.facts.errors));
    for (const [name, code] of Object.entries(previous.facts.errors)) {
      if (codes.has(code) || own(current.facts.errors, name) !== undefined) continue;
      yield {
        message: `error ${code} is gone, which was ${name}`,
        hint: "old servers still answer with it: keep it until they are gone",
        position: current.places.schema("errors"),
        previous: previous.places?.schema("errors", name) ?? null,
      };
    }
  },
};
