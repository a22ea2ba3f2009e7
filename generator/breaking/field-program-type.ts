import type { BreakingRule } from "../breaking-rule.js";
import { fieldSubject, pairFields } from "../compatibility/source-pairs.js";
import type { MessageField } from "../model.js";

export const fieldProgramType: BreakingRule = {
  id: "field-program-type",
  level: "source",
  checks: "A field has the same type in a program: also after a change of `jstype`, or to a type with the same bytes.",
  *check(comparison) {
    const { previous, current } = comparison;
    for (const { messages, previous: was, current: is } of pairFields(comparison)) {
      const [before, now] = [was, is].map(programType);
      // A type under a new name is that type still; its name is another rule's finding.
      if ((comparison.typeNow(before!) ?? before) === now) continue;
      yield {
        message: `${is.protoName} of ${messages.current.fullName} was ${before} in a program, and is ${now}`,
        hint: "its bytes are the same; the code that sets or reads it must change",
        position: current.places.member(messages.current.fullName, is.protoName, "type"),
        previous: previous.places!.member(messages.previous.fullName, was.protoName, "type"),
        subject: fieldSubject(messages.current.fullName, was.number),
      };
    }
  },
};

function programType({ type, jsType }: MessageField): string {
  if (type.kind !== "scalar") return type.fullName;
  switch (type.scalar) {
    case "int64":
    case "uint64":
    case "sint64":
    case "fixed64":
    case "sfixed64":
      return jsType;
    case "bool":
      return "boolean";
    case "string":
      return "string";
    case "bytes":
      return "Uint8Array";
    default:
      return "number";
  }
}
