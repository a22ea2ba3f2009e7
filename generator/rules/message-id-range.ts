import { highestKeyPart, protocolsOf, sameId } from "../message-key.js";
import type { Position, Protocol } from "../model.js";
import { ARGUMENT, type Rule, type RuleContext, showKey } from "../rule.js";

type Side = "request" | "response";

export const messageIdRange: Rule = {
  id: "message-id-range",
  checks: "Every message id has as many parts as a protocol's key, and fits the layout's fields.",
  *check(context) {
    const { model, handlers, pushes, sources } = context;
    for (const { messageId, replyId, kind, position } of handlers) {
      const at = sources.part(position, ARGUMENT.id);
      const own = sameId(replyId, messageId);
      const sides: Side[] = kind === "request" && own ? ["request", "response"] : ["request"];
      yield* outside(context, messageId, at, sides);
      if (kind === "notify" || own) continue;
      const reply = sources.part(position, ARGUMENT.request.options, "reply");
      if (replyId.length === messageId.length) yield* outside(context, replyId, reply, ["response"]);
      else {
        const message = `the reply's id ${showKey(replyId)} is ${parts(replyId.length)}, and the request's ${showKey(messageId)} is ${parts(messageId.length)}`;
        yield { message, hint: "one protocol carries both", position: reply };
      }
    }
    for (const { messageId, position } of pushes) {
      yield* outside(context, messageId, sources.part(position, ARGUMENT.id), ["response"]);
    }
    for (const protocol of model.protocols) yield* foreign(context, protocol);
  },
};

const parts = (count: number) => (count === 1 ? "one number" : "two parts");

function* outside({ model }: RuleContext, messageId: readonly number[], position: Position, sides: readonly Side[]) {
  const protocols = protocolsOf(model, messageId);
  if (protocols.length === 0) yield* shapeless(model.protocols, messageId, position);
  for (const protocol of protocols) {
    const problem = misfit(protocol, messageId, position, sides);
    if (problem === null) continue;
    yield problem;
    return;
  }
}

/** No protocol's key has as many parts. */
function* shapeless([protocol]: readonly Protocol[], messageId: readonly number[], position: Position) {
  if (protocol === undefined) return;
  yield {
    message: `message id ${showKey(messageId)} is ${parts(messageId.length)}, and the key of ${protocol.name} is ${parts(protocol.key.length)}`,
    hint: protocol.key.length === 1 ? "give the id as one number" : "give the id as id(service, messageId)",
    position,
  };
}

function misfit(protocol: Protocol, messageId: readonly number[], position: Position, sides: readonly Side[]) {
  for (const side of sides) {
    const limit = protocol.key.map((part) => highestKeyPart(protocol[side], protocol, part));
    const wrong = messageId.findIndex((part, index) => limit[index]! > 0 && (part < 0 || part > limit[index]!));
    if (wrong === -1) continue;
    const message = `message id ${showKey(messageId)} does not fit ${protocol.name}'s ${side} layout, whose ${protocol.key[wrong]} goes from 0 to ${limit[wrong]}`;
    return { message, hint: null, position };
  }
  return null;
}

/** The ids of control messages that are not ours. */
function* foreign({ sources }: RuleContext, protocol: Protocol) {
  const { control } = protocol;
  if (control.kind !== "foreign") return;
  const { heartbeat, kick } = control;
  for (const [message, sides] of [
    [heartbeat, ["request", "response"] as const] as const,
    [kick, ["response"] as const] as const,
  ]) {
    if (message === null) continue;
    const { messageId, position: call } = message;
    const position = sources.part(call, ARGUMENT.id);
    if (messageId.length !== protocol.key.length) yield* shapeless([protocol], messageId, position);
    else {
      const problem = misfit(protocol, messageId, position, sides);
      if (problem !== null) yield problem;
    }
  }
}
