import { describe, expect, it } from "vitest";
import { readByteSize, readDuration, readRate } from "../../../generator/dsl/quantity.js";

describe("quantities", () => {
  it.each([
    ["250ms", 250],
    ["10s", 10_000],
    ["1.5s", 1500],
    ["2m", 120_000],
    [40, 40],
    ["10", null],
    ["10 s", null],
    ["-1s", null],
    ["6h", 21_600_000],
    ["1d", null],
    ["0.5ms", null],
    [0, null],
    [-5, null],
    [1.5, null],
    [Number.POSITIVE_INFINITY, null],
    [null, null],
  ])("duration %j is %j ms", (text, milliseconds) => {
    expect(readDuration(text)).toBe(milliseconds);
  });

  it.each([
    ["512b", 512],
    ["4kb", 4096],
    ["4KB", 4096],
    ["1mb", 1_048_576],
    ["0.5kb", 512],
    [0, 0],
    ["4k", null],
    ["1gb", null],
    [-1, null],
    [{}, null],
  ])("size %j is %j bytes", (text, bytes) => {
    expect(readByteSize(text)).toBe(bytes);
  });

  it.each([
    ["20/s", { perSecond: 20, burst: 20 }],
    ["60/m", { perSecond: 1, burst: 60 }],
    ["36/h", { perSecond: 0.01, burst: 36 }],
    ["0/s", null],
    ["20", null],
    ["20/d", null],
    ["x/s", null],
  ])("rate %j", (text, rate) => {
    expect(readRate(text)).toEqual(rate);
  });
});
