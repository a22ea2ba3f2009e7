import type { BreakingRule } from "../breaking-rule.js";
import { own } from "../compatibility/comparison.js";
import { isReserved } from "../compatibility/message-parts.js";
import { valueSubject } from "../compatibility/source-pairs.js";

export const enumValueRenumbered: BreakingRule = {
  id: "enum-value-renumbered",
  level: "wire",
  checks: "An enum's value keeps its number, unless the old one is reserved.",
  *check(comparison) {
    const { enums, previous, current } = comparison;
    for (const { former, name, previous: was, current: is } of enums) {
      for (const [value, number] of Object.entries(was.values)) {
        const now = own(is.values, value);
        if (now === undefined || now === number || isReserved(is, number)) continue;
        yield {
          message: `${value} of ${name} was ${number}, and is ${now}`,
          hint: `give it back ${number}, or add to ${name}: reserved ${number};`,
          position: current.places.member(name, value, "number"),
          previous: previous.places?.member(former, value, "number") ?? null,
          serversOnly: comparison.isBetweenServers(former),
          subject: valueSubject(name, value),
        };
      }
    }
  },
};
