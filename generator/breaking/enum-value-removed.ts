import type { BreakingRule } from "../breaking-rule.js";
import { own } from "../compatibility/comparison.js";
import { isReserved } from "../compatibility/message-parts.js";
import { valueSubject } from "../compatibility/source-pairs.js";

export const enumValueRemoved: BreakingRule = {
  id: "enum-value-removed",
  level: "wire",
  checks: "The number of an enum's value that is gone is reserved.",
  *check(comparison) {
    const { enums, previous, current } = comparison;
    for (const { former, name, previous: was, current: is } of enums) {
      const numbers = new Set(Object.values(is.values));
      for (const [value, number] of Object.entries(was.values)) {
        if (numbers.has(number) || own(is.values, value) !== undefined || isReserved(is, number)) continue;
        yield {
          message: `value ${number} of ${name} is gone, which was ${value}, and its number may be used again`,
          hint: `add to ${name}: reserved ${number};`,
          position: current.places.type(name),
          previous: previous.places?.member(former, value) ?? null,
          serversOnly: comparison.isBetweenServers(former),
          subject: valueSubject(name, value),
        };
      }
    }
  },
};
