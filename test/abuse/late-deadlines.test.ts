/** Deadlines at the corners of the wheel: whatever else happens on it, none is more than a tick and a timer late. */
import { VirtualTiming } from "gatesmith/testing";
import { expect, it } from "vitest";
import { Deadlined, DeadlineWheel } from "../../runtime/cluster/deadline-wheel.js";

/** A tick of the wheel, and the tick at which its timer may first notice. */
const LATEST = 32;

/** A clock that also goes on while a callback computes. */
class BusyTiming extends VirtualTiming {
  #busy = 0;

  override now(): number {
    return super.now() + this.#busy;
  }

  compute(milliseconds: number): void {
    this.#busy += milliseconds;
  }
}

class Entry extends Deadlined {
  expiredAt = -1;
  private readonly timing: VirtualTiming;
  private readonly task: () => void;

  constructor(timing: VirtualTiming, deadline: number, task: () => void = () => {}) {
    super();
    this.timing = timing;
    this.deadline = deadline;
    this.task = task;
  }

  expire(): void {
    this.expiredAt = this.timing.now();
    this.task();
  }
}

it("expires what was overdue when it was added to an idle wheel at once, not a round later", () => {
  const timing = new VirtualTiming();
  const wheel = new DeadlineWheel(timing);
  timing.advance(100_000);
  const overdue = new Entry(timing, 99_990);
  wheel.add(overdue);
  timing.advance(LATEST);
  expect(overdue.expiredAt).toBeGreaterThan(0);
  expect(wheel.size).toBe(0);
  timing.advance(60_000);
  const long = new Entry(timing, timing.now());
  wheel.add(long);
  timing.advance(LATEST);
  expect(long.expiredAt).toBeGreaterThan(0);
});

it("forgets no tick when an expiry takes long and adds another deadline", () => {
  const timing = new BusyTiming();
  const wheel = new DeadlineWheel(timing);
  const stalled = new Entry(timing, 50);
  const added = new Entry(timing, 1_000);
  const slow = new Entry(timing, 16, () => {
    timing.compute(64);
    wheel.add(added);
  });
  wheel.add(slow);
  wheel.add(stalled);
  timing.advance(200);
  expect(slow.expiredAt).toBe(16);
  expect(stalled.expiredAt).toBeGreaterThanOrEqual(50);
  expect(stalled.expiredAt).toBeLessThanOrEqual(16 + 64 + LATEST);
  timing.advance(1_000);
  expect(added.expiredAt).toBeGreaterThanOrEqual(1_000);
  expect(wheel.size).toBe(0);
  expect(timing.pendingTimers).toBe(0);
});

it("survives entries that remove each other, and add new ones, while they expire", () => {
  const timing = new VirtualTiming();
  const wheel = new DeadlineWheel(timing);
  const entries: Entry[] = [];
  let expired = 0;
  for (let index = 0; index < 1_000; index++) {
    const entry = new Entry(timing, 20 + (index % 40), () => {
      expired++;
      wheel.remove(entries[(index * 7 + 1) % entries.length]!);
      if (index % 10 === 0) wheel.add(new Entry(timing, timing.now() + 20_000, () => expired++));
    });
    entries.push(entry);
    wheel.add(entry);
  }
  timing.advance(200);
  for (const entry of entries) expect(entry.wheelBucket).toBe(-1);
  const added = wheel.size;
  expect(added).toBeGreaterThan(0);
  const before = expired;
  timing.advance(25_000);
  expect(expired - before).toBe(added);
  expect(wheel.size).toBe(0);
  expect(timing.pendingTimers).toBe(0);
});
