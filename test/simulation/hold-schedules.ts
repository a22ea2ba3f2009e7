/** The test of one share of all schedules: every promise holds, and every one was put to the test. */
import { describe, expect, it } from "vitest";
import type { Promised } from "./ledger.js";
import { schedulesAsked, seedAsked } from "./options.js";
import { runSchedule } from "./schedule.js";
import { CHANNEL_DEATHS, report, scheduleOf, shrink, USER_DEATHS } from "./search.js";

/** Files that share the schedules, so that they run side by side. */
const SHARES = 2;

/** Besides as many schedules as are asked for, one of so many in which nothing but deaths befalls servers. */
const DEATHS = [
  { of: "channels", from: CHANNEL_DEATHS, share: 4 },
  { of: "users", from: USER_DEATHS, share: 16 },
];

/** Milliseconds a schedule may take on the slowest of machines. */
const PATIENCE = 500;

export const PROMISES: readonly Promised[] = [
  "a push to a user reaches nobody else",
  "all is back to normal",
  "at most one execution",
  "executed is true to the facts",
  "no late execution",
  "no push is missed",
  "no push to a user is missed",
  "nothing is left behind",
  "nothing reaches a wrong session",
  "one outcome by the deadline",
  "one owner of a uid",
  "pushes come before the answer",
  "pushes come in their sender's order",
  "pushes to a user come in their sender's order",
  "session closed exactly once",
  "the session is up to date",
  "views agree",
];

export function holdSchedules(share: number): void {
  describe.skipIf(seedAsked !== null)(`of ${schedulesAsked} schedules, every ${SHARES}th from seed ${share}`, () => {
    const looks = new Set<Promised>();
    it(
      "all keep all promises",
      async () => {
        for (let seed = share; seed <= schedulesAsked; seed += SHARES) await hold(seed, looks);
        // A handful of schedules may well not come to everything.
        if (schedulesAsked >= 100) expect([...looks].sort()).toEqual(PROMISES);
      },
      60_000 + schedulesAsked * PATIENCE,
    );

    for (const deaths of DEATHS) {
      it(
        `all keep all promises while one home of ${deaths.of} dies upon another`,
        async () => {
          for (let seed = share; seed <= schedulesAsked / deaths.share; seed += SHARES)
            await hold(deaths.from + seed, looks);
        },
        60_000 + schedulesAsked * PATIENCE,
      );
    }
  });
}

async function hold(seed: number, looks: Set<Promised>): Promise<void> {
  const course = await runSchedule(scheduleOf(seed));
  for (const promise of course.looks.keys()) looks.add(promise);
  if (course.violations.length > 0) expect.fail(report(await shrink(seed)));
}
