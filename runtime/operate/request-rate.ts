/** How many a second, lately: from what a counter said now and then. */

/** Samples that are looked back over. */
const SAMPLES = 6;

export class RequestRate {
  private readonly times = new Float64Array(SAMPLES);
  private readonly totals = new Float64Array(SAMPLES);
  private count = 0;

  /** Call it about once a second. `now` in milliseconds. */
  sample(now: number, total: number): void {
    const index = this.count++ % SAMPLES;
    this.times[index] = now;
    this.totals[index] = total;
  }

  /** Since the oldest sample that is kept. */
  at(now: number, total: number): number {
    if (this.count === 0) return 0;
    const oldest = this.count <= SAMPLES ? 0 : this.count % SAMPLES;
    const milliseconds = now - this.times[oldest]!;
    return milliseconds > 0 ? ((total - this.totals[oldest]!) * 1_000) / milliseconds : 0;
  }
}
