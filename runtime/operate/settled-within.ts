/** Waiting for what may never come. */
import type { Timer, Timing } from "../../wire/timing.js";

/** Resolves when the promise is settled, either way, and after `milliseconds` at the latest. */
export async function settledWithin(timing: Timing, milliseconds: number, promise: Promise<unknown>): Promise<void> {
  let timer: Timer | undefined;
  const late = new Promise<void>((resolve) => {
    timer = timing.after(milliseconds, resolve);
  });
  await Promise.race([promise.catch(() => {}), late]);
  timer?.cancel();
}
