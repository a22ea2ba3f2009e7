/**
 * How long routes take, as histograms that are counted without a reading of the clock, an allocation or a promise for each. What ends in
 * the turn of the event loop in which it began is counted then, and timed once for all at the turn's end: that is when its answer leaves.
 */
import type { Timing } from "../../wire/timing.js";

/** Upper bounds of the buckets, in milliseconds; one more has no bound. A turn of the event loop is rarely shorter than the first. */
export const BOUNDS: readonly number[] = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

/** A row is the sum in milliseconds, then the buckets, each without those before it. */
const SUM = 0;
const FIRST_BUCKET = 1;
const ROW = FIRST_BUCKET + BOUNDS.length + 1;

export class RouteTimes {
  private readonly timing: Timing;
  /** By link id; made when the route is first used. */
  private readonly rows: (Float64Array | undefined)[];
  /** Ended in this turn, by link id. */
  private readonly ended: Float64Array;
  /** Link ids of which there are any. */
  private readonly touched: number[] = [];
  private beganAt = 0;

  /** `routes`: the highest link id and one more. */
  constructor(timing: Timing, routes: number) {
    this.timing = timing;
    this.rows = new Array(routes).fill(undefined);
    this.ended = new Float64Array(routes);
  }

  /** One took so many milliseconds. */
  took(linkId: number, milliseconds: number): void {
    this.count(linkId, milliseconds, 1);
  }

  /** One began at `now`, which is when this turn began, and has ended in it. `turnEnded` must follow. */
  atOnce(linkId: number, now: number): void {
    if (this.touched.length === 0) this.beganAt = now;
    if (this.ended[linkId]!++ === 0) this.touched.push(linkId);
  }

  turnEnded(): void {
    const { touched, ended } = this;
    if (touched.length === 0) return;
    const milliseconds = this.timing.now() - this.beganAt;
    for (let index = 0; index < touched.length; index++) {
      const linkId = touched[index]!;
      this.count(linkId, milliseconds, ended[linkId]!);
      ended[linkId] = 0;
    }
    touched.length = 0;
  }

  /** What was counted of a route; null when nothing was. */
  of(linkId: number): RouteTime | null {
    const row = this.rows[linkId];
    if (row === undefined) return null;
    let count = 0;
    const atMost: number[] = [];
    for (let index = FIRST_BUCKET; index < ROW; index++) {
      count += row[index]!;
      if (index < ROW - 1) atMost.push(count);
    }
    return { count, sum: row[SUM]!, atMost };
  }

  private count(linkId: number, milliseconds: number, times: number): void {
    let row = this.rows[linkId];
    if (row === undefined) {
      row = new Float64Array(ROW);
      this.rows[linkId] = row;
    }
    let bucket = 0;
    // Nearly everything is in the first few.
    while (bucket < BOUNDS.length && milliseconds > BOUNDS[bucket]!) bucket++;
    row[FIRST_BUCKET + bucket]! += times;
    row[SUM]! += milliseconds * times;
  }
}

export interface RouteTime {
  readonly count: number;
  /** Milliseconds, of all together. */
  readonly sum: number;
  /** How many took at most as long as each of `BOUNDS`. */
  readonly atMost: readonly number[];
}
