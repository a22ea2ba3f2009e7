import type { BreakingRule } from "../breaking-rule.js";

export const enumClosedChanged: BreakingRule = {
  id: "enum-closed-changed",
  level: "wire",
  checks: "An enum stays open (proto3) or closed (proto2).",
  *check(comparison) {
    const { enums, previous, current } = comparison;
    for (const { former, name, previous: was, current: is } of enums) {
      if (was.closed === is.closed) continue;
      yield {
        message: is.closed ? `${name} was open, and is closed` : `${name} was closed, and is open`,
        hint: "a number that is none of its values is a value to one side, and an unknown field to the other",
        position: current.places.type(name),
        previous: previous.places?.type(former) ?? null,
        serversOnly: comparison.isBetweenServers(former),
      };
    }
  },
};
