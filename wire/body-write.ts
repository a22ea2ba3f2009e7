/** What generated encoders need beside varints and text: nested lengths, and what they say about values of a wrong type. */
import { BodyError } from "./body-error.js";
import { copyBytes } from "./copy-bytes.js";
import type { Slab } from "./slab.js";
import { varintSize, writeVarint32 } from "./varint.js";

/** Appends a tag, leaves one byte for the length of what follows, and returns where that begins. */
export function openLength(slab: Slab, tag: number): number {
  slab.reserve(6);
  slab.length = writeVarint32(slab.bytes, slab.length, tag) + 1;
  return slab.length;
}

/** Appends a tag: the one that begins a group, or the one that ends it. */
export function writeTag(slab: Slab, tag: number): void {
  slab.reserve(5);
  slab.length = writeVarint32(slab.bytes, slab.length, tag);
}

/**
 * Fills in the length of everything from `start` to `slab.length`, for which one byte was left in front. Longer lengths need
 * more: what was written moves.
 */
export function closeLength(slab: Slab, start: number): void {
  const length = slab.length - start;
  if (length < 128) {
    slab.bytes[start - 1] = length;
    return;
  }
  const more = varintSize(length) - 1;
  slab.reserve(more);
  slab.bytes.copyWithin(start + more, start, slab.length);
  writeVarint32(slab.bytes, start - 1, length);
  slab.length += more;
}

/** Appends a length and the bytes. Needs room for 5 bytes more than they are; returns the offset behind them. */
export function writeBytes(bytes: Uint8Array, at: number, value: Uint8Array): number {
  at = writeVarint32(bytes, at, value.length);
  copyBytes(value, 0, value.length, bytes, at);
  return at + value.length;
}

/** What a field that is not of its type is encoded as: the default when it is missing. Anything else is a `BodyError`. */
export function orDefault<T>(value: unknown, fallback: T, field: string, expected: string): T {
  if (value === undefined || value === null) return fallback;
  throw wrongValue(field, expected, value);
}

/** `chat.ChatLine.text: expected a string, got 12` */
export function wrongValue(field: string, expected: string, value: unknown): BodyError {
  return new BodyError(`${field}: expected ${expected}, got ${show(value)}`);
}

const LONGEST_SHOWN = 60;

function show(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") {
    return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}...` : value);
  }
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
  return Array.isArray(value) ? "an array" : "an object";
}
