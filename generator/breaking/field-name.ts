import type { BreakingRule } from "../breaking-rule.js";
import { fieldSubject, pairMessages } from "../compatibility/source-pairs.js";

export const fieldName: BreakingRule = {
  id: "field-name",
  level: "source",
  checks: "A field is still there, under its name, in the `.proto` file and in JSON.",
  *check(comparison) {
    const { previous, current } = comparison;
    for (const { previous: before, current: now } of pairMessages(comparison)) {
      const fields = new Map(now.fields.map((field) => [field.number, field]));
      for (const was of before.fields) {
        const is = fields.get(was.number);
        if (is?.protoName === was.protoName && is.name === was.name) continue;
        const renamed = is?.protoName === was.protoName ? `${is.name} in JSON` : is?.protoName;
        const what = `field ${was.number} of ${now.fullName}`;
        yield {
          message:
            is === undefined ? `${what} is gone: ${was.protoName}` : `${what} was ${was.name}, and is ${renamed}`,
          hint: "programs mention it by its name",
          position:
            is === undefined ? current.places.type(now.fullName) : current.places.member(now.fullName, is.protoName),
          previous: previous.places!.member(before.fullName, was.protoName),
          subject: fieldSubject(now.fullName, was.number),
        };
      }
    }
  },
};
