import type { BreakingRule } from "../breaking-rule.js";
import { cardinality, numberOfName, wireGroup } from "../compatibility/message-parts.js";
import { fieldSubject } from "../compatibility/source-pairs.js";
import type { FieldFacts } from "../facts.js";

export const fieldTypeChanged: BreakingRule = {
  id: "field-type-changed",
  level: "wire",
  checks: "A field number keeps its type, or changes to one with the same bytes.",
  *check(comparison) {
    const { previous, current } = comparison;
    const groupBefore = (type: string) => {
      const group = wireGroup(type, previous.facts.enums);
      return comparison.typeNow(group) ?? group;
    };
    for (const { message, number, previous: was, current: is } of comparison.fields) {
      if (is === null || cardinality(was) !== cardinality(is)) continue;
      // Another field took its number: that it moved is another rule's finding.
      if ((numberOfName(message.current, was.name) ?? number) !== number) continue;
      const sameKey = wireGroup(was.key ?? "", {}) === wireGroup(is.key ?? "", {});
      const sameTags = was.group === is.group;
      if (sameKey && sameTags && groupBefore(was.type) === wireGroup(is.type, current.facts.enums)) continue;
      yield {
        message: `field ${number} of ${message.name} was ${show(was)}, and is ${show(is)}`,
        hint: `give ${is.name} a number of its own, and add to ${message.name}: reserved ${number};`,
        position: current.places.member(message.name, is.name, "type"),
        previous: previous.places?.member(message.former, was.name, "type") ?? null,
        serversOnly: comparison.isBetweenServers(message.former),
        subject: fieldSubject(message.name, number),
      };
    }
  },
};

function show({ type, key, group }: FieldFacts): string {
  if (group) return `a group ${type}`;
  return key === undefined ? type : `map<${key}, ${type}>`;
}
