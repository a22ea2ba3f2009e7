/** Where a schedule runs when servers come, go, stand still and are cut off. */
import { describe, expect, it } from "vitest";
import type { ScheduleEntry } from "../../../runtime/manifest.js";
import { Clockwork } from "../lab/clockwork.js";
import { manifest } from "../lab/generated/server/index.js";

const WINDOW = 5_000;

const every = (interval: number, more: Partial<ScheduleEntry> = {}) => ({
  when: { kind: "every", interval } as const,
  ...more,
});

/** Every second of the calendar. */
const SECONDS = { when: { kind: "cron", expression: "* * * * * *", timezone: "UTC" } } as const;

const among = (count: number) => Array.from({ length: count }, (_, index) => `work-${index + 1}`);

/** That no time was used twice. */
function expectOnce(runs: readonly string[]): void {
  expect(runs).toEqual([...new Set(runs)]);
}

describe("among servers of one process", () => {
  it("one runs it, or each", async () => {
    const clockwork = new Clockwork({ beat: every(1_000), each: every(2_000) });
    await clockwork.startAll(3);
    await clockwork.timing.settle(2_500);
    const home = clockwork.homeOf("beat");
    const runs = clockwork.take();
    expect(runs.filter((run) => run.includes("beat"))).toEqual([`${home} beat 1000`, `${home} beat 2000`]);
    expect(runs.filter((run) => run.includes("each")).sort()).toEqual(among(3).map((id) => `${id} each 2000`));
  });

  it("schedules are spread over the servers by their names", async () => {
    const homes = new Set<string>();
    const clockwork = new Clockwork({});
    await clockwork.startAll(4);
    for (const method of ["beat", "each", "night", "a", "b", "c", "d", "e"]) homes.add(clockwork.homeOf(method));
    expect(homes.size).toBeGreaterThan(1);
  });

  it("another takes over when the home drains or stops, and begins with the next time", async () => {
    const clockwork = new Clockwork({ night: SECONDS });
    await clockwork.startAll(3);
    const { timing } = clockwork;
    const first = clockwork.homeOf("night");
    await timing.settle(1_500);
    expect(clockwork.take()).toEqual([`${first} night 1000`]);
    await clockwork.retire(first);
    const second = clockwork.homeOf("night");
    expect(second).not.toBe(first);
    await timing.settle(2_000);
    expect(clockwork.take()).toEqual([`${second} night 2000`, `${second} night 3000`]);
  });
});

describe("among servers of several processes", () => {
  it("who becomes the home waits for a window, in which the one before learns that it is none", async () => {
    const clockwork = new Clockwork({ night: SECONDS }, { window: WINDOW });
    await clockwork.startAll(3);
    const { timing } = clockwork;
    const first = clockwork.homeOf("night");
    await clockwork.retire(first);
    const at = timing.now();
    await timing.settle(WINDOW + 3_000);
    const second = clockwork.homeOf("night");
    expect(clockwork.runs.length).toBeGreaterThan(1);
    for (const { server, due } of clockwork.runs) {
      expect(server).toBe(second);
      expect(due).toBeGreaterThanOrEqual(at + WINDOW);
    }
  });

  it("a killed home is replaced when the others have given it up", async () => {
    const clockwork = new Clockwork({ night: SECONDS, beat: every(1_000) }, { window: WINDOW });
    await clockwork.startAll(3);
    const { timing } = clockwork;
    const first = clockwork.homeOf("night");
    await timing.settle(2_000);
    clockwork.kill(first);
    await timing.settle(2 * WINDOW + 5_000);
    const runs = clockwork.take();
    expectOnce(runs.map((run) => run.slice(run.indexOf(" "))));
    const heirs = new Set(runs.slice(-4).map((run) => run.split(" ")[0]));
    expect(heirs.has(first)).toBe(false);
    expect(runs.slice(-4).some((run) => run.includes("night"))).toBe(true);
  });

  it("a home that stands still for longer than the window runs nothing of it afterwards", async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const clockwork = new Clockwork({ night: SECONDS }, { window: WINDOW, seed });
      await clockwork.startAll(2);
      const { timing } = clockwork;
      const first = clockwork.homeOf("night");
      await timing.settle(1_000 + seed * 137);
      await clockwork.stall(3 * WINDOW, first);
      await timing.settle(3_000);
      expect(clockwork.evicted).toEqual([`${first} stalled`]);
      const resumed = timing.now() - 3_000;
      expect(clockwork.runs.filter(({ server, at }) => server === first && at >= resumed)).toEqual([]);
      const runs = clockwork.take();
      expectOnce(runs.map((run) => run.slice(run.indexOf(" "))));
      expect(runs.at(-1)).not.toContain(first);
    }
  });

  it("a home that stands still for less stays it", async () => {
    const clockwork = new Clockwork({ night: SECONDS }, { window: WINDOW });
    await clockwork.startAll(2);
    const first = clockwork.homeOf("night");
    await clockwork.stall(WINDOW - 2_000, first);
    await clockwork.timing.settle(3_000);
    const runs = clockwork.take();
    expectOnce(runs);
    expect(runs.length).toBeGreaterThan(2);
    for (const run of runs) expect(run).toContain(first);
  });

  it("a server that is cut off leaves its times out, and the others use them", async () => {
    const clockwork = new Clockwork({ night: SECONDS }, { window: WINDOW });
    await clockwork.startAll(3);
    const { timing, hub } = clockwork;
    const first = clockwork.homeOf("night");
    hub!.disconnect(first);
    await timing.settle(3 * WINDOW);
    const runs = clockwork.take();
    expectOnce(runs.map((run) => run.slice(run.indexOf(" "))));
    expect(runs.length).toBeGreaterThan(3);
    for (const run of runs) expect(run).not.toContain(first);
    expect(clockwork.counters(first).skippedSchedules).toBeGreaterThan(10);
    hub!.reconnect(first);
    await timing.settle(3_000);
    expect(clockwork.evicted).toEqual([`${first} dead`]);
  });

  it("a newcomer takes over what it wins, and nothing runs twice", async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const clockwork = new Clockwork({ night: SECONDS, beat: every(1_000) }, { window: WINDOW, seed });
      await clockwork.startAll(2);
      // Others learn of it when the second in which it came is over.
      clockwork.hub!.delay = [0, 900];
      const before = ["night", "beat"].map((method) => clockwork.homeOf(method));
      for (let number = 3; number <= 8; number++) await clockwork.start(number);
      await clockwork.timing.settle(WINDOW);
      const after = ["night", "beat"].map((method) => clockwork.homeOf(method));
      await clockwork.timing.settle(2 * WINDOW);
      const runs = clockwork.take();
      expectOnce(runs.filter((run) => run.includes("night")).map((run) => run.slice(run.indexOf(" "))));
      expect(runs.at(-1)).toMatch(new RegExp(`^(${after.join("|")}) `));
      expect(after).not.toEqual(before);
    }
  });
});

describe("among servers of two versions", () => {
  it("the home is one that has the schedule", async () => {
    const night = { ...SECONDS, since: manifest.version + 1 };
    const newer = { version: manifest.version + 1 };
    const clockwork = new Clockwork({ night });
    for (const number of [1, 2, 3, 4]) await clockwork.start(number, { schedules: [] });
    await clockwork.timing.settle(2_000);
    expect(clockwork.take()).toEqual([]);
    await clockwork.start(5, newer);
    await clockwork.timing.settle(2_500);
    expect(clockwork.take()).toEqual(["work-5 night 3000", "work-5 night 4000"]);
  });
});
