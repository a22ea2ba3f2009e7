import type { BreakingRule } from "../breaking-rule.js";
import { isReserved, numberOfName } from "../compatibility/message-parts.js";
import { fieldSubject } from "../compatibility/source-pairs.js";

export const fieldRemoved: BreakingRule = {
  id: "field-removed",
  level: "wire",
  checks: "The number of a field that is gone is reserved.",
  *check(comparison) {
    const { fields, previous, current } = comparison;
    for (const { message, number, previous: was, current: is } of fields) {
      if (is !== null || isReserved(message.current, number)) continue;
      // Under its name it may still be there: that is another rule's finding.
      if (numberOfName(message.current, was.name) !== null) continue;
      yield {
        message: `field ${number} of ${message.name} is gone, which was ${was.name}, and its number may be used again`,
        hint: `add to ${message.name}: reserved ${number};`,
        position: current.places.type(message.name),
        previous: previous.places?.member(message.former, was.name) ?? null,
        serversOnly: comparison.isBetweenServers(message.former),
        subject: fieldSubject(message.name, number),
      };
    }
  },
};
