/** What generated decoders need beside varints: bytes with their lengths, unknown fields, and errors that name the message. */
import { BodyError } from "./body-error.js";
import { copiedBytes } from "./copy-bytes.js";
import { cursor, readUnsigned32, readVarint64, truncated } from "./varint.js";

/** How deep groups may be nested in an unknown field. */
const DEEPEST_GROUP = 64;

/** Reads a length and returns where what it counts ends; `cursor.at` is where it begins. */
export function readStop(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) throw truncated();
  let length = bytes[at]!;
  if (length < 128) {
    cursor.at = at + 1;
  } else {
    length = readUnsigned32(bytes, at, end);
  }
  const stop = cursor.at + length;
  if (stop > end) throw new BodyError(`a field of ${length} bytes ends beyond the message that holds it`);
  return stop;
}

/** Reads a length and a copy of so many bytes; `cursor.at` is behind them. */
export function readBytes(bytes: Uint8Array, at: number, end: number): Uint8Array {
  const stop = readStop(bytes, at, end);
  const value = copiedBytes(bytes, cursor.at, stop);
  cursor.at = stop;
  return value;
}

/** Passes a field nobody knows, whose tag was just read, and returns the offset behind it. */
export function skipField(bytes: Uint8Array, at: number, end: number, tag: number, depth = 0): number {
  if (tag < 8) throw new BodyError("a field has the number 0");
  switch (tag & 7) {
    case 0:
      readVarint64(bytes, at, end);
      return cursor.at;
    case 1:
      if (at + 8 > end) throw truncated();
      return at + 8;
    case 2:
      return readStop(bytes, at, end);
    case 3:
      return skipGroup(bytes, at, end, tag, depth + 1);
    case 4:
      throw new BodyError(`group ${tag >>> 3} ends without having begun`);
    case 5:
      if (at + 4 > end) throw truncated();
      return at + 4;
    default:
      throw new BodyError(`field ${tag >>> 3} has the wire type ${tag & 7}, which does not exist`);
  }
}

/** Groups are of an older protobuf; they end with the same field number and wire type 4. */
function skipGroup(bytes: Uint8Array, at: number, end: number, start: number, depth: number): number {
  if (depth > DEEPEST_GROUP) throw tooDeep();
  for (;;) {
    const tag = readUnsigned32(bytes, at, end);
    at = cursor.at;
    if (tag === start + 1) return at;
    at = skipField(bytes, at, end, tag, depth);
  }
}

/**
 * Finds the end of a group whose tag was just read, and returns where what it holds ends; `cursor.at` is behind the tag that ends it.
 */
export function readGroup(bytes: Uint8Array, at: number, end: number, start: number): number {
  for (;;) {
    const stop = at;
    const tag = readUnsigned32(bytes, at, end);
    at = cursor.at;
    if (tag === start + 1) return stop;
    at = skipField(bytes, at, end, tag, 1);
  }
}

/** A message nested in itself more often than anybody means. */
export function tooDeep(): BodyError {
  return new BodyError(`messages are nested more than ${DEEPEST_GROUP} deep`);
}

/** The error with the name of the message that was being read. */
export function inMessage(name: string, error: unknown): unknown {
  return error instanceof BodyError ? new BodyError(`${name}: ${error.message}`) : error;
}
