import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RateLimit } from "../../../runtime/frontend/rate-limit.js";
import type { Route } from "../../../runtime/manifest-tables.js";
import type { FrontendSession } from "../../../runtime/session/frontend-session.js";

const route = (rateIndex: number, perSecond: number, burst: number) =>
  ({ rateIndex, handler: { rate: { perSecond, burst, over: "answer" } } }) as Route;
const unrated = { rateIndex: -1, handler: { rate: null } } as Route;
const session = () => ({ dueTimes: null }) as FrontendSession;

describe("RateLimit", () => {
  it("lets a burst through, then as many as the rate says", () => {
    const limit = new RateLimit([unrated, route(0, 2, 3)], 1);
    const ann = session();
    const taken = (now: number) => limit.take(ann, 0, now);
    expect([taken(0), taken(0), taken(0), taken(0)]).toEqual([true, true, true, false]);
    expect(taken(499)).toBe(false);
    expect([taken(500), taken(500)]).toEqual([true, false]);
    expect([taken(1500), taken(1500), taken(1500)]).toEqual([true, true, false]);
  });

  it("saves up no more than the burst, however long nothing comes", () => {
    const limit = new RateLimit([route(0, 10, 4)], 1);
    const ann = session();
    const taken = Array.from({ length: 10 }, () => limit.take(ann, 0, 1e9));
    expect(taken.filter(Boolean)).toHaveLength(4);
  });

  it("counts each session and each route by itself", () => {
    const limit = new RateLimit([route(0, 1, 1), unrated, route(1, 1, 1)], 2);
    const [ann, bob] = [session(), session()];
    expect(limit.take(ann, 0, 0)).toBe(true);
    expect(limit.take(ann, 0, 0)).toBe(false);
    expect(limit.take(ann, 1, 0)).toBe(true);
    expect(limit.take(bob, 0, 0)).toBe(true);
  });

  it("never lets more through in any stretch of time than the rate and one burst", () => {
    const gaps = fc.array(fc.nat(400), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 20 }), gaps, (perSecond, burst, waits) => {
        const limit = new RateLimit([route(0, perSecond, burst)], 1);
        const ann = session();
        const taken: number[] = [];
        let now = 0;
        for (const wait of waits) {
          now += wait;
          if (limit.take(ann, 0, now)) taken.push(now);
        }
        taken.forEach((from, index) => {
          taken.slice(index).forEach((to, count) => {
            // One more than fits in between, for the one it begins with; a hair for floating point.
            expect(count + 1).toBeLessThanOrEqual(burst + ((to - from) / 1000) * perSecond + 1e-6);
          });
        });
      }),
    );
  });
});
