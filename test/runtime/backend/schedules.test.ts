import { inbox } from "gatesmith/testing";
import { describe, expect, it } from "vitest";
import { Failure } from "../../../runtime/failure.js";
import type { ScheduleEntry } from "../../../runtime/manifest.js";
import { Clockwork } from "../lab/clockwork.js";
import { manifest } from "../lab/generated/server/index.js";
import { enter, gateway, startLab, text } from "../lab/lab.js";
import { ERROR } from "../lab/memory-log.js";

/** On each server, where it begins at once. */
const every = (interval: number, more: Partial<ScheduleEntry> = {}) => ({
  when: { kind: "every", interval } as const,
  on: "each" as const,
  ...more,
});

const cron = (expression: string, timezone = "UTC") => ({ when: { kind: "cron", expression, timezone } as const });

describe("an interval", () => {
  it("counts from when the server is ready", async () => {
    const clockwork = new Clockwork({ beat: every(1_000) });
    await clockwork.start(1);
    await clockwork.timing.settle(3_500);
    expect(clockwork.take("work-1")).toEqual(["beat 1000", "beat 2000", "beat 3000"]);
    expect(clockwork.counters()).toMatchObject({ scheduleRuns: 3, failedSchedules: 0, skippedSchedules: 0 });
  });

  it("is kept to after a time in which nothing ran, and what was missed is not caught up", async () => {
    const clockwork = new Clockwork({ beat: every(1_000) });
    await clockwork.start(1);
    await clockwork.timing.settle(1_500);
    await clockwork.stall(3_200);
    await clockwork.timing.settle(1_000);
    expect(clockwork.runs.map(({ due, at }) => [due, at])).toEqual([
      [1_000, 1_000],
      [2_000, 4_700],
      [5_000, 5_000],
    ]);
    clockwork.take();
    await clockwork.stall(30_000);
    await clockwork.timing.settle(1_500);
    expect(clockwork.take("work-1")).toEqual(["beat 36000", "beat 37000"]);
    expect(clockwork.counters().skippedSchedules).toBe(1);
  });
});

describe("a cron expression", () => {
  const HOUR = 3_600_000;

  it("goes by the clock of its time zone", async () => {
    const night = cron("0 4 * * *", "Europe/Berlin");
    const clockwork = new Clockwork({ night }, { wallClock: Date.UTC(2024, 6, 1, 1) });
    await clockwork.start(1);
    await clockwork.timing.settle(26 * HOUR);
    // In summer it is four in the morning there when it is two here.
    expect(clockwork.take("work-1")).toEqual([`night ${HOUR}`, `night ${25 * HOUR}`]);
  });

  it("finds its time again when the clock is set, and uses none twice", async () => {
    const clockwork = new Clockwork({ night: cron("0 * * * *") });
    await clockwork.start(1);
    await clockwork.timing.settle(HOUR - 5_000);
    const { timing } = clockwork;
    const wallClock = timing.wallClock.bind(timing);
    timing.wallClock = () => wallClock() - HOUR / 2;
    await timing.settle(HOUR / 2);
    expect(clockwork.take("work-1")).toEqual([]);
    await timing.settle(6_000);
    expect(clockwork.take("work-1")).toEqual([`night ${HOUR}`]);
    // The hour comes once more.
    timing.wallClock = () => wallClock() - HOUR;
    await timing.settle(HOUR / 2 + 1_000);
    expect(clockwork.take("work-1")).toEqual([]);
    // Forward over the next one.
    timing.wallClock = () => wallClock() + HOUR / 2;
    await timing.settle(10_000);
    expect(clockwork.take("work-1")).toEqual([]);
    expect(clockwork.counters().skippedSchedules).toBe(1);
  });

  it("may name a time that is further off than a timer reaches", async () => {
    const clockwork = new Clockwork({ night: cron("0 0 1 3 *") }, { wallClock: Date.UTC(2024, 0, 1, 0, 0, 0, 250) });
    await clockwork.start(1);
    const delays: number[] = [];
    const { timing } = clockwork;
    const after = timing.after.bind(timing);
    timing.after = (milliseconds, task) => {
      delays.push(milliseconds);
      return after(milliseconds, task);
    };
    await timing.settle(10_000);
    expect(delays.length).toBeGreaterThan(0);
    expect(Math.max(...delays)).toBeLessThan(2 ** 31);
  });

  it("that never comes again leaves no timer", async () => {
    const clockwork = new Clockwork({ night: cron("0 4 30 2 *") });
    const server = await clockwork.start(1);
    server.drain();
    await clockwork.timing.settle(60_000);
    expect(clockwork.take()).toEqual([]);
  });
});

