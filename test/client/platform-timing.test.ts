import { describe, expect, it } from "vitest";
import { platformTiming } from "../../client/platform-timing.js";

describe("the platform's timing", () => {
  it("runs what is deferred after the current callback, in order, each task for itself", async () => {
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      platformTiming.defer(() => seen.push("first"));
      platformTiming.defer(() => {
        seen.push("second");
        resolve();
      });
      queueMicrotask(() => seen.push("microtask"));
      seen.push("now");
    });
    expect(seen).toEqual(["now", "microtask", "first", "second"]);
  });

  it("runs timers, and not those that were cancelled", async () => {
    const seen: string[] = [];
    platformTiming.after(0, () => seen.push("cancelled")).cancel();
    const far = platformTiming.after(Number.MAX_SAFE_INTEGER, () => seen.push("too soon"));
    await new Promise<void>((resolve) => platformTiming.after(20, resolve));
    far.cancel();
    expect(seen).toEqual([]);
  });

  it("has clocks and chance", () => {
    const before = platformTiming.now();
    expect(platformTiming.now()).toBeGreaterThanOrEqual(before);
    expect(Number.isInteger(platformTiming.wallClock())).toBe(true);
    const numbers = Array.from({ length: 1000 }, () => platformTiming.random());
    expect(numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 2 ** 32)).toBe(true);
    expect(new Set(numbers).size).toBeGreaterThan(990);
  });
});
