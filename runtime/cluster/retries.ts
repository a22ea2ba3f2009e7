/**
 * What must be said once it can be said: an end that a full link refused, or that nobody confirmed. A session that is over, a uid that
 * is free again and a channel without members would otherwise be remembered elsewhere for ever.
 */
import type { Timer, Timing } from "../../wire/timing.js";

/** Milliseconds: time for a full link to drain. */
const PAUSE = 100;

/** More than all sessions of a busy server could leave behind during a pause; beyond, the oldest are given up. */
const MOST_WAITING = 262_144;

export class Retries {
  private readonly timing: Timing;
  private waiting: (() => void)[] = [];
  private timer: Timer | null = null;
  private closed = false;

  constructor(timing: Timing) {
    this.timing = timing;
  }

  get size(): number {
    return this.waiting.length;
  }

  /** Runs `task` after a pause. What still fails then asks for the next one itself. */
  later(task: () => void): void {
    if (this.closed) return;
    if (this.waiting.length >= MOST_WAITING) this.waiting.splice(0, MOST_WAITING / 16);
    this.waiting.push(task);
    this.timer ??= this.timing.after(PAUSE, this.run);
  }

  /** The server leaves: there is nobody left to tell. */
  close(): void {
    this.closed = true;
    this.waiting = [];
    this.timer?.cancel();
    this.timer = null;
  }

  private readonly run = (): void => {
    this.timer = null;
    const tasks = this.waiting;
    this.waiting = [];
    for (const task of tasks) task();
  };
}
