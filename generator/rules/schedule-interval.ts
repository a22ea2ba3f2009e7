import type { Rule } from "../rule.js";

/** Milliseconds: below, a timer's own lateness is a good part of the interval. */
const LEAST = 100;

/** Milliseconds. Intervals count from when a server begins: a longer one may not end before the server does. */
const MOST = 24 * 3_600_000;

export const scheduleInterval: Rule = {
  id: "schedule-interval",
  checks: "An interval is from 100 milliseconds to a day.",
  *check({ schedules, sources }) {
    for (const { name, when, position } of schedules) {
      if (when.kind !== "every" || (when.interval >= LEAST && when.interval <= MOST)) continue;
      yield {
        message: `${name} runs every ${when.interval} ms; an interval is from ${LEAST} ms to ${MOST} ms, which is a day`,
        hint:
          when.interval < LEAST
            ? "do more at a time, or use the server's own timing"
            : 'cron("0 4 * * *") names a time of the day, week or month',
        position: sources.part(position, 0),
      };
    }
  },
};
