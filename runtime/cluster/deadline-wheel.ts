/**
 * Deadlines of many short-lived things, hashed into a ring of buckets: adding and removing cost a few stores, and one timer serves
 * all. Late by less than two ticks, never early.
 */
import type { Timer, Timing } from "../../wire/timing.js";

/** What can be put on a wheel. The fields are the wheel's own between `add` and `remove`. */
export abstract class Deadlined {
  /** On the timing's `now` scale. */
  deadline = 0;
  wheelBucket = -1;
  wheelNext: Deadlined | null = null;
  wheelPrevious: Deadlined | null = null;

  /** Called once, after the deadline, already off the wheel. */
  abstract expire(): void;
}

const TICK_MILLISECONDS = 16;
// 1,024 ticks are 16 seconds: longer than nearly every deadline, so that an entry is looked at once.
const BUCKETS = 1024;

export class DeadlineWheel {
  private readonly timing: Timing;
  private readonly buckets: (Deadlined | null)[] = new Array(BUCKETS).fill(null);
  private count = 0;
  /** Number of the last tick whose bucket was swept. */
  private swept: number;
  private timer: Timer | null = null;
  private stopped = false;
  private sweeping = false;

  constructor(timing: Timing) {
    this.timing = timing;
    this.swept = Math.floor(timing.now() / TICK_MILLISECONDS);
  }

  get size(): number {
    return this.count;
  }

  /** Puts `entry` on the wheel, to expire once `entry.deadline` has passed. */
  add(entry: Deadlined): void {
    // During a sweep `swept` is right as it stands: moving it would skip the ticks that have begun meanwhile.
    if (this.timer === null && !this.stopped && !this.sweeping) {
      this.swept = Math.floor(this.timing.now() / TICK_MILLISECONDS);
      this.timer = this.timing.after(TICK_MILLISECONDS, this.sweep);
    }
    // Rounded up: the sweep of a tick happens when that tick has begun.
    const tick = Math.max(Math.ceil(entry.deadline / TICK_MILLISECONDS), this.swept + 1);
    const bucket = tick % BUCKETS;
    const head = this.buckets[bucket]!;
    entry.wheelBucket = bucket;
    entry.wheelPrevious = null;
    entry.wheelNext = head;
    if (head !== null) head.wheelPrevious = entry;
    this.buckets[bucket] = entry;
    this.count++;
  }

  /** Takes `entry` off; nothing happens if it is on no wheel. */
  remove(entry: Deadlined): void {
    if (entry.wheelBucket < 0) return;
    const { wheelNext: next, wheelPrevious: previous } = entry;
    if (previous === null) this.buckets[entry.wheelBucket] = next;
    else previous.wheelNext = next;
    if (next !== null) next.wheelPrevious = previous;
    entry.wheelBucket = -1;
    entry.wheelNext = null;
    entry.wheelPrevious = null;
    this.count--;
  }

  /** Stops the timer for good; what is on the wheel, or is still put there, never expires. */
  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
    this.timer = null;
  }

  private readonly sweep = (): void => {
    this.timer = null;
    this.sweeping = true;
    const now = this.timing.now();
    const last = Math.floor(now / TICK_MILLISECONDS);
    // After a stall of more than one round every bucket is looked at once.
    const first = Math.max(this.swept + 1, last - BUCKETS + 1);
    this.swept = last;
    for (let tick = first; tick <= last; tick++) {
      let entry = this.buckets[tick % BUCKETS]!;
      while (entry !== null) {
        const next: Deadlined | null = entry.wheelNext;
        if (entry.deadline <= now) {
          this.remove(entry);
          entry.expire();
          // An expiry may remove others; start the bucket again rather than follow a stale link.
          entry = this.buckets[tick % BUCKETS]!;
        } else {
          entry = next as Deadlined;
        }
      }
    }
    this.sweeping = false;
    if (this.count > 0 && !this.stopped) this.timer = this.timing.after(TICK_MILLISECONDS, this.sweep);
  };
}
