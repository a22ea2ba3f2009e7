import type { BreakingRule } from "../breaking-rule.js";
import { isReserved, numberOfName } from "../compatibility/message-parts.js";
import { fieldSubject } from "../compatibility/source-pairs.js";

export const fieldRenumbered: BreakingRule = {
  id: "field-renumbered",
  level: "wire",
  checks: "A field keeps its number, unless the old one is reserved.",
  *check(comparison) {
    const { fields, previous, current } = comparison;
    for (const { message, number, previous: was } of fields) {
      const now = numberOfName(message.current, was.name);
      if (now === null || now === number || isReserved(message.current, number)) continue;
      yield {
        message: `${was.name} of ${message.name} was field ${number}, and is field ${now}`,
        hint: `give it back ${number}, or add to ${message.name}: reserved ${number};`,
        position: current.places.member(message.name, was.name, "number"),
        previous: previous.places?.member(message.former, was.name, "number") ?? null,
        serversOnly: comparison.isBetweenServers(message.former),
        subject: fieldSubject(message.name, number),
      };
    }
  },
};
