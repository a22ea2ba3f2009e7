import { Cron } from "croner";
import type { Rule } from "../rule.js";

/** An expression that matches at all matches within the years that leap days and weekdays take to come round. */
const ANY_TIME = new Date(Date.UTC(2024, 0, 1));

export const cronExpression: Rule = {
  id: "cron-expression",
  checks: "A cron expression has five or six parts, names times that come, and a time zone that there is.",
  *check({ schedules, sources }) {
    for (const { name, when, position } of schedules) {
      if (when.kind !== "cron") continue;
      const { expression, timezone } = when;
      const zoned = isTimezone(timezone);
      if (!zoned) {
        yield {
          message: `${name} goes by the time zone "${timezone}", which there is not`,
          hint: 'a name such as "Europe/Berlin" or "UTC"',
          position: sources.part(position, 1, "timezone"),
        };
      }
      const problem = problemWith(expression);
      if (problem !== null) {
        yield {
          message: `${name} runs at "${expression}": ${problem}`,
          hint: "minute, hour, day of the month, month, day of the week: 0 4 * * * is four in the morning",
          position: sources.part(position, 0),
        };
      }
    }
  },
};

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function problemWith(expression: string): string | null {
  const parts = expression.trim().split(/\s+/).length;
  // `@daily` and its like have one.
  if (parts < 5 && !expression.startsWith("@")) return `it has ${parts} parts, and must have five or six`;
  if (parts > 6) return `it has ${parts} parts, and must have five or six`;
  try {
    const next = new Cron(expression, { mode: "5-or-6-parts", timezone: "UTC" }).nextRun(ANY_TIME);
    return next === null ? "that never comes" : null;
  } catch (error) {
    return (error as Error).message.replace(/^CronPattern: /, "");
  }
}
