import { CONTROL_IDS } from "../../wire/control-id.js";
import { highestKeyPart, protocolsOf, sameId } from "../message-key.js";
import type { Model, Position, Protocol } from "../model.js";
import { ARGUMENT, type Rule, showKey } from "../rule.js";

export const reservedId: Rule = {
  id: "reserved-id",
  checks:
    "No route that our own clients may call takes id 0, or one of the topmost ids, which are the control messages'.",
  *check({ model, handlers, pushes, sources }) {
    for (const { messageId, position } of [...handlers, ...pushes]) {
      yield* reserved(model, messageId, sources.part(position, ARGUMENT.id));
    }
    for (const { messageId, replyId, position } of handlers) {
      if (sameId(replyId, messageId)) continue;
      yield* reserved(model, replyId, sources.part(position, ARGUMENT.request.options, "reply"));
    }
  },
};

function* reserved(model: Model, messageId: readonly number[], position: Position) {
  const protocols = protocolsOf(model, messageId);
  // Other protocols have control messages where they say, and may count from 0.
  const ours = protocols.filter(({ control }) => control.kind === "handshake");
  if (messageId.every((part) => part === 0) && ours.length >= Math.min(1, protocols.length)) {
    const message = `message id ${showKey(messageId)} is reserved: it means no message`;
    yield { message, hint: "ids begin at 1", position };
    return;
  }
  for (const protocol of ours) {
    const limits = protocol.key.map((part) => keyLimit(protocol, part));
    const last = limits.at(-1)!;
    const outer = messageId.slice(0, -1).every((part) => part === 0);
    const inner = messageId.at(-1)!;
    if (!outer || inner > last || inner <= last - CONTROL_IDS) continue;
    yield {
      message: `message id ${showKey(messageId)} is reserved for the control messages of ${protocol.name}`,
      hint: `they take ${last - CONTROL_IDS + 1} to ${last}; use a lower one`,
      position,
    };
    return;
  }
}

/** The highest number that both layouts can carry. */
function keyLimit(protocol: Protocol, part: Protocol["key"][number]): number {
  return Math.min(highestKeyPart(protocol.request, protocol, part), highestKeyPart(protocol.response, protocol, part));
}
