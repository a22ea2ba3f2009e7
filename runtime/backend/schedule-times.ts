/** When a schedule is due: an interval by the monotonic clock, a cron expression by the calendar's. */
import { Cron } from "croner";
import type { Timing } from "../../wire/timing.js";
import type { ScheduleTimes as Entry } from "../manifest.js";

/** All times are milliseconds on the scale of `now`. */
export interface ScheduleTimes {
  now(): number;
  /** The first time for a server that begins at `now`, and leaves out the next `margin` milliseconds; null when none comes. */
  first(now: number, margin: number): number | null;
  /** The first time after `now`, for a schedule that was due at `due`, which is not after `now`. */
  next(due: number, now: number): number | null;
}

export function scheduleTimes(entry: Entry, timing: Timing): ScheduleTimes {
  if (entry.kind === "every") {
    const { interval } = entry;
    return {
      now: () => timing.now(),
      first: (now, margin) => now + Math.max(interval, margin),
      // On the beat that `first` gave, however late a run was.
      next: (due, now) => due + interval * (Math.floor((now - due) / interval) + 1),
    };
  }
  const { expression, timezone } = entry;
  const cron = new Cron(expression, { mode: "5-or-6-parts", timezone });
  const after = (time: number) => cron.nextRun(new Date(time))?.getTime() ?? null;
  return {
    now: () => timing.wallClock(),
    first: (now, margin) => after(now + margin),
    next: (_due, now) => after(now),
  };
}
