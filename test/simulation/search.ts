/** Runs many schedules by their seeds, and shrinks the first that breaks a promise. */
import fc from "fast-check";
import { type Course, runSchedule } from "./schedule.js";
import { channelDeaths, describeStep, type Schedule, schedules, userDeaths } from "./steps.js";

export interface Found {
  readonly seed: number;
  /** As small as it could be made. */
  readonly schedule: Schedule;
  readonly course: Course;
}

/** Seeds from here on stand for schedules in which one home of channels dies upon another, and from there on of users. */
export const CHANNEL_DEATHS = 1_000_000;
export const USER_DEATHS = 2_000_000;

function arbitraryOf(seed: number): fc.Arbitrary<Schedule> {
  if (seed < CHANNEL_DEATHS) return schedules;
  return seed < USER_DEATHS ? channelDeaths : userDeaths;
}

/** The schedule that a seed stands for. */
export function scheduleOf(seed: number): Schedule {
  return fc.sample(arbitraryOf(seed), { seed, numRuns: 1 })[0]!;
}

/** Looks for a smaller schedule that breaks the same promise. */
export async function shrink(seed: number, attempts = 300): Promise<Found> {
  let best: { schedule: Schedule; course: Course } | null = null;
  let promise = "";
  let count = 0;
  const property = fc.asyncProperty(arbitraryOf(seed), async (schedule) => {
    if (count++ > attempts) return;
    const course = await runSchedule(schedule);
    const [first] = course.violations;
    if (first === undefined || (promise !== "" && first.promise !== promise)) return;
    promise = first.promise;
    best = { schedule, course };
    throw new Error(first.text);
  });
  await fc.check(property, { seed, numRuns: 1 });
  return { seed, ...best! };
}

export function report({ seed, schedule, course }: Found): string {
  const { shape, steps } = schedule;
  const [first] = course.violations;
  const broken = first === undefined ? "keeps all promises" : `breaks "${first.promise}": ${first.text}`;
  return [
    `schedule ${seed} ${broken}`,
    `run all of it again: GATESMITH_SIMULATION_SEED=${seed} npx vitest run test/simulation`,
    `with ${JSON.stringify(shape)}, these steps:`,
    ...steps.map((step) => `  ${describeStep(step)}`),
    "what happened:",
    ...course.trace,
  ].join("\n");
}
