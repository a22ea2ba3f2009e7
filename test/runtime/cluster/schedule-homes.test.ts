/** Where a schedule runs when servers come, go, stand still and are cut off. */
import { describe, expect, it } from "vitest";
import { hashText, rendezvous } from "../../../runtime/cluster/rendezvous.js";
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

/** The first server that would take a schedule over from others. */
function winnerOver(others: readonly string[], method: string): string {
  const named = (id: string) => ({ id, idHash: hashText(id) });
  for (let number = 3; ; number++) {
    const id = `work-${number}`;
    if (rendezvous(hashText(`work.clock.${method}`), [...others, id].map(named))?.id === id) return id;
  }
}

describe("among servers of one process", () => {
  it("one runs it, or each", async () => {
    const clockwork = new Clockwork({ beat: every(1_000), each: every(2_000) });
    await clockwork.startAll(3);
    await clockwork.timing.settle(3_500);
    const home = clockwork.homeOf("beat");
    const runs = clockwork.take();
    expect(runs.filter((run) => run.includes("beat"))).toEqual([`${home} beat 2000`, `${home} beat 3000`]);
    expect(runs.filter((run) => run.includes("each")).sort()).toEqual(among(3).map((id) => `${id} each 2000`));
  });

  it("schedules are spread over the servers by their names", async () => {
    const homes = new Set<string>();
    const clockwork = new Clockwork({});
    await clockwork.startAll(4);
    for (const method of ["beat", "each", "night", "a", "b", "c", "d", "e"]) homes.add(clockwork.homeOf(method));
    expect(homes.size).toBeGreaterThan(1);
  });

  it("another takes over when the home stops, and leaves out the calendar's next two seconds", async () => {
    const clockwork = new Clockwork({ night: SECONDS, beat: every(1_000) });
    await clockwork.startAll(3);
    const { timing } = clockwork;
    await timing.settle(3_500);
    const night = clockwork.homeOf("night");
    expect(clockwork.take().filter((run) => run.includes("night"))).toEqual([`${night} night 3000`]);
    await clockwork.retire(night);
    const [heir, beat] = [clockwork.homeOf("night"), clockwork.homeOf("beat")];
    expect(heir).not.toBe(night);
    await timing.settle(3_000);
    const runs = clockwork.take();
    expect(runs.filter((run) => run.includes("night"))).toEqual([`${heir} night 6000`]);
    expect(runs.filter((run) => run.startsWith(`${beat} beat`)).length).toBeGreaterThan(0);
  });
});

describe("among servers of several processes", () => {
  it("an interval begins anew with its home, when all know that it is", async () => {
    const clockwork = new Clockwork({ beat: every(1_000) }, { window: WINDOW });
    await clockwork.startAll(3);
    const { timing } = clockwork;
    clockwork.hub!.delay = [300, 300];
    const at = timing.now();
    await clockwork.retire(clockwork.homeOf("beat"));
    await timing.settle(400);
    const heir = clockwork.homeOf("beat");
    await timing.settle(5_000);
    const own = clockwork.runs.filter(({ server }) => server === heir);
    expect(own.length).toBeGreaterThan(0);
    // Two messages: somebody has left, and it is seen.
    expect(own[0]!.at).toBeGreaterThanOrEqual(at + 600 + 2_000);
    expect(own[1]!.at - own[0]!.at).toBe(1_000);
  });

  it("a newcomer runs nothing while the home does not know it", async () => {
    const newcomer = winnerOver(["work-1", "work-2"], "night");
    const clockwork = new Clockwork({ night: SECONDS, beat: every(1_000) }, { window: WINDOW });
    await clockwork.startAll(2);
    const { timing, hub } = clockwork;
    const home = clockwork.homeOf("night");
    hub!.cut(newcomer, home);
    await clockwork.start(Number(newcomer.slice("work-".length)));
    await timing.settle(3 * WINDOW);
    const runs = clockwork.take().filter((run) => run.includes("night"));
    expectOnce(runs);
    expect(runs.length).toBeGreaterThan(10);
    for (const run of runs) expect(run).toContain(home);
    hub!.heal();
    await timing.settle(WINDOW);
    const after = clockwork.take().filter((run) => run.includes("night"));
    expectOnce(after.map((run) => run.slice(run.indexOf(" "))));
    expect(after.at(-1)).toContain(newcomer);
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
    await clockwork.timing.settle(5_500);
    expect(clockwork.take().slice(-2)).toEqual(["work-5 night 6000", "work-5 night 7000"]);
  });
});

describe("among servers that come, go, die, stand still and lose their connections", () => {
  /** One seed again: `SCHEDULE_SEED=17`. */
  const only = Number(process.env.SCHEDULE_SEED ?? 0);

  it("no time is used twice, and it goes on", async () => {
    for (let seed = only || 1; seed <= (only || 40); seed++) {
      const clockwork = new Clockwork({ night: SECONDS }, { window: WINDOW, seed });
      const { timing } = clockwork;
      const hub = clockwork.hub!;
      hub.delay = [0, 60];
      await clockwork.startAll(3);
      let number = 3;
      const course: string[] = [];
      for (let step = 0; step < 12; step++) {
        const living = clockwork.living();
        const who = living[timing.random() % living.length]!;
        const kind = ["start", "retire", "kill", "stall", "long stall", "blink"][timing.random() % 6]!;
        course.push(`${kind} ${who}`);
        if (kind === "start" || living.length < 3) await clockwork.start(++number);
        else if (kind === "retire") await clockwork.retire(who);
        else if (kind === "kill") clockwork.kill(who);
        else if (kind === "stall") await clockwork.stall(500 + (timing.random() % (WINDOW - 1_500)), who);
        else if (kind === "long stall") await clockwork.stall(WINDOW + 1_000 + (timing.random() % WINDOW), who);
        else {
          hub.disconnect(who);
          await timing.settle(timing.random() % (2 * WINDOW));
          // It may have been evicted meanwhile.
          if (clockwork.living().includes(who)) hub.reconnect(who);
        }
        await timing.settle(timing.random() % 4_000);
      }
      await timing.settle(4 * WINDOW);
      const dues = clockwork.runs.map(({ due }) => due);
      const twice = clockwork.runs.filter(({ due }, index) => dues.indexOf(due) !== index);
      expect({ seed, course, twice }).toEqual({ seed, course, twice: [] });
      clockwork.runs.length = 0;
      await timing.settle(3_000);
      expect(clockwork.runs.map(({ server }) => server)).toEqual(Array(3).fill(clockwork.homeOf("night")));
      await clockwork.stop();
    }
  });
});
