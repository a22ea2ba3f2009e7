import type { Rule } from "../rule.js";

const HIGHEST = 536_870_911;
const RESERVED = [19_000, 19_999] as const;

export const protoNumber: Rule = {
  id: "proto-number",
  checks: "Field numbers are those protobuf allows, and a proto3 enum begins with zero.",
  *check({ model, numberPositions }) {
    for (const { messages, enums } of model.protoFiles) {
      for (const { fullName, fields } of messages) {
        for (const { protoName, number, position } of fields) {
          const at = numberPositions.get(`${fullName}.${protoName}`) ?? position;
          if (number < 1 || number > HIGHEST) {
            yield { message: `field number ${number} is not from 1 to ${HIGHEST}`, hint: null, position: at };
          } else if (number >= RESERVED[0] && number <= RESERVED[1]) {
            const hint = `${RESERVED.join(" to ")} are protobuf's own`;
            yield { message: `field number ${number} is reserved`, hint, position: at };
          }
        }
      }
      for (const { fullName, values, closed, position } of enums) {
        for (const { name, number } of values) {
          if (number === (number | 0)) continue;
          const at = numberPositions.get(`${fullName}.${name}`) ?? position;
          yield { message: `enum value ${number} does not fit 32 signed bits`, hint: null, position: at };
        }
        const first = values[0];
        if (first?.number === 0 || closed) continue;
        yield {
          message: `the enum ${fullName} does not begin with zero`,
          hint: "the first value of a proto3 enum is its default, and must be 0",
          position: first === undefined ? position : (numberPositions.get(`${fullName}.${first.name}`) ?? position),
        };
      }
    }
  },
};
