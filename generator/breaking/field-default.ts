import type { BreakingRule } from "../breaking-rule.js";
import { fieldSubject, pairFields } from "../compatibility/source-pairs.js";

export const fieldDefault: BreakingRule = {
  id: "field-default",
  level: "source",
  checks: "What a program finds in an absent proto2 field stays the same.",
  *check(comparison) {
    const { previous, current } = comparison;
    for (const { messages, previous: was, current: is } of pairFields(comparison)) {
      if (was.default === is.default) continue;
      const show = (value: typeof is.default) => (value === null ? "none of its own" : JSON.stringify(value));
      yield {
        message: `the default of ${is.protoName} of ${messages.current.fullName} was ${show(was.default)}, and is ${show(is.default)}`,
        hint: "nothing of it is on the wire: each side takes an absent field for its own default",
        position: current.places.member(messages.current.fullName, is.protoName),
        previous: previous.places!.member(messages.previous.fullName, was.protoName),
        subject: fieldSubject(messages.current.fullName, was.number),
      };
    }
  },
};
