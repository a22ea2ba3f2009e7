import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VirtualTiming } from "../../testing/virtual-timing.js";

describe("VirtualTiming", () => {
  it("runs timers at their own times, in the order of times and then of setting", () => {
    const timing = new VirtualTiming();
    const seen: string[] = [];
    for (const [name, delay] of [
      ["c", 20],
      ["a", 10],
      ["b", 10],
      ["d", 30],
    ] as const) {
      timing.after(delay, () => seen.push(`${name}@${timing.now()}`));
    }
    timing.advance(25);
    expect(seen).toEqual(["a@10", "b@10", "c@20"]);
    expect(timing.now()).toBe(25);
    timing.advance(5);
    expect(seen.at(-1)).toBe("d@30");
    expect(timing.pendingTimers).toBe(0);
  });

  it("runs what is deferred before the next timer, and what that defers after it", () => {
    const timing = new VirtualTiming();
    const seen: string[] = [];
    timing.after(0, () => seen.push("timer"));
    timing.defer(() => {
      seen.push("first");
      timing.defer(() => seen.push("third"));
    });
    timing.defer(() => seen.push("second"));
    expect(timing.pendingTasks).toBe(2);
    timing.advance();
    expect(seen).toEqual(["first", "second", "third", "timer"]);
    expect(timing.pendingTasks).toBe(0);
  });

  it("lets timers set timers within the time that passes", () => {
    const timing = new VirtualTiming();
    const seen: number[] = [];
    const tick = () => {
      seen.push(timing.now());
      timing.after(10, tick);
    };
    timing.after(10, tick);
    timing.advance(35);
    expect(seen).toEqual([10, 20, 30]);
  });

  it("forgets what is cancelled, also twice, also after it ran, also from another task of that instant", () => {
    const timing = new VirtualTiming();
    const seen: string[] = [];
    const never = timing.after(10, () => seen.push("never"));
    const late = timing.after(20, () => seen.push("late"));
    timing.after(20, () => seen.push("kept"));
    timing.after(10, () => late.cancel());
    never.cancel();
    never.cancel();
    timing.advance(30);
    late.cancel();
    expect(seen).toEqual(["kept"]);
  });

  it("keeps its order whatever is set and cancelled", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ delay: fc.nat(20), cancelled: fc.boolean() }), { maxLength: 60 }), (alarms) => {
        const timing = new VirtualTiming();
        const seen: number[] = [];
        const timers = alarms.map(({ delay }, index) => timing.after(delay, () => seen.push(index)));
        for (const [index, { cancelled }] of alarms.entries()) if (cancelled) timers[index]!.cancel();
        timing.advance(20);
        const expected = alarms
          .map((alarm, index) => ({ ...alarm, index }))
          .filter(({ cancelled }) => !cancelled)
          .sort((one, other) => one.delay - other.delay || one.index - other.index)
          .map(({ index }) => index);
        expect(seen).toEqual(expected);
      }),
    );
  });

  it("lets promises move on between tasks when it settles", async () => {
    const timing = new VirtualTiming();
    const seen: string[] = [];
    const wait = (milliseconds: number) => new Promise<void>((resolve) => timing.after(milliseconds, resolve));
    void (async () => {
      seen.push("begun");
      await wait(10);
      seen.push(`first@${timing.now()}`);
      await wait(10);
      seen.push(`second@${timing.now()}`);
    })();
    await timing.settle(20);
    expect(seen).toEqual(["begun", "first@10", "second@20"]);
  });

  it("lets as much time pass as a promise needs, and no more", async () => {
    const timing = new VirtualTiming();
    const wait = (milliseconds: number) =>
      new Promise<number>((resolve) => timing.after(milliseconds, () => resolve(timing.now())));
    timing.after(5_000, () => {});
    expect(await timing.until(wait(300).then(() => wait(40)))).toBe(340);
    expect(timing.now()).toBe(340);
    await expect(timing.until(Promise.reject(new Error("as it is")))).rejects.toThrow("as it is");
    expect(timing.now()).toBe(340);
  });

  it("does not wait for what cannot happen, nor for ever", async () => {
    const timing = new VirtualTiming();
    await expect(timing.until(new Promise(() => {}))).rejects.toThrow("nothing is left to happen at 0 ms");
    const again = () => timing.after(1_000, again);
    again();
    await expect(timing.until(new Promise(() => {}), 5_000)).rejects.toThrow("was not settled within 5000 ms");
    expect(timing.now()).toBe(5_000);
  });

  it("sees the end of chains of promises however long they are", async () => {
    const timing = new VirtualTiming();
    let turns = 0;
    void (async () => {
      for (; turns < 10_000; turns++) await null;
    })();
    await timing.settle();
    expect(turns).toBe(10_000);
  });

  it("gives the same random numbers for the same seed, spread over the range", () => {
    const draw = (seed: number) => {
      const timing = new VirtualTiming({ seed });
      return Array.from({ length: 4096 }, () => timing.random());
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7).slice(0, 8)).not.toEqual(draw(8).slice(0, 8));
    const numbers = draw(1);
    expect(numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 2 ** 32)).toBe(true);
    const buckets = new Array<number>(16).fill(0);
    for (const number of numbers) buckets[number >>> 28]!++;
    for (const count of buckets) expect(Math.abs(count - 256)).toBeLessThan(80);
  });

  it("moves the wall clock with the other, from where the test says", () => {
    const timing = new VirtualTiming({ wallClock: 1000 });
    timing.advance(5);
    expect(timing.wallClock()).toBe(1005);
  });

  it("stops tasks that go round in a circle", () => {
    const timing = new VirtualTiming();
    const again = () => timing.defer(again);
    again();
    expect(() => timing.advance()).toThrow("something goes round in a circle");
  });

  it("refuses a time that is none", () => {
    expect(() => new VirtualTiming().after(Number.NaN, () => {})).toThrow("a timer of NaN ms: it must be 0 or more");
  });
});
