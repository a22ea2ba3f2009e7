/** One schedule, by its seed: again, the same twice, and with what happened in it. */
import { expect, it } from "vitest";
import { seedAsked } from "./options.js";
import { runSchedule } from "./schedule.js";
import { report, scheduleOf } from "./search.js";

const seed = seedAsked;
if (seed !== null) {
  it(`schedule ${seed} keeps all promises`, async () => {
    const schedule = scheduleOf(seed);
    const course = await runSchedule(schedule);
    const text = report({ seed, schedule, course });
    process.stdout.write(`${text}\n`);
    expect(course.violations).toEqual([]);
  });
}

it("takes the same course every time", async () => {
  for (let each = 1; each <= 6; each++) {
    const [one, other] = [await runSchedule(scheduleOf(each)), await runSchedule(scheduleOf(each))];
    expect(one.trace.length).toBeGreaterThan(20);
    expect(other.trace).toEqual(one.trace);
  }
});

it("takes another course with another seed", async () => {
  const { shape, steps } = scheduleOf(1);
  const course = await runSchedule({ shape, steps });
  const other = await runSchedule({ shape: { ...shape, seed: shape.seed + 1 }, steps });
  expect(other.trace).not.toEqual(course.trace);
});
