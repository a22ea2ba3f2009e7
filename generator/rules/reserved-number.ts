import { sameId } from "../message-key.js";
import { ARGUMENT, type Rule, showKey } from "../rule.js";

const HINT = "`reserved` of defineSchema keeps it free: take another one";

export const reservedNumber: Rule = {
  id: "reserved-number",
  checks: "No route takes a message id, and no error a code, that the schema keeps free.",
  *check({ model, handlers, pushes, reserved, sources }) {
    const isReserved = (id: readonly number[]) => reserved.messageIds.some(({ from, to }) => isWithin(id, from, to));
    const places = [
      ...[...handlers, ...pushes].map(({ messageId, position }) => ({
        messageId,
        position: sources.part(position, ARGUMENT.id),
      })),
      ...handlers
        .filter(({ messageId, replyId }) => !sameId(messageId, replyId))
        .map(({ replyId, position }) => ({
          messageId: replyId,
          position: sources.part(position, ARGUMENT.request.options, "reply"),
        })),
    ];
    for (const { messageId, position } of places) {
      if (!isReserved(messageId)) continue;
      yield { message: `message id ${showKey(messageId)} is reserved by the schema`, hint: HINT, position };
    }
    for (const { name, code, position } of model.errors) {
      if (!reserved.errors.includes(code)) continue;
      yield { message: `error code ${code} of ${name} is reserved by the schema`, hint: HINT, position };
    }
  },
};

/** Ranges run over the last part of a key. */
function isWithin(messageId: readonly number[], from: readonly number[], to: readonly number[]): boolean {
  const last = messageId.length - 1;
  const outer = messageId.slice(0, last).every((part, index) => part === from[index] && part === to[index]);
  return from.length === messageId.length && outer && from[last]! <= messageId[last]! && messageId[last]! <= to[last]!;
}
