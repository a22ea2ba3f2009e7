import { RAW_BODY } from "../model.js";
import { ARGUMENT, type Rule, type RuleContext } from "../rule.js";

export const rawBody: Rule = {
  id: "raw-body",
  checks: "A message is carried by a protocol that writes messages: where all are raw, routes and pushes have raw().",
  *check(context) {
    const { handlers, pushes } = context;
    for (const { kind, route, messageId, request, response, position } of handlers) {
      yield* misplaced(context, route, messageId, request, position, ARGUMENT[kind].request);
      if (response === null) continue;
      yield* misplaced(context, route, messageId, response, position, ARGUMENT.request.response);
    }
    for (const { route, messageId, message, position } of pushes) {
      yield* misplaced(context, route, messageId, message, position, ARGUMENT.push.message);
    }
  },
};

function* misplaced(
  { model, sources }: RuleContext,
  route: string,
  id: readonly number[],
  body: string,
  position: RuleContext["handlers"][number]["position"],
  argument: number,
) {
  if (body === RAW_BODY) return;
  const speaking = model.protocols.filter(({ key }) => key.includes("route") || key.length === id.length);
  if (speaking.length === 0 || speaking.some((protocol) => protocol.body !== "raw")) return;
  const names = speaking.map(({ name }) => `"${name}"`).join(" and ");
  yield {
    message: `${route} carries a message, and the bodies of ${names} are raw`,
    hint: 'write raw() for bytes as they are, or give the protocol body: "protobuf" or "json"',
    position: sources.part(position, argument),
  };
}
