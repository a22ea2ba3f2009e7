import type { BreakingRule } from "../breaking-rule.js";
import { cardinality, wireGroup, writesJson } from "../compatibility/message-parts.js";
import { fieldSubject } from "../compatibility/source-pairs.js";
import type { Facts } from "../facts.js";

export const jsonTypeChanged: BreakingRule = {
  id: "json-type-changed",
  level: "wire",
  checks: "Where bodies are written in JSON, a field changes to no type that JSON writes in another way.",
  *check(comparison) {
    const { fields, previous, current } = comparison;
    if (!writesJson(previous.facts) || !writesJson(current.facts)) return;
    for (const { message, number, previous: was, current: is } of fields) {
      if (is === null || cardinality(was) !== cardinality(is)) continue;
      const sameBytes = wireGroup(was.type, previous.facts.enums) === wireGroup(is.type, current.facts.enums);
      const [before, now] = [jsonKind(was.type, previous.facts), jsonKind(is.type, current.facts)];
      // Where the bytes differ, too, it is another rule's finding.
      if (!sameBytes || before === now || comparison.isBetweenServers(message.former)) continue;
      yield {
        message: `field ${number} of ${message.name} was ${before} in JSON, and is ${now}`,
        hint: `give ${is.name} a number and a name of its own`,
        position: current.places.member(message.name, is.name, "type"),
        previous: previous.places?.member(message.former, was.name, "type") ?? null,
        subject: fieldSubject(message.name, number),
      };
    }
  },
};

/** JSON writes those of 64 bits as text, and reads either. */
const NUMBERS: ReadonlySet<string> = new Set([
  ...["int32", "int64", "uint32", "uint64", "sint32", "sint64"],
  ...["fixed32", "fixed64", "sfixed32", "sfixed64", "float", "double"],
]);

function jsonKind(type: string, { enums }: Facts): string {
  if (Object.hasOwn(enums, type)) return "an enum";
  if (type === "bool") return "true or false";
  if (type === "bytes") return "base64";
  if (type === "string") return "a text";
  return NUMBERS.has(type) ? "a number" : "an object";
}
