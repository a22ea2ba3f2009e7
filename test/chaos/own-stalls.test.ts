import { expect, it } from "vitest";
import { now } from "./app/ledger-file.js";
import { OwnStalls } from "./own-stalls.js";

it("knows when this process stood still, and how much of a time that was", async () => {
  const stalls = new OwnStalls();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const from = now();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
  const to = now();
  await new Promise((resolve) => setTimeout(resolve, 50));
  stalls.stop();
  expect(stalls.between(from, to)).toBeCloseTo(to - from);
  expect(stalls.between(from + 100, from + 300)).toBeCloseTo(200);
  expect(stalls.between(from - 20_000, from - 10_000)).toBe(0);
});
