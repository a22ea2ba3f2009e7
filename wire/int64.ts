/**
 * 64-bit integers between their two 32-bit halves (in `cursor.low` and `cursor.high`) and the three forms a program may see them
 * in: bigint, number (up to 2^53, without a bigint in between) and decimal string.
 */
import { BodyError } from "./body-error.js";
import { wrongValue } from "./body-write.js";
import { cursor, readVarint64, truncated, writeVarint64 } from "./varint.js";

const whole = new BigInt64Array(1);
const wholeUnsigned = new BigUint64Array(whole.buffer);
const halves = new Int32Array(whole.buffer);
/** Which of the two is the lower one in memory. */
const LOW = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;

const TWO_32 = 0x1_0000_0000;
const TWO_28 = 0x1000_0000;

// ---- Bigints

/** What `cursor` holds, as a signed 64-bit integer. */
export function cursorToInt64(): bigint {
  halves[LOW] = cursor.low;
  halves[HIGH] = cursor.high;
  return whole[0]!;
}

/** What `cursor` holds, as an unsigned 64-bit integer. */
export function cursorToUint64(): bigint {
  halves[LOW] = cursor.low;
  halves[HIGH] = cursor.high;
  return wholeUnsigned[0]!;
}

/** Puts the halves of a bigint into `cursor`. */
export function bigintToCursor(value: bigint): void {
  whole[0] = value;
  cursor.low = halves[LOW]!;
  cursor.high = halves[HIGH]!;
}

// ---- Numbers, without a bigint in between

/** What `cursor` holds, as a signed integer that a number holds exactly. Throws `BodyError` when none does. */
export function cursorToSignedNumber(): number {
  const value = cursor.high * TWO_32 + (cursor.low >>> 0);
  if (!Number.isSafeInteger(value)) throw beyondNumber(cursorToInt64());
  return value;
}

/** What `cursor` holds, as an unsigned integer that a number holds exactly. Throws `BodyError` when none does. */
export function cursorToUnsignedNumber(): number {
  const value = (cursor.high >>> 0) * TWO_32 + (cursor.low >>> 0);
  if (!Number.isSafeInteger(value)) throw beyondNumber(cursorToUint64());
  return value;
}

/** Puts the halves of a whole number of at most 2^53 into `cursor`. */
export function numberToCursor(value: number): void {
  cursor.low = value | 0;
  cursor.high = Math.floor(value / TWO_32) | 0;
}

/** Reads a signed varint as a number; `cursor.at` is behind it. Throws `BodyError` when no number holds it exactly. */
export function readSafeInt64(bytes: Uint8Array, at: number, end: number): number {
  const value = readSmallVarint(bytes, at, end);
  if (value >= 0) return value;
  readVarint64(bytes, at, end);
  return cursorToSignedNumber();
}

/** Reads an unsigned varint as a number; `cursor.at` is behind it. Throws `BodyError` when no number holds it exactly. */
export function readSafeUint64(bytes: Uint8Array, at: number, end: number): number {
  const value = readSmallVarint(bytes, at, end);
  if (value >= 0) return value;
  readVarint64(bytes, at, end);
  return cursorToUnsignedNumber();
}

/** A varint of at most seven bytes, 49 bits; -1 for longer ones. Bytes behind `end` are read, and refused afterwards. */
function readSmallVarint(bytes: Uint8Array, at: number, end: number): number {
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
          let upper = byte & 0x7f;
          if (byte > 127) {
            byte = bytes[at++]!;
            upper |= (byte & 0x7f) << 7;
            if (byte > 127) {
              byte = bytes[at++]!;
              upper |= byte << 14;
              if (byte > 127) return -1;
            }
          }
          value += upper * TWO_28;
        }
      }
    }
  }
  if (at > end) throw truncated();
  cursor.at = at;
  return value;
}

/** Appends a whole number of at most 2^53 as a signed 64-bit varint. Needs room for 10 bytes; returns the offset behind it. */
export function writeSafeInt64(bytes: Uint8Array, at: number, value: number): number {
  const low = value >>> 0;
  return writeVarint64(bytes, at, low, (value - low) / TWO_32);
}

function beyondNumber(value: bigint): BodyError {
  return new BodyError(`${value} is beyond what a number holds exactly`);
}

// ---- Zigzag

/** Undoes the zigzag of a sint64 in `cursor`. */
export function unzigzagCursor(): void {
  const sign = -(cursor.low & 1);
  cursor.low = ((cursor.low >>> 1) | (cursor.high << 31)) ^ sign;
  cursor.high = (cursor.high >>> 1) ^ sign;
}

/** Puts the zigzag of what `cursor` holds into `cursor`: small negative numbers become small varints. */
export function zigzagCursor(): void {
  const sign = cursor.high >> 31;
  cursor.high = ((cursor.high << 1) | (cursor.low >>> 31)) ^ sign;
  cursor.low = (cursor.low << 1) ^ sign;
}

// ---- Decimal strings

const DECIMAL = /^-?\d{1,20}$/;

/** The signed integer a decimal string stands for, 0 for a missing one. Anything else is a `BodyError` that names the field. */
export function decimalToInt64(value: unknown, field: string): bigint {
  const parsed = parse(value);
  if (parsed === null || BigInt.asIntN(64, parsed) !== parsed) {
    throw wrongValue(field, "a string of a signed 64-bit integer", value);
  }
  return parsed;
}

/** The unsigned integer a decimal string stands for, 0 for a missing one. Anything else is a `BodyError` that names the field. */
export function decimalToUint64(value: unknown, field: string): bigint {
  const parsed = parse(value);
  if (parsed === null || BigInt.asUintN(64, parsed) !== parsed) {
    throw wrongValue(field, "a string of an unsigned 64-bit integer", value);
  }
  return parsed;
}

function parse(value: unknown): bigint | null {
  if (value === undefined || value === null) return 0n;
  return typeof value === "string" && DECIMAL.test(value) ? BigInt(value) : null;
}
