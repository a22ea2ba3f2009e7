import type { BreakingRule } from "../breaking-rule.js";

export const sessionChanged: BreakingRule = {
  id: "session-changed",
  level: "wire",
  checks: "The sessions' data keeps its message.",
  *check(comparison) {
    const { previous, current } = comparison;
    const [was, is] = [previous.facts.session, current.facts.session];
    if (was === is || (was !== null && is !== null && comparison.isSameType(was, is))) return;
    yield {
      message: `the sessions' data was ${was ?? "nothing"}, and is ${is ?? "nothing"}`,
      hint: "servers of both schemas tell each other of their sessions: add fields to the message instead",
      position: current.places.schema("session"),
      previous: previous.places?.schema("session") ?? null,
      serversOnly: true,
    };
  },
};
