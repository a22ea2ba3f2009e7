/** The browser's or Node.js's own clock, timers and randomness. The only file of the client that may touch them. */
import type { Timer, Timing } from "../wire/timing.js";

/** What timers of every platform can count to, 24.8 days; they take more for 1 millisecond. */
const LONGEST = 2 ** 31 - 1;

const waiting: (() => void)[] = [];

function runWaiting(): void {
  // One task a turn, so that one that throws does not take the others with it.
  const task = waiting.shift();
  if (task !== undefined) task();
}

/** Node.js has `setImmediate`; in browsers a message to oneself is the task that is neither delayed nor throttled. */
function chooseTurn(): () => void {
  const { setImmediate } = globalThis as { setImmediate?: (task: () => void) => unknown };
  if (setImmediate !== undefined) return () => setImmediate(runWaiting);
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = runWaiting;
  return () => port2.postMessage(null);
}

let nextTurn: (() => void) | null = null;

export const platformTiming: Timing = {
  now: () => performance.now(),
  wallClock: () => Date.now(),
  random: () => Math.floor(Math.random() * 2 ** 32),
  after(milliseconds: number, task: () => void): Timer {
    const timer = setTimeout(task, Math.min(milliseconds, LONGEST));
    return { cancel: () => clearTimeout(timer) };
  },
  defer(task: () => void): void {
    nextTurn ??= chooseTurn();
    waiting.push(task);
    nextTurn();
  },
};
