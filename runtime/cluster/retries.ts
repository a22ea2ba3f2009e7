/**
 * What must be said once it can be said: an end that a full link refused, or that nobody confirmed. A session that is over, a uid that
 * is free again and a channel without members would otherwise be remembered elsewhere for ever.
 */
import type { Timer, Timing } from "../../wire/timing.js";

/** Milliseconds: time for a full link to drain. */
const PAUSE = 100;

/** More than all sessions of a busy server could leave behind during a pause; beyond, the oldest are given up. */
const MOST_ENDS = 262_144;

export class Retries {
  private readonly timing: Timing;
  private waiting: (() => void)[] = [];
  private ends: (() => void)[] = [];
  private timer: Timer | null = null;
  private closed = false;

  constructor(timing: Timing) {
    this.timing = timing;
  }

  get size(): number {
    return this.waiting.length + this.ends.length;
  }

  /** Runs `task` after a pause. What still fails then asks for the next one itself. Somebody waits for it: it is never given up. */
  later(task: () => void): void {
    if (this.closed) return;
    this.waiting.push(task);
    this.timer ??= this.timing.after(PAUSE, this.run);
  }

  /** Like `later`, for an end, or what has to do with one: there may be more of them than can be kept. */
  endLater(task: () => void): void {
    if (this.closed) return;
    if (this.ends.length >= MOST_ENDS) this.ends.splice(0, MOST_ENDS / 16);
    this.ends.push(task);
    this.timer ??= this.timing.after(PAUSE, this.run);
  }

  /** The server leaves: there is nobody left to tell. */
  close(): void {
    this.closed = true;
    this.waiting = [];
    this.ends = [];
    this.timer?.cancel();
    this.timer = null;
  }

  private readonly run = (): void => {
    this.timer = null;
    const { waiting, ends } = this;
    this.waiting = [];
    this.ends = [];
    for (const task of waiting) task();
    for (const task of ends) task();
  };
}
