/** The simulator finds mistakes: each of these is planted, found within so many schedules, and called by its name. */
import { afterEach, describe, expect, it } from "vitest";
import { PROMISES } from "./hold-schedules.js";
import { plants } from "./plants.js";
import { runSchedule } from "./schedule.js";
import { CHANNEL_DEATHS, scheduleOf, shrink, USER_DEATHS } from "./search.js";

/** Schedules within which a mistake must be found: far fewer than CI runs. */
const WITHIN = 400;

const FROM = { channels: CHANNEL_DEATHS, users: USER_DEATHS };

let takeOut = () => {};
afterEach(() => takeOut());

describe("finds within a few hundred schedules that", () => {
  for (const { mistake, promise, amongDeathsOf, plant } of plants) {
    it(mistake, async () => {
      takeOut = plant();
      let found = "nothing";
      for (let count = 1; count <= WITHIN && found === "nothing"; count++) {
        const from = amongDeathsOf === undefined ? 0 : FROM[amongDeathsOf];
        found = (await runSchedule(scheduleOf(from + count))).violations[0]?.promise ?? found;
      }
      expect(found).toBe(promise);
    }, 300_000);
  }
});

it("is shown to notice when any of the promises is broken", () => {
  expect([...new Set(plants.map(({ promise }) => promise))].sort()).toEqual(PROMISES);
});

it("makes a schedule that shows a mistake as small as it gets", async () => {
  const twice = plants.find(({ mistake }) => mistake === "a request is delivered twice")!;
  takeOut = twice.plant();
  const { schedule, course } = await shrink(1);
  expect(course.violations[0]?.promise).toBe(twice.promise);
  expect(schedule.steps.length).toBeLessThan(scheduleOf(1).steps.length);
});
