/**
 * Requests per second, per session and route, by the generic cell rate algorithm: one number each, the time at which the next request
 * would be due if requests came evenly. A request may be early by as much as the burst allows.
 */
import type { HandlerEntry } from "../manifest.js";
import type { Route } from "../manifest-tables.js";
import type { FrontendSession } from "../session/frontend-session.js";

/** Milliseconds. Added intervals are rounded, and the last request of a burst must not be late by that. */
const ROUNDING = 0.001;

export class RateLimit {
  /** Milliseconds between two requests, and how early one may be; by rate index. */
  private readonly intervals: Float64Array;
  private readonly tolerances: Float64Array;
  private readonly count: number;

  constructor(routes: readonly Route[], ratedRoutes: number) {
    this.count = ratedRoutes;
    this.intervals = new Float64Array(ratedRoutes);
    this.tolerances = new Float64Array(ratedRoutes);
    for (const route of routes) {
      const rate: HandlerEntry["rate"] = route.handler.rate;
      if (rate === null) continue;
      const interval = 1000 / rate.perSecond;
      this.intervals[route.rateIndex] = interval;
      this.tolerances[route.rateIndex] = interval * (Math.max(rate.burst, 1) - 1) + ROUNDING;
    }
  }

  /** Counts one request. False: it is over the rate, and was not counted. */
  take(session: FrontendSession, rateIndex: number, now: number): boolean {
    session.dueTimes ??= new Float64Array(this.count);
    const due = session.dueTimes[rateIndex]!;
    if (now < due - this.tolerances[rateIndex]!) return false;
    session.dueTimes[rateIndex] = Math.max(now, due) + this.intervals[rateIndex]!;
    return true;
  }
}
