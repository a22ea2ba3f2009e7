import type { BreakingRule } from "../breaking-rule.js";
import { type Cardinality, cardinality, numberOfName } from "../compatibility/message-parts.js";
import { fieldSubject } from "../compatibility/source-pairs.js";

const WORDS: Readonly<Record<Cardinality, string>> = {
  single: "one value",
  repeated: "repeated",
  map: "a map",
};

export const fieldCardinalityChanged: BreakingRule = {
  id: "field-cardinality-changed",
  level: "wire",
  checks: "A field stays one value, repeated, or a map.",
  *check(comparison) {
    const { fields, previous, current } = comparison;
    for (const { message, number, previous: was, current: is } of fields) {
      if (is === null || cardinality(was) === cardinality(is)) continue;
      if ((numberOfName(message.current, was.name) ?? number) !== number) continue;
      yield {
        message: `field ${number} of ${message.name} was ${WORDS[cardinality(was)]}, and is ${WORDS[cardinality(is)]}`,
        hint: `give ${is.name} a number of its own, and add to ${message.name}: reserved ${number};`,
        position: current.places.member(message.name, is.name),
        previous: previous.places?.member(message.former, was.name) ?? null,
        serversOnly: comparison.isBetweenServers(message.former),
        subject: fieldSubject(message.name, number),
      };
    }
  },
};
