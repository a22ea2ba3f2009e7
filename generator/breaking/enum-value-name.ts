import type { BreakingRule } from "../breaking-rule.js";
import { pairEnums, valueSubject } from "../compatibility/source-pairs.js";

export const enumValueName: BreakingRule = {
  id: "enum-value-name",
  level: "source",
  checks: "An enum's value is still there, under its name.",
  *check(comparison) {
    const { previous, current } = comparison;
    for (const { previous: before, current: now } of pairEnums(comparison)) {
      const names = new Set(now.values.map(({ name }) => name));
      for (const { name, number } of before.values) {
        if (names.has(name)) continue;
        const heir = now.values.find((value) => value.number === number)?.name;
        const what = `value ${number} of ${now.fullName}`;
        yield {
          message: heir === undefined ? `${what} is gone: ${name}` : `${what} was ${name}, and is ${heir}`,
          hint: "programs mention it by its name",
          position: heir === undefined ? current.places.type(now.fullName)! : current.places.member(now.fullName, heir),
          previous: previous.places!.member(before.fullName, name),
          subject: valueSubject(now.fullName, name),
        };
      }
    }
  },
};
