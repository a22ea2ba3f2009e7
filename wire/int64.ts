/**
 * 64-bit integers between their two 32-bit halves (in `cursor.low` and `cursor.high`) and the three forms a program may see them
 * in: bigint, number (up to 2^53, without a bigint in between) and decimal string.
 */
import { BodyError } from "./body-error.js";
import { wrongValue } from "./body-write.js";
import { cursor } from "./varint.js";

const scratch = new DataView(new ArrayBuffer(8));

/** What `cursor` holds, as a signed 64-bit integer. */
export function cursorToInt64(): bigint {
  scratch.setInt32(0, cursor.low, true);
  scratch.setInt32(4, cursor.high, true);
  return scratch.getBigInt64(0, true);
}

/** What `cursor` holds, as an unsigned 64-bit integer. */
export function cursorToUint64(): bigint {
  scratch.setInt32(0, cursor.low, true);
  scratch.setInt32(4, cursor.high, true);
  return scratch.getBigUint64(0, true);
}

/** What `cursor` holds, as a signed integer that a number holds exactly. Throws `BodyError` when none does. */
export function cursorToSignedNumber(): number {
  const value = (cursor.high | 0) * 0x1_0000_0000 + (cursor.low >>> 0);
  if (!Number.isSafeInteger(value)) throw new BodyError(`${cursorToInt64()} is beyond what a number holds exactly`);
  return value;
}

/** What `cursor` holds, as an unsigned integer that a number holds exactly. Throws `BodyError` when none does. */
export function cursorToUnsignedNumber(): number {
  const value = (cursor.high >>> 0) * 0x1_0000_0000 + (cursor.low >>> 0);
  if (!Number.isSafeInteger(value)) throw new BodyError(`${cursorToUint64()} is beyond what a number holds exactly`);
  return value;
}

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

/** Puts the halves of a bigint into `cursor`. */
export function bigintToCursor(value: bigint): void {
  scratch.setBigInt64(0, value, true);
  cursor.low = scratch.getInt32(0, true);
  cursor.high = scratch.getInt32(4, true);
}

/** Puts the halves of a whole number of at most 2^53 into `cursor`. */
export function numberToCursor(value: number): void {
  cursor.low = value | 0;
  cursor.high = Math.floor(value / 0x1_0000_0000) | 0;
}

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
