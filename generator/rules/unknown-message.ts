import { didYouMean } from "../../wire/did-you-mean.js";
import { type Position, RAW_BODY } from "../model.js";
import { ARGUMENT, type Rule, type RuleContext } from "../rule.js";

export const unknownMessage: Rule = {
  id: "unknown-message",
  checks: "Every message that a route, the session, a kick or `unknownFields` names is declared in a .proto file.",
  *check(context) {
    const { model, handlers, pushes, remotes, sources } = context;
    for (const { kind, request, response, position } of handlers) {
      yield* unknown(context, request, sources.part(position, ARGUMENT[kind].request));
      if (response !== null) yield* unknown(context, response, sources.part(position, ARGUMENT.request.response));
    }
    for (const { message, position } of pushes) {
      yield* unknown(context, message, sources.part(position, ARGUMENT.push.message));
    }
    for (const { request, response, position } of remotes) {
      yield* unknown(context, request, sources.part(position, ARGUMENT.rpc.request));
      yield* unknown(context, response, sources.part(position, ARGUMENT.rpc.response));
    }
    for (const { control } of model.protocols) {
      if (control.kind !== "foreign" || control.kick === null) continue;
      yield* unknown(context, control.kick.message, sources.part(control.kick.position, ARGUMENT.push.message));
    }
    for (const name of context.keeping) {
      yield* unknown(context, name, sources.part(model.position, 0, "unknownFields"));
    }
    if (model.session !== null) yield* unknown(context, model.session, sources.part(model.position, 0, "session"));
  },
};

function* unknown({ messages, enums, mayBeLost }: RuleContext, name: string, position: Position) {
  if (name === RAW_BODY || messages.has(name) || mayBeLost(name)) return;
  if (enums.has(name)) {
    yield {
      message: `"${name}" is an enum, not a message`,
      hint: "a body is a message; put the enum into one",
      position,
    };
    return;
  }
  const namesake = [...messages.keys()].find((fullName) => fullName.endsWith(`.${name}`));
  const hint =
    namesake === undefined
      ? didYouMean(name, messages.keys())
      : `did you mean "${namesake}"? Messages are named in full`;
  yield { message: `there is no message "${name}"`, hint: hint ?? "declare it in a .proto file", position };
}
