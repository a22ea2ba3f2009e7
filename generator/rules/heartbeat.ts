import type { Rule } from "../rule.js";

export const heartbeat: Rule = {
  id: "heartbeat",
  checks: "A connection is not given up before its next heartbeat is due.",
  *check({ model, sources }) {
    for (const { control, position } of model.protocols) {
      if (control.kind !== "handshake" || control.heartbeat < control.timeout) continue;
      yield {
        message: `the timeout, ${control.timeout} ms, is not longer than the heartbeat, ${control.heartbeat} ms`,
        hint: "two heartbeats and a little more is a good timeout",
        position: sources.part(position, 0, "control", 0, "timeout"),
      };
    }
  },
};
