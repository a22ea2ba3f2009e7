/** What generated header codecs need beside the slab, the checksum and text. */
import { crc32 } from "./crc32.js";

/** A header field was given a value that its bytes cannot hold. `field` is `<layout>.<field>`. */
export function outOfRange(field: string, value: unknown, least: number | bigint, most: number | bigint): RangeError {
  return new RangeError(`${field}: ${String(value)} is not an integer from ${least} to ${most}`);
}

/** Bytes for a header field were not as many as the field has. */
export function wrongSize(field: string, size: number, expected: number): RangeError {
  return new RangeError(`${field}: got ${size} bytes, the field has ${expected}`);
}

/** Prefixed text or bytes were longer than the length in front of them can say. */
export function tooLong(field: string, size: number, most: number): RangeError {
  return new RangeError(`${field}: ${size} bytes are more than the ${most} its length can count`);
}

/** The checksum of `bytes[start, end)` with the bytes from `from` to `to` taken as zeros. */
export function crc32Except(bytes: Uint8Array, start: number, from: number, to: number, end: number): number {
  let checksum = crc32(bytes, start, from);
  for (let left = to - from; left > 0; left -= ZEROS.length)
    checksum = crc32(ZEROS, 0, Math.min(left, ZEROS.length), checksum);
  return crc32(bytes, to, end, checksum);
}

const ZEROS = new Uint8Array(32);
