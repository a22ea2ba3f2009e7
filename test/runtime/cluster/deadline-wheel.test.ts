import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Deadlined, DeadlineWheel } from "../../../runtime/cluster/deadline-wheel.js";
import { VirtualTiming } from "../../../testing/virtual-timing.js";

class Alarm extends Deadlined {
  readonly rang: number[] = [];
  private readonly timing: VirtualTiming;
  private readonly ring: () => void;

  constructor(timing: VirtualTiming, deadline: number, ring = () => {}) {
    super();
    this.timing = timing;
    this.deadline = deadline;
    this.ring = ring;
  }

  expire(): void {
    this.rang.push(this.timing.now());
    this.ring();
  }
}

/** The wheel's tick is 16 ms: an entry waits for its tick to begin, and then for the sweep. */
const LATEST = 32;

describe("DeadlineWheel", () => {
  it("expires each entry once, never early, and in less than two ticks", () => {
    const plan = fc.array(
      fc.record({
        at: fc.nat(40_000),
        within: fc.oneof(fc.nat(100), fc.nat(40_000)),
        removedAfter: fc.option(fc.nat(40_000)),
      }),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(plan, (entries) => {
        const timing = new VirtualTiming();
        const wheel = new DeadlineWheel(timing);
        const alarms = entries.map(({ at, within, removedAfter }) => {
          const alarm = new Alarm(timing, at + within);
          timing.after(at, () => wheel.add(alarm));
          if (removedAfter !== null) timing.after(at + removedAfter, () => wheel.remove(alarm));
          return { alarm, deadline: at + within, removed: removedAfter === null ? Infinity : at + removedAfter };
        });
        timing.advance(90_000);
        for (const { alarm, deadline, removed } of alarms) {
          if (removed < deadline) expect(alarm.rang).toEqual([]);
          if (removed > deadline + LATEST) expect(alarm.rang).toHaveLength(1);
          for (const time of alarm.rang) {
            expect(time).toBeGreaterThanOrEqual(deadline);
            expect(time - deadline).toBeLessThan(LATEST);
          }
        }
        expect(wheel.size).toBe(0);
        expect(timing.pendingTimers).toBe(0);
      }),
    );
  });

  it("takes a deadline that has passed already", () => {
    const timing = new VirtualTiming();
    const wheel = new DeadlineWheel(timing);
    timing.advance(992);
    const now = new Alarm(timing, 992);
    const past = new Alarm(timing, 5);
    wheel.add(now);
    wheel.add(past);
    timing.advance(LATEST);
    expect(now.rang).toHaveLength(1);
    expect(past.rang).toHaveLength(1);
  });

  /** A clock that a test can move without letting timers run. */
  function stallingWheel() {
    const timing = new VirtualTiming();
    const clock = { stall: 0 };
    const wheel = new DeadlineWheel({
      wallClock: () => 0,
      random: () => 0,
      defer: () => {},
      now: () => timing.now() + clock.stall,
      after: (milliseconds, task) => timing.after(milliseconds, task),
    });
    return { timing, clock, wheel };
  }

  it("looks at everything after a stall of more than a round", () => {
    const { timing, clock, wheel } = stallingWheel();
    const alarms = [100, 5_000, 16_000, 40_000].map((deadline) => new Alarm(timing, deadline));
    for (const alarm of alarms) wheel.add(alarm);
    timing.advance(16);
    clock.stall = 60_000;
    timing.advance(16);
    expect(alarms.map(({ rang }) => rang.length)).toEqual([1, 1, 1, 1]);
  });

  it("misses nothing when time passes while it sweeps, and something is added", () => {
    const { timing, clock, wheel } = stallingWheel();
    const later = new Alarm(timing, 5_000);
    const soon = new Alarm(timing, 140);
    const slow = new Alarm(timing, 100, () => {
      clock.stall = 100;
      wheel.add(later);
    });
    wheel.add(soon);
    wheel.add(slow);
    timing.advance(200);
    expect(slow.rang).toHaveLength(1);
    expect(soon.rang).toHaveLength(1);
  });

  it("lets what expires add, remove and take itself off", () => {
    const timing = new VirtualTiming();
    const wheel = new DeadlineWheel(timing);
    const next = new Alarm(timing, 200);
    const never = new Alarm(timing, 100);
    const first = new Alarm(timing, 100, () => {
      wheel.remove(first);
      wheel.remove(never);
      wheel.add(next);
    });
    wheel.add(never);
    wheel.add(first);
    timing.advance(400);
    expect(first.rang).toHaveLength(1);
    expect(never.rang).toEqual([]);
    expect(next.rang).toHaveLength(1);
  });

  it("has no timer while it is empty, and none after it was stopped", () => {
    const timing = new VirtualTiming();
    const wheel = new DeadlineWheel(timing);
    expect(timing.pendingTimers).toBe(0);
    const alarm = new Alarm(timing, 100);
    wheel.add(alarm);
    expect(timing.pendingTimers).toBe(1);
    wheel.remove(alarm);
    timing.advance(16);
    expect(timing.pendingTimers).toBe(0);
    wheel.add(alarm);
    wheel.stop();
    wheel.add(new Alarm(timing, 200));
    expect(timing.pendingTimers).toBe(0);
    timing.advance(400);
    expect(alarm.rang).toEqual([]);
  });
});
