import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextSequence, sequenceDistance, sequenceMaximum } from "../../wire/sequence.js";

const widths = [1, 2, 3, 4];
/** A width and two numbers of it. */
const pairs = fc.constantFrom(...widths).chain((bytes) => {
  const maximum = sequenceMaximum(bytes);
  const number = fc.oneof(fc.integer({ min: 1, max: maximum }), fc.constantFrom(1, 2, maximum - 1, maximum));
  return fc.tuple(fc.constant(bytes), number, number);
});

describe("sequence numbers", () => {
  it("count to the end of their width, and on from 1", () => {
    expect(widths.map(sequenceMaximum)).toEqual([255, 65_535, 16_777_215, 4_294_967_295]);
    for (const bytes of widths) {
      const maximum = sequenceMaximum(bytes);
      expect(nextSequence(0, bytes)).toBe(1);
      expect(nextSequence(1, bytes)).toBe(2);
      expect(nextSequence(maximum - 1, bytes)).toBe(maximum);
      expect(nextSequence(maximum, bytes)).toBe(1);
    }
  });

  it("visit every number but 0 once in a round", () => {
    const seen = new Set<number>();
    for (let at = 1; !seen.has(at); at = nextSequence(at, 1)) seen.add(at);
    expect(seen.size).toBe(255);
    expect(seen.has(0)).toBe(false);
  });

  it("are as far apart as steps lead from one to the other", () => {
    for (let from = 1; from <= 255; from++) {
      let to = from;
      for (let steps = 0; steps <= 127; steps++, to = nextSequence(to, 1)) {
        expect(sequenceDistance(from, to, 1)).toBe(steps);
        if (steps > 0) expect(sequenceDistance(to, from, 1)).toBe(-steps);
      }
    }
  });

  it("are ahead by one of the number before them, at every width", () => {
    fc.assert(
      fc.property(pairs, ([bytes, from, to]) => {
        expect(sequenceDistance(from, nextSequence(from, bytes), bytes)).toBe(1);
        expect(sequenceDistance(from, from, bytes)).toBe(0);
        const distance = sequenceDistance(from, to, bytes);
        expect(Math.abs(distance)).toBeLessThanOrEqual(sequenceMaximum(bytes) / 2);
        expect(sequenceDistance(to, from, bytes) + distance).toBe(0);
      }),
    );
  });
});
