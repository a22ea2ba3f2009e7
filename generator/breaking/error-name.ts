import type { BreakingRule } from "../breaking-rule.js";
import { own } from "../compatibility/comparison.js";

export const errorName: BreakingRule = {
  id: "error-name",
  level: "source",
  checks: "An error keeps its name.",
  *check({ previous, current }) {
    const names = new Map(Object.entries(current.facts.errors).map(([name, code]) => [code, name]));
    for (const [was, code] of Object.entries(previous.facts.errors)) {
      const is = names.get(code);
      if (is === undefined || own(current.facts.errors, was) !== undefined) continue;
      yield {
        message: `error ${code} was ${was}, and is ${is}`,
        hint: "programs mention it by its name",
        position: current.places.schema("errors", is),
        previous: previous.places?.schema("errors", was) ?? null,
      };
    }
  },
};
