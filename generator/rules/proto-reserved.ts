import type { Rule } from "../rule.js";

/** The parser finds this itself in enums, and where the reservation comes before the field. */
export const protoReserved: Rule = {
  id: "proto-reserved",
  checks: "No field has a number or a name that its message reserves.",
  *check({ model, numberPositions }) {
    const hint = "whoever still sends what had it would be misunderstood: take another one";
    for (const { fullName, fields, reserved } of model.protoFiles.flatMap(({ messages }) => messages)) {
      for (const { protoName, number, position } of fields) {
        if (reserved.numbers.some(([from, to]) => from <= number && number <= to)) {
          const at = numberPositions.get(`${fullName}.${protoName}`) ?? position;
          yield { message: `${fullName} reserves number ${number}, which ${protoName} has`, hint, position: at };
        }
        if (reserved.names.includes(protoName)) {
          yield { message: `${fullName} reserves the name ${protoName}`, hint, position };
        }
      }
    }
  },
};
