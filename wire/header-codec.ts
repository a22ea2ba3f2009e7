/** What generated header codecs need beside the slab, the checksum and text. */
import { cursor } from "./varint.js";

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

/** Reads a varint of 32 bits, and leaves the offset behind it in `cursor.at`. -1 when it does not end before `end`, or is larger. */
export function readHeaderVarint(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let scale = 1; at < end; scale *= 0x80) {
    const byte = bytes[at++]!;
    value += (byte & 0x7f) * scale;
    if (value > 0xffffffff) return -1;
    if (byte < 0x80) {
      cursor.at = at;
      return value;
    }
    if (scale === FIFTH) return -1;
  }
  return -1;
}

/** What a varint's fifth byte counts. */
const FIFTH = 0x80 ** 4;

/** One of `wire`'s checksums: of `bytes[start, end)`, continued from `value`. */
export type Checksum = (bytes: Uint8Array, start: number, end: number, value?: number) => number;

/** The checksum of `bytes[start, end)` with the bytes from `from` to `to` taken as zeros. */
export function sumExcept(
  sum: Checksum,
  bytes: Uint8Array,
  start: number,
  from: number,
  to: number,
  end: number,
): number {
  let value = sum(bytes, start, from);
  for (let left = to - from; left > 0; left -= ZEROS.length) value = sum(ZEROS, 0, Math.min(left, ZEROS.length), value);
  return sum(bytes, to, end, value);
}

const ZEROS = new Uint8Array(32);
