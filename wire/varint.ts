/**
 * Base-128 varints. Generated codecs handle one-byte varints themselves, and come here for longer ones. A read leaves the offset
 * behind what it read in `cursor.at`: a second result without an object for each call.
 */
import { BodyError } from "./body-error.js";

export const cursor = {
  /** Where the last read ended. */
  at: 0,
  /** The halves of the last 64-bit varint, as signed 32-bit integers. */
  low: 0,
  high: 0,
};

/** Reads a varint and keeps its low 32 bits, as a signed integer. Longer ones (negative int32 values have ten bytes) are cut. */
export function readVarint32(bytes: Uint8Array, at: number, end: number): number {
  if (at + 5 > end) return readVarint32Slowly(bytes, at, end);
  let byte = bytes[at++]!;
  let value = byte & 0x7f;
  if (byte > 127) {
    byte = bytes[at++]!;
    value |= (byte & 0x7f) << 7;
    if (byte > 127) {
      byte = bytes[at++]!;
      value |= (byte & 0x7f) << 14;
      if (byte > 127) {
        byte = bytes[at++]!;
        value |= (byte & 0x7f) << 21;
        if (byte > 127) {
          byte = bytes[at++]!;
          value |= byte << 28;
          if (byte > 127) at = skipVarintRest(bytes, at, end);
        }
      }
    }
  }
  cursor.at = at;
  return value;
}

function readVarint32Slowly(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    if (at >= end) throw truncated();
    const byte = bytes[at++]!;
    value |= (byte & 0x7f) << shift;
    if (byte < 128) {
      cursor.at = at;
      return value;
    }
  }
  cursor.at = skipVarintRest(bytes, at, end);
  return value;
}

/** Passes the sixth to tenth byte of a varint whose fifth said that more follow. */
function skipVarintRest(bytes: Uint8Array, at: number, end: number): number {
  for (const last = at + 5; at < last; ) {
    if (at >= end) throw truncated();
    if (bytes[at++]! < 128) return at;
  }
  throw new BodyError("a varint is longer than 10 bytes");
}

/** Reads a length or a tag: a varint of at most 32 bits, unsigned. */
export function readUnsigned32(bytes: Uint8Array, at: number, end: number): number {
  const value = readVarint32(bytes, at, end);
  const size = cursor.at - at;
  if (size > 5 || (size === 5 && bytes[at + 4]! > 15)) throw new BodyError("a tag or a length is longer than 32 bits");
  return value >>> 0;
}

/** Reads a varint of up to 64 bits into `cursor.low` and `cursor.high`. Bits beyond 64 are cut. */
export function readVarint64(bytes: Uint8Array, at: number, end: number): void {
  let byte = bytes[at++]!;
  let low = byte & 0x7f;
  let middle = 0;
  let high = 0;
  // Four bytes make 28 bits. Bytes behind `end` are read as well, and refused afterwards.
  for (let shift = 7; byte > 127 && shift < 28; shift += 7) {
    byte = bytes[at++]!;
    low |= (byte & 0x7f) << shift;
  }
  for (let shift = 0; byte > 127 && shift < 28; shift += 7) {
    byte = bytes[at++]!;
    middle |= (byte & 0x7f) << shift;
  }
  for (let shift = 0; byte > 127; shift += 7) {
    if (shift === 14) throw new BodyError("a varint is longer than 10 bytes");
    byte = bytes[at++]!;
    high |= (byte & 0x7f) << shift;
  }
  if (at > end) throw truncated();
  cursor.at = at;
  cursor.low = low | (middle << 28);
  cursor.high = (middle >>> 4) | (high << 24);
}

/** Appends a varint of 32 unsigned bits. Needs room for 5 bytes; returns the offset behind it. */
export function writeVarint32(bytes: Uint8Array, at: number, value: number): number {
  while (value > 127) {
    bytes[at++] = (value & 0x7f) | 0x80;
    value >>>= 7;
  }
  bytes[at++] = value;
  return at;
}

/** Appends a varint of 64 bits, given as halves of which only the 32 bits count. Needs room for 10 bytes. */
export function writeVarint64(bytes: Uint8Array, at: number, low: number, high: number): number {
  low >>>= 0;
  high >>>= 0;
  if (high === 0) return writeVarint32(bytes, at, low);
  bytes[at] = (low & 0x7f) | 0x80;
  bytes[at + 1] = ((low >>> 7) & 0x7f) | 0x80;
  bytes[at + 2] = ((low >>> 14) & 0x7f) | 0x80;
  bytes[at + 3] = ((low >>> 21) & 0x7f) | 0x80;
  const fifth = (low >>> 28) | ((high & 7) << 4);
  high >>>= 3;
  if (high === 0) {
    bytes[at + 4] = fifth;
    return at + 5;
  }
  bytes[at + 4] = fifth | 0x80;
  return writeVarint32(bytes, at + 5, high);
}

/** How many bytes the varint of an unsigned 32-bit number has. */
export function varintSize(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
}

/** A body that ends in the middle of something. */
export function truncated(): BodyError {
  return new BodyError("the body ends in the middle of a field");
}
