/** The process's own clock, timers and randomness. The only file of the runtime that may touch them. */
import { randomFillSync } from "node:crypto";
import type { Timer, Timing } from "../../wire/timing.js";

const noise = new Uint32Array(64);
let used = noise.length;

export const processTiming: Timing = {
  now: () => performance.now(),
  wallClock: () => Date.now(),
  random() {
    if (used === noise.length) {
      randomFillSync(noise);
      used = 0;
    }
    return noise[used++]!;
  },
  after(milliseconds: number, task: () => void): Timer {
    const timer = setTimeout(task, milliseconds);
    return { cancel: () => clearTimeout(timer) };
  },
  defer(task: () => void) {
    setImmediate(task);
  },
};
