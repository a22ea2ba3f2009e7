import { didYouMean } from "../../wire/did-you-mean.js";
import { fieldOf } from "../layout-size.js";
import { protocolsOf } from "../message-key.js";
import type { MessageField } from "../model.js";
import { ARGUMENT, type Rule } from "../rule.js";

export const failureField: Rule = {
  id: "failure-field",
  checks:
    "Where a response's header has no error code, every request says which field of its response carries one, or that none does.",
  *check({ model, handlers, messages, sources }) {
    for (const { route, kind, messageId, response, failure, position } of handlers) {
      if (kind !== "request") continue;
      const mute = protocolsOf(model, messageId).find(
        (protocol) => fieldOf(protocol.response, "errorCode") === undefined,
      );
      // Our own handshake cannot do without: that is another rule's finding.
      if (failure === null && mute !== undefined && mute.control.kind !== "handshake") {
        yield {
          message: `${route} does not say how a client of ${mute.name} learns of a failure: its response layout has no errorCode`,
          hint: 'failure: bodyField("<a field of the response>"), or failure: "silent" when it is not told',
          position: sources.part(position, ARGUMENT.request.options, "failure"),
        };
      }
      if (failure === null || failure === "silent" || response === null) continue;
      const message = messages.get(response);
      if (message === undefined) continue;
      const field = message.fields.find(({ name, protoName }) => [name, protoName].includes(failure.field));
      const at = sources.part(failure.position, 0);
      if (field === undefined) {
        const names = message.fields.map(({ protoName }) => protoName);
        const hint = didYouMean(failure.field, names) ?? `it has ${names.join(", ") || "none"}`;
        yield { message: `${response} has no field "${failure.field}"`, hint, position: at };
      } else if (!isCode(field)) {
        const hint = "an int32, a uint32, an enum, or another number of 32 bits";
        yield { message: `"${failure.field}" of ${response} cannot carry an error code`, hint, position: at };
      }
    }
  },
};

const CODES: ReadonlySet<string> = new Set(["int32", "uint32", "sint32", "fixed32", "sfixed32"]);

function isCode({ type, presence }: MessageField): boolean {
  if (presence === "repeated" || presence === "map") return false;
  return type.kind === "enum" || (type.kind === "scalar" && CODES.has(type.scalar));
}
