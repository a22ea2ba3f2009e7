/**
 * What a fuzz test runs with: `FUZZ_SEED` and `FUZZ_COUNT` from the environment, else a new seed each time and the test's own count.
 * The seed is printed, so that a run can be had again.
 */
import { randomInt } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export interface FuzzOptions {
  readonly seed: number;
  readonly count: number;
}

export function fuzzOptions(test: string, count: number): FuzzOptions {
  const { FUZZ_SEED, FUZZ_COUNT } = process.env;
  const options = { seed: Number(FUZZ_SEED ?? randomInt(0xffff_ffff)), count: Number(FUZZ_COUNT ?? count) };
  process.stderr.write(`${test}: FUZZ_SEED=${options.seed} FUZZ_COUNT=${options.count}\n`);
  return options;
}

/** Bytes that are in use once everything that can be collected has been: on the heap, and in buffers beside it. */
export function bytesInUse(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let round = 0; round < 4; round++) collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
