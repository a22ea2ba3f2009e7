import type { BreakingRule } from "../breaking-rule.js";
import { fieldSubject, pairFields, type TypePair } from "../compatibility/source-pairs.js";
import type { MessageField, MessageType } from "../model.js";

export const oneofName: BreakingRule = {
  id: "oneof-name",
  level: "source",
  checks: "A oneof keeps its name, and a field stays in it or outside.",
  *check(comparison) {
    const { previous, current } = comparison;
    const told = new Set<string>();
    for (const { messages, previous: was, current: is } of pairFields(comparison)) {
      const [before, now] = [nameOf(was, messages.previous), nameOf(is, messages.current)];
      if (before === now) continue;
      const rename = before !== null && now !== null ? `${before} ${now} ${messages.current.fullName}` : null;
      // A new name is said once, at the first field.
      if (rename !== null && told.has(rename)) continue;
      if (rename !== null) told.add(rename);
      yield {
        message: describe(before, now, is, messages),
        hint: "programs find the field under the oneof's name",
        position: current.places.member(messages.current.fullName, is.protoName),
        previous: previous.places!.member(messages.previous.fullName, was.protoName),
        subject: fieldSubject(messages.current.fullName, was.number),
      };
    }
  },
};

function nameOf({ oneof }: MessageField, { oneofs }: MessageType): string | null {
  return oneof === null ? null : oneofs[oneof]!.name;
}

function describe(before: string | null, now: string | null, field: MessageField, messages: TypePair<MessageType>) {
  const message = messages.current.fullName;
  if (before !== null && now !== null) return `the oneof ${before} of ${message} is called ${now} now`;
  return before === null
    ? `${field.protoName} of ${message} stands in the oneof ${now} now`
    : `${field.protoName} of ${message} no longer stands in the oneof ${before}`;
}
