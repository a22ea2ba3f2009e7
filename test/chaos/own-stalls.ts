/**
 * When this process stood still, in which the clients are: a timer that was due meanwhile ran late, whatever the cluster did. A machine
 * that is busy with something else must not look like a request without an end.
 */
import { now } from "./app/ledger-file.js";

/** Milliseconds between two looks at the clock. */
const LOOK = 20;
/** Milliseconds between two looks above which the process stood still; what is less is in the slack that every deadline has. */
const STILL = 100;

interface Stall {
  readonly from: number;
  readonly to: number;
}

export class OwnStalls {
  private readonly stalls: Stall[] = [];
  private last = now();
  private readonly timer = setInterval(() => this.look(), LOOK);

  /** Milliseconds of this time in which nothing ran. */
  between(from: number, to: number): number {
    this.look();
    return this.stalls.reduce((sum, one) => sum + Math.max(0, Math.min(to, one.to) - Math.max(from, one.from)), 0);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const from = this.last;
    this.last = now();
    if (this.last - from > STILL) this.stalls.push({ from, to: this.last });
  }
}
