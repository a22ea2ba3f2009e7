/** How long to wait before connecting again. */
import type { Timing } from "../wire/timing.js";

/**
 * Milliseconds before the attempt that follows `failures` failures in a row (1 and up): exponential, with full jitter, that is
 * evenly spread from 0 to min(`longest`, `first` * 2^(failures-1)).
 */
export function backoffDelay(failures: number, first: number, longest: number, timing: Timing): number {
  const bound = Math.min(longest, first * 2 ** (failures - 1));
  return Math.floor((timing.random() / 2 ** 32) * (bound + 1));
}
