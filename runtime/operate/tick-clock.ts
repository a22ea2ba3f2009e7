/**
 * The clock as the hot path reads it: one reading serves everything until the end of the tick, because reading a clock for every
 * frame costs more than the header codec.
 */
import type { Timing } from "../../wire/timing.js";
import { type Tick, TickStep } from "./tick.js";

const TWO_32 = 0x1_0000_0000;

export class TickClock {
  private readonly timing: Timing;
  private readonly tick: Tick;
  private fresh = false;
  private monotonic = 0;
  /** Milliseconds since 1970 in two halves, as headers carry them. Valid after `now()`. */
  wallHigh = 0;
  wallLow = 0;

  /** `ended` is called at the end of every tick in which the clock was read. */
  constructor(timing: Timing, tick: Tick, ended: () => void = () => {}) {
    this.timing = timing;
    this.tick = tick;
    tick.on(TickStep.CLOCK, () => {
      this.fresh = false;
      ended();
    });
  }

  /** Milliseconds on the monotonic scale, as of this tick's first reading. */
  now(): number {
    if (!this.fresh) this.read();
    return this.monotonic;
  }

  private read(): void {
    this.fresh = true;
    this.tick.leave(TickStep.CLOCK);
    this.monotonic = this.timing.now();
    const wall = this.timing.wallClock();
    this.wallHigh = Math.floor(wall / TWO_32);
    this.wallLow = wall >>> 0;
  }
}
