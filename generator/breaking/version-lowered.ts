import type { BreakingRule } from "../breaking-rule.js";

export const versionLowered: BreakingRule = {
  id: "version-lowered",
  level: "route",
  checks: "The schema's version never goes down.",
  *check({ previous, current }) {
    const is = current.model.version;
    if (is >= previous.version) return;
    yield {
      message: `the version was ${previous.version}, and is ${is}`,
      hint: "clients of the higher version take this schema for an old one; `oldestClient` and `since` count on it, too",
      position: current.places.schema("version"),
      previous: previous.places?.schema("version") ?? null,
    };
  },
};
