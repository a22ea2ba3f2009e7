import { VirtualTiming } from "gatesmith/testing";
import { describe, expect, it } from "vitest";
import { BOUNDS, RouteTimes } from "../../../runtime/operate/route-times.js";

const atMost = (milliseconds: number, times: ReturnType<RouteTimes["of"]>) =>
  times!.atMost[BOUNDS.indexOf(milliseconds)];

describe("RouteTimes", () => {
  it("counts how long each route took, a bound belonging to what it bounds", () => {
    const times = new RouteTimes(new VirtualTiming(), 4);
    for (const milliseconds of [0, 1, 1.5, 2.5, 40, 20_000]) times.took(2, milliseconds);
    times.took(3, 7);
    expect(times.of(1)).toBeNull();
    expect(times.of(3)).toMatchObject({ count: 1, sum: 7 });
    const found = times.of(2)!;
    expect(found).toMatchObject({ count: 6, sum: 20_045 });
    expect([1, 2.5, 5, 25, 50, 10_000].map((bound) => atMost(bound, found))).toEqual([2, 4, 4, 4, 5, 5]);
  });

  it("times what ended within a turn at the turn's end, all of it alike", async () => {
    const timing = new VirtualTiming();
    const times = new RouteTimes(timing, 4);
    const began = timing.now();
    for (let count = 0; count < 10; count++) times.atOnce(0, began);
    times.atOnce(3, began);
    expect(times.of(0)).toBeNull();
    await timing.settle(30);
    times.turnEnded();
    expect(times.of(0)).toMatchObject({ count: 10, sum: 300 });
    expect(times.of(3)).toMatchObject({ count: 1, sum: 30 });
    times.turnEnded();
    const next = timing.now();
    times.atOnce(0, next);
    times.turnEnded();
    expect(times.of(0)).toMatchObject({ count: 11, sum: 300 });
    expect(atMost(1, times.of(0))).toBe(1);
  });
});
