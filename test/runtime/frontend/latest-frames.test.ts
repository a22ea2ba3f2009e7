import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LatestFrames } from "../../../runtime/frontend/latest-frames.js";

const keys = (frames: LatestFrames) => [...frames.entries()].map(([key]) => key);

describe("LatestFrames", () => {
  it("keeps of each key the newest, in the order of the newest", () => {
    const frames = new LatestFrames(1_000);
    for (const [key, mark] of [
      ["a", 1],
      ["b", 2],
      ["a", 3],
    ] as const)
      expect(frames.keep(key, Uint8Array.of(mark))).toBe(0);
    expect([...frames.entries()]).toEqual([
      ["b", Uint8Array.of(2)],
      ["a", Uint8Array.of(3)],
    ]);
  });

  it("lets what has waited longest go when the bytes run out", () => {
    const frames = new LatestFrames(100);
    frames.keep("a", new Uint8Array(40));
    frames.keep("b", new Uint8Array(40));
    expect(frames.keep("c", new Uint8Array(60))).toBe(1);
    expect(keys(frames)).toEqual(["b", "c"]);
    expect(frames.keep("d", new Uint8Array(100))).toBe(2);
    expect(keys(frames)).toEqual(["d"]);
  });

  it("does not keep what is larger than everything may be, nor what it would replace", () => {
    const frames = new LatestFrames(100);
    frames.keep("a", new Uint8Array(10));
    expect(frames.keep("a", new Uint8Array(101))).toBe(1);
    expect(frames.size).toBe(0);
  });

  it("has a bound on keys, too", () => {
    const frames = new LatestFrames(1_000_000);
    let dropped = 0;
    for (let index = 0; index < 1_100; index++) dropped += frames.keep(`key ${index}`, new Uint8Array(1));
    expect([frames.size, dropped, keys(frames)[0]]).toEqual([1_024, 76, "key 76"]);
  });

  it("never holds more than its bound, and says of everything that went", () => {
    const step = fc.record({ key: fc.nat(8), bytes: fc.nat(60), forget: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const frames = new LatestFrames(100);
        for (const { key, bytes, forget } of steps) {
          const before = new Set(keys(frames));
          if (forget) {
            frames.forget(`${key}`);
            before.delete(`${key}`);
            expect(new Set(keys(frames))).toEqual(before);
            continue;
          }
          before.add(`${key}`);
          const dropped = frames.keep(`${key}`, new Uint8Array(bytes));
          expect(frames.size).toBe(before.size - dropped);
          expect([...frames.entries()].reduce((sum, [, frame]) => sum + frame.length, 0)).toBeLessThanOrEqual(100);
        }
      }),
    );
  });
});
