/**
 * The time of one machine among several in a test: it passes like everybody's, but the machine can be stopped and resumed, as SIGSTOP and
 * a frozen virtual machine do, or killed. While it stands still nothing of it runs; what fell due runs when it goes on.
 */
import type { Timer, Timing } from "../wire/timing.js";

type Kind = "timer" | "turn";

export class PausableTiming implements Timing {
  #timing: Timing;
  #paused = false;
  #dead = false;
  /** What fell due while the machine stood still, in order: its timers, and what belongs to a turn of the event loop or came from outside. */
  readonly #waiting: Record<Kind, (() => void)[]> = { timer: [], turn: [] };

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get dead(): boolean {
    return this.#dead;
  }

  now(): number {
    return this.#timing.now();
  }

  wallClock(): number {
    return this.#timing.wallClock();
  }

  random(): number {
    return this.#timing.random();
  }

  after(milliseconds: number, task: () => void): Timer {
    let cancelled = false;
    const timer = this.#timing.after(milliseconds, () => {
      this.#run("timer", () => {
        if (!cancelled) task();
      });
    });
    return {
      cancel: () => {
        cancelled = true;
        timer.cancel();
      },
    };
  }

  defer(task: () => void): void {
    this.#timing.defer(() => this.#run("turn", task));
  }

  /** Something reaches the machine: it is taken now, when the machine goes on, or never. */
  input(take: () => void): void {
    this.#run("turn", take);
  }

  pause(): void {
    this.#paused = true;
  }

  /** Which comes first, what waited outside or the timers that are overdue, is left to chance, as with a real process. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    const timersFirst = (this.#timing.random() & 1) === 0;
    const order: Kind[] = timersFirst ? ["timer", "turn"] : ["turn", "timer"];
    for (const kind of order) {
      // Each in a task of its own: whoever is paused again meanwhile keeps the rest.
      for (const task of this.#waiting[kind].splice(0)) {
        const run = () => this.#run(kind, task);
        // What a turn of the event loop leaves to its end comes before the timers of the next.
        this.#timing.defer(kind === "timer" && !timersFirst ? () => this.#timing.defer(run) : run);
      }
    }
  }

  kill(): void {
    this.#dead = true;
    for (const waiting of Object.values(this.#waiting)) waiting.length = 0;
  }

  #run(kind: Kind, task: () => void): void {
    if (this.#dead) return;
    if (this.#paused) this.#waiting[kind].push(task);
    else task();
  }
}
