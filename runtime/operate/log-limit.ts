/**
 * Keeps a line that others cause from filling the log: so many in a while, then none, and the next one says how many were left out.
 */

/** Milliseconds. */
const INTERVAL = 10_000;

export class LogLimit {
  private readonly most: number;
  private readonly now: () => number;
  private since = Number.NEGATIVE_INFINITY;
  private lines = 0;
  private leftOut = 0;

  /**
   * @param most lines in ten seconds
   * @param now milliseconds on a clock that never goes backwards
   */
  constructor(most: number, now: () => number) {
    this.most = most;
    this.now = now;
  }

  /**
   * Calls `write` with what belongs into the line beside its own fields, unless there were too many lines lately.
   *
   * @returns whether it was called
   */
  line(write: (more: { readonly leftOut?: number }) => void): boolean {
    const now = this.now();
    if (now - this.since >= INTERVAL) {
      this.since = now;
      this.lines = 0;
    }
    if (this.lines === this.most) {
      this.leftOut++;
      return false;
    }
    this.lines++;
    const { leftOut } = this;
    this.leftOut = 0;
    write(leftOut === 0 ? {} : { leftOut });
    return true;
  }
}
