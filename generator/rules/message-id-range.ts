import { fieldOf, highestValue } from "../layout-size.js";
import type { Layout, Position } from "../model.js";
import { ARGUMENT, type Rule, type RuleContext, showKey } from "../rule.js";

export const messageIdRange: Rule = {
  id: "message-id-range",
  checks: "Every message id has as many parts as the protocol's key, and fits the layout's fields.",
  *check(context) {
    for (const { messageId, kind, position } of context.handlers) {
      yield* outside(context, messageId, position, kind === "request" ? ["request", "response"] : ["request"]);
    }
    for (const { messageId, position } of context.pushes) yield* outside(context, messageId, position, ["response"]);
  },
};

function* outside(
  { model, sources }: RuleContext,
  messageId: readonly number[],
  position: Position,
  sides: readonly ("request" | "response")[],
) {
  const at = sources.part(position, ARGUMENT.id);
  for (const protocol of model.protocols) {
    if (messageId.length !== protocol.key.length) {
      const parts = (count: number) => (count === 1 ? "one number" : "two parts");
      yield {
        message: `message id ${showKey(messageId)} is ${parts(messageId.length)}, and the key of ${protocol.name} is ${parts(protocol.key.length)}`,
        hint: protocol.key.length === 1 ? "give the id as one number" : "give the id as id(service, messageId)",
        position: at,
      };
      return;
    }
    for (const side of sides) {
      const limit = protocol.key.map((part) => highest(protocol[side], part));
      const wrong = messageId.findIndex((part, index) => limit[index]! > 0 && (part < 0 || part > limit[index]!));
      if (wrong === -1) continue;
      yield {
        message: `message id ${showKey(messageId)} does not fit ${protocol.name}'s ${side} layout, whose ${protocol.key[wrong]} goes from 0 to ${limit[wrong]}`,
        hint: null,
        position: at,
      };
      return;
    }
  }
}

function highest(layout: Layout, part: "service" | "messageId"): number {
  return highestValue(fieldOf(layout, part));
}
