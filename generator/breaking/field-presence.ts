import type { BreakingRule } from "../breaking-rule.js";
import { fieldSubject, pairFields } from "../compatibility/source-pairs.js";
import type { MessageField } from "../model.js";

export const fieldPresence: BreakingRule = {
  id: "field-presence",
  level: "source",
  checks: "A field that may be absent still may, and one that is always there still is.",
  *check(comparison) {
    const { previous, current } = comparison;
    for (const { messages, previous: was, current: is } of pairFields(comparison)) {
      const [before, now] = [was, is].map(mayBeAbsent);
      if (before === null || now === null || before === now) continue;
      const what = `${is.protoName} of ${messages.current.fullName}`;
      yield {
        message: now ? `${what} was always there, and may be absent` : `${what} might be absent, and is always there`,
        hint: "the code that reads it must change: what was absent is now zero, or the other way round",
        position: current.places.member(messages.current.fullName, is.protoName),
        previous: previous.places!.member(messages.previous.fullName, was.protoName),
        subject: fieldSubject(messages.current.fullName, was.number),
      };
    }
  },
};

/** Null for a field that is no value of its own: repeated, a map, a member of a oneof. */
function mayBeAbsent({ presence, oneof }: MessageField): boolean | null {
  if (presence === "repeated" || presence === "map" || oneof !== null) return null;
  return presence === "explicit";
}
