/** Waiting for what an administrator hears. */
import type { Administrator } from "../runtime/operate/administrator.js";

/** Whether `what` was so within a time; looked at whenever somebody comes, goes, or says something new. */
export async function until(administrator: Administrator, milliseconds: number, what: () => boolean): Promise<boolean> {
  const { processTiming: timing } = await import("../runtime/operate/process-timing.js");
  const { settledWithin } = await import("../runtime/operate/settled-within.js");
  const end = timing.now() + milliseconds;
  while (!what()) {
    const left = end - timing.now();
    if (left <= 0) return false;
    // At once: what changes between the look and the wait would be waited for in vain.
    await settledWithin(timing, left, administrator.change());
  }
  return true;
}
