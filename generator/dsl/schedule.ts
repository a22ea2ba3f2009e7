/** Schedules: what servers do by the clock, without anybody asking. */
import type { CronDefinition, CronOptions, Duration, EveryDefinition, ScheduleOptions } from "./definition.js";
import { callSite } from "./site.js";

/**
 * Again and again, an interval apart: `every("10s")`. Once in the whole cluster, unless `on: "each"`.
 *
 * ```ts
 * schedules: { room: { sweep: every("10s") } }
 * ```
 */
export function every(interval: Duration, options?: ScheduleOptions): EveryDefinition {
  return { definition: "every", interval, options, site: callSite(every) };
}

/**
 * At times of the calendar: `cron("0 4 * * *", { timezone: "Europe/Berlin" })` is four in the morning, every day. Five parts: minute, hour,
 * day of the month, month, day of the week; a sixth in front of them is the second.
 */
export function cron(expression: string, options?: CronOptions): CronDefinition {
  return { definition: "cron", expression, options, site: callSite(cron) };
}
