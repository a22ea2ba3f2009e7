import type { BreakingRule } from "../breaking-rule.js";
import { typeSubject } from "../compatibility/source-pairs.js";

export const typeName: BreakingRule = {
  id: "type-name",
  level: "source",
  checks: "A message or an enum is still there, under its name, whether it is used or not.",
  *check(comparison) {
    const { previous, current } = comparison;
    const types = (previous.model?.protoFiles ?? []).flatMap(({ messages, enums }) => [...messages, ...enums]);
    const gone = types.filter(({ fullName }) => comparison.typeNow(fullName) !== fullName);
    const names = new Set(gone.map(({ fullName }) => fullName));
    for (const { fullName, position } of gone) {
      // With the type around it, everybody knows.
      if (names.has(fullName.slice(0, fullName.lastIndexOf(".")))) continue;
      const now = comparison.typeNow(fullName);
      yield {
        message: now === null ? `${fullName} is gone` : `${fullName} is called ${now} now`,
        hint: "programs mention it by its name",
        position: now === null ? current.places.aroundType(fullName, position.file) : current.places.type(now),
        previous: previous.places!.type(fullName),
        subject: typeSubject(fullName),
      };
    }
  },
};