describe("a run", () => {
  it("is told when it was due, how long it has, and when that is over; the next need not wait for it", async () => {
    const told: unknown[] = [];
    const clockwork = new Clockwork(
      { beat: every(10_000, { timeout: 4_000 }) },
      {
        deed: async ({ schedule, remaining, signal }) => {
          told.push([schedule, remaining, signal.aborted]);
          signal.addEventListener("abort", () => told.push(`aborted: ${(signal.reason as Failure).name}`));
          await new Promise(() => {});
        },
      },
    );
    await clockwork.start(1);
    await clockwork.timing.settle(13_000);
    expect(told).toEqual([["work.clock.beat", 4_000, false]]);
    await clockwork.timing.settle(1_500);
    expect(told).toEqual([["work.clock.beat", 4_000, false], "aborted: TIMEOUT"]);
    await clockwork.timing.settle(6_000);
    expect(clockwork.take("work-1")).toEqual(["beat 10000", "beat 20000"]);
    expect(clockwork.counters()).toMatchObject({ scheduleRuns: 2, failedSchedules: 1, skippedSchedules: 0 });
    expect(clockwork.lines).toContainEqual(
      expect.objectContaining({
        level: ERROR,
        server: "work-1",
        schedule: "work.clock.beat",
        msg: "a schedule failed",
        logId: expect.stringMatching(/^[0-9a-f]{8}$/),
        err: expect.objectContaining({ message: expect.stringContaining("has not finished within 4000 ms") }),
      }),
    );
  });

  it("that heeds its signal is told of once", async () => {
    const clockwork = new Clockwork(
      { beat: every(10_000, { timeout: 1_000 }) },
      {
        deed: ({ signal }) =>
          new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
      },
    );
    await clockwork.start(1);
    await clockwork.timing.settle(15_000);
    expect(clockwork.counters().failedSchedules).toBe(1);
    expect(clockwork.lines.filter(({ level }) => level === ERROR)).toHaveLength(1);
  });

  it.each([
    [
      "throws",
      () => {
        throw new TypeError("out of order");
      },
    ],
    ["rejects", () => Promise.reject(new TypeError("out of order"))],
    ["throws a failure", () => Promise.reject(Failure.of("FORBIDDEN", "out of order", "yes"))],
  ])("that %s is counted and told, and the next comes all the same", async (_, deed) => {
    const clockwork = new Clockwork({ beat: every(10_000) }, { deed });
    await clockwork.start(1);
    await clockwork.timing.settle(25_000);
    expect(clockwork.take("work-1")).toEqual(["beat 10000", "beat 20000"]);
    expect(clockwork.counters()).toMatchObject({ scheduleRuns: 2, failedSchedules: 2 });
    const errors = clockwork.lines.filter(({ level }) => level === ERROR);
    expect(errors.map(({ err }) => err!.message)).toEqual(["out of order", "out of order"]);
    expect(new Set(errors.map(({ logId }) => logId)).size).toBe(2);
  });

  it("that fails very often does not fill the log", async () => {
    const clockwork = new Clockwork({ beat: every(100) }, { deed: () => Promise.reject(new Error("again")) });
    await clockwork.start(1);
    await clockwork.timing.settle(9_000);
    expect(clockwork.counters().failedSchedules).toBe(90);
    expect(clockwork.lines.filter(({ level }) => level === ERROR)).toHaveLength(10);
  });

  it("can push and call like any other code of its server, and passes no filter", async () => {
    const filtered: string[] = [];
    const beat = manifest.schedules.filter(({ method }) => method === "beat");
    const lab = await startLab(
      {
        jobs: () => ({ call: ({ text: said }) => text(said, { key: "called" }) }),
        clock: ({ id, push, rpc }) => ({
          async beat() {
            push.onText.toUser("ann", await rpc.work.jobs.call(text("it is time"), { server: id }));
          },
        }),
        filters: { everywhere: { before: [({ route }) => void filtered.push(route)] } },
      },
      { manifest: { schedules: beat.map((entry) => ({ ...entry, ...every(1_000) })) } },
    );
    const { messages } = inbox((await enter(lab, "ann")).work.onText);
    await lab.settle(1_500);
    expect(messages).toEqual([text("it is time", { key: "called" })]);
    expect(filtered).toEqual(["connector.login.enter", "work.jobs.call"]);
  });
});

