/**
 * Time and chance as arguments. Whatever has states and deadlines takes a `Timing`; the process passes the real one, tests and
 * the simulator pass a virtual one, and nothing else may call `setTimeout`, `Date.now` or `Math.random`.
 */
export interface Timing {
  /** Milliseconds on a clock that never goes backwards; only differences mean something. */
  now(): number;
  /** Milliseconds since 1970-01-01 UTC; for timestamps that people read, never for deadlines. */
  wallClock(): number;
  /** A random unsigned 32-bit integer. */
  random(): number;
  /** Runs `task` once after `milliseconds`. */
  after(milliseconds: number, task: () => void): Timer;
  /** Runs `task` after the current callback and whatever input is already waiting: the flush phase of this tick. */
  defer(task: () => void): void;
}

export interface Timer {
  cancel(): void;
}
