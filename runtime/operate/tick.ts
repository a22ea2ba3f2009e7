/**
 * One turn of the event loop, as a server has it: what comes is collected while the system's callbacks run, and what is left to the end is
 * done there, once and in order. So a batch of frames runs through code that is still in the processor's cache, other servers work on
 * what they were sent while this one writes to its clients, and each socket is written once.
 */
import type { Timing } from "../../wire/timing.js";

/** What may be left to the end of a turn. What one step leaves to another behind it is done in the same turn. */
export const TickStep = {
  /** Frames that clients have sent are taken. */
  ARRIVALS: 0,
  /** Homes are told what has come from them. */
  CONFIRMATIONS: 1,
  /** Links are written. */
  LINKS: 2,
  /** Clients' sockets are written. */
  SOCKETS: 3,
  /** The clock is read anew from here on. */
  CLOCK: 4,
} as const;

export type TickStep = (typeof TickStep)[keyof typeof TickStep];

const STEPS = Object.keys(TickStep).length;

const nothing = () => {};

export class Tick {
  private readonly timing: Timing;
  private readonly steps: (() => void)[] = new Array(STEPS).fill(nothing);
  /** A bit for each step that has something to do. */
  private left = 0;
  private scheduled = false;

  constructor(timing: Timing) {
    this.timing = timing;
  }

  /** Says how a step is done. */
  on(step: TickStep, run: () => void): void {
    this.steps[step] = run;
  }

  /** There is something to do in a step before the process sleeps. */
  leave(step: TickStep): void {
    this.left |= 1 << step;
    if (this.scheduled) return;
    this.scheduled = true;
    this.timing.defer(this.end);
  }

  private readonly end = (): void => {
    try {
      for (let step = 0; step < STEPS; step++) {
        if ((this.left & (1 << step)) === 0) continue;
        this.left &= ~(1 << step);
        this.steps[step]!();
      }
    } finally {
      // What is left to a step that is over waits for the next turn, so that sockets are read in between. So does the rest when a step
      // fails: an application may go on after an exception that nobody caught.
      this.scheduled = this.left !== 0;
      if (this.scheduled) this.timing.defer(this.end);
    }
  };
}
