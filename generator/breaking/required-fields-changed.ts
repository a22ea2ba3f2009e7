import type { BreakingRule } from "../breaking-rule.js";
import { own } from "../compatibility/comparison.js";
import { fieldSubject } from "../compatibility/source-pairs.js";
import type { FieldFacts, MessageFacts } from "../facts.js";

export const requiredFieldsChanged: BreakingRule = {
  id: "required-fields-changed",
  level: "wire",
  checks: "A proto2 message requires the same fields.",
  *check(comparison) {
    const { messages, previous, current } = comparison;
    for (const { former, name, previous: was, current: is } of messages) {
      for (const [number, field] of fieldsOf(was, is)) {
        const before = own(was.fields, number);
        const now = own(is.fields, number);
        if (isRequired(before) === isRequired(now)) continue;
        yield {
          message: `${name} ${isRequired(now) ? "requires" : "no longer requires"} field ${number}, ${field.name}`,
          hint: "who requires it refuses messages of those who do not: leave it as it is",
          position: now === undefined ? current.places.type(name) : current.places.member(name, now.name),
          previous: before === undefined ? null : (previous.places?.member(former, before.name) ?? null),
          serversOnly: comparison.isBetweenServers(former),
          subject: fieldSubject(name, Number(number)),
        };
      }
    }
  },
};

/** Of either message, by number, each as it is now if it still is. */
function fieldsOf(was: MessageFacts, is: MessageFacts): [number: string, FieldFacts][] {
  return Object.entries({ ...was.fields, ...is.fields });
}

function isRequired(field: FieldFacts | undefined): boolean {
  return field?.presence === "required";
}