describe("what is due while a run has not finished", () => {
  it("is left out", async () => {
    const gates = [gateway(), gateway()];
    let runs = 0;
    const clockwork = new Clockwork({ beat: every(1_000) }, { deed: () => gates[runs++]?.promise });
    await clockwork.start(1);
    await clockwork.timing.settle(3_500);
    expect(clockwork.take("work-1")).toEqual(["beat 1000"]);
    gates[0]!.open();
    gates[1]!.open();
    await clockwork.timing.settle(1_000);
    expect(clockwork.take("work-1")).toEqual(["beat 4000"]);
    expect(clockwork.counters()).toMatchObject({ scheduleRuns: 2, skippedSchedules: 2 });
  });

  it("waits behind it if the schedule says so, one of them at most", async () => {
    const first = gateway();
    let runs = 0;
    const beat = every(1_000, { overlap: "queue" });
    const clockwork = new Clockwork({ beat }, { deed: () => (runs++ === 0 ? first.promise : undefined) });
    await clockwork.start(1);
    await clockwork.timing.settle(4_500);
    expect(clockwork.take("work-1")).toEqual(["beat 1000"]);
    first.open();
    await clockwork.timing.settle();
    expect(clockwork.runs.map(({ due, at }) => [due, at])).toEqual([[2_000, 4_500]]);
    clockwork.take();
    await clockwork.timing.settle(1_000);
    expect(clockwork.take("work-1")).toEqual(["beat 5000"]);
    expect(clockwork.counters()).toMatchObject({ scheduleRuns: 3, skippedSchedules: 2 });
  });
});

describe("a server that goes", () => {
  it("begins none while it drains, and finishes what runs", async () => {
    const first = gateway();
    const aborted: boolean[] = [];
    const clockwork = new Clockwork(
      { beat: every(1_000, { overlap: "queue" }), each: every(1_000) },
      {
        deed: async ({ schedule, signal }) => {
          if (!schedule.endsWith("beat")) return;
          await first.promise;
          aborted.push(signal.aborted);
        },
      },
    );
    const server = await clockwork.start(1);
    await clockwork.timing.settle(2_500);
    expect(clockwork.take("work-1")).toEqual(["each 1000", "beat 1000", "each 2000"].sort(byDue));
    server.drain();
    await clockwork.timing.settle(5_000);
    first.open();
    await clockwork.timing.settle(5_000);
    expect(clockwork.take()).toEqual([]);
    expect(aborted).toEqual([false]);
  });

  it("waits for what runs before it stops, though not for ever", async () => {
    const ends: string[] = [];
    const beat = gateway();
    const clockwork = new Clockwork(
      { beat: every(1_000), each: every(1_000) },
      {
        deed: async ({ schedule, signal }) => {
          signal.addEventListener("abort", () => ends.push(`aborted: ${(signal.reason as Failure).name}`));
          await (schedule.endsWith("beat") ? beat.promise : new Promise(() => {}));
          ends.push("finished");
        },
      },
    );
    const server = await clockwork.start(1);
    await clockwork.timing.settle(1_500);
    const stopped = server.stop().then(() => ends.push("stopped"));
    await clockwork.timing.settle(1_000);
    beat.open();
    await clockwork.timing.settle(1_000);
    expect(ends).toEqual(["finished"]);
    await clockwork.timing.until(stopped);
    expect(ends).toEqual(["finished", "aborted: DRAINING", "stopped"]);
    expect(clockwork.timing.now()).toBeLessThanOrEqual(1_500 + 5_000);
  });
});

const byDue = (a: string, b: string) => Number(a.split(" ")[1]) - Number(b.split(" ")[1]) || (a < b ? -1 : 1);
