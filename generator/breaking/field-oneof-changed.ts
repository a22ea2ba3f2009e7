import type { BreakingRule } from "../breaking-rule.js";
import { own } from "../compatibility/comparison.js";
import { excludedWith } from "../compatibility/message-parts.js";
import { fieldSubject } from "../compatibility/source-pairs.js";

export const fieldOneofChanged: BreakingRule = {
  id: "field-oneof-changed",
  level: "wire",
  checks: "Fields that could be set together still can, and those of a oneof still exclude each other.",
  *check(comparison) {
    const { fields, previous, current } = comparison;
    for (const { message, number, previous: was, current: is } of fields) {
      if (is === null || was.oneof === is.oneof) continue;
      // A oneof under another name, or around one field alone, excludes nothing that was not excluded before.
      const before = excludedWith(message.previous, number).filter((other) => own(message.current.fields, `${other}`));
      const now = excludedWith(message.current, number).filter((other) => own(message.previous.fields, `${other}`));
      if (before.join() === now.join()) continue;
      yield {
        message: `field ${number} of ${message.name} was in ${show(was.oneof)}, and is in ${show(is.oneof)}`,
        hint: "a reader of the other schema loses what it does not expect beside it: add new fields instead",
        position: current.places.member(message.name, is.name),
        previous: previous.places?.member(message.former, was.name) ?? null,
        serversOnly: comparison.isBetweenServers(message.former),
        subject: fieldSubject(message.name, number),
      };
    }
  },
};

function show(oneof: string | undefined): string {
  return oneof === undefined ? "no oneof" : `the oneof ${oneof}`;
}
