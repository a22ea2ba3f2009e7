/** Finds one field's value in an encoded message without decoding the rest: what `messageField` routing reads. */
import type { ScanKey } from "./body-codec.js";
import { BodyError } from "./body-error.js";
import { inMessage, readStop, skipField } from "./body-read.js";
import { cursor, readUnsigned32, readVarint64, truncated } from "./varint.js";

/**
 * A scanner for the field with this tag (of its one value, not of a packed run). `keepsZero`: a zero that was sent
 * counts; without it, as for a field without presence, it is absent. Empty strings and bytes never count. A varint that is longer than it needs to be, or has bits
 * beyond its type, is refused: it would let one value have several keys.
 */
export function scanner(message: string, tag: number, kind: string, keepsZero: boolean): ScanKey {
  return (slab, start, end, key) => {
    const { bytes } = slab;
    key.start = 0;
    key.end = 0;
    try {
      for (let at = start; at < end; ) {
        const found = readUnsigned32(bytes, at, end);
        at = cursor.at;
        if (found !== tag) {
          at = skipField(bytes, at, end, found);
          continue;
        }
        const stop = readStopOf(bytes, at, end, tag);
        const from = (tag & 7) === 2 ? cursor.at : at;
        if ((tag & 7) === 0) checkCanonical(bytes, at, stop, kind);
        const empty = from === stop || (!keepsZero && (tag & 7) !== 2 && isZero(bytes, from, stop));
        key.start = empty ? 0 : from;
        key.end = empty ? 0 : stop;
        at = stop;
      }
    } catch (error) {
      throw inMessage(message, error);
    }
  };
}

/** Where the value at `at` ends; of one with a length, `cursor.at` is where it begins. */
function readStopOf(bytes: Uint8Array, at: number, end: number, tag: number): number {
  switch (tag & 7) {
    case 0:
      readVarint64(bytes, at, end);
      return cursor.at;
    case 2:
      return readStop(bytes, at, end);
    default: {
      const stop = at + ((tag & 7) === 1 ? 8 : 4);
      if (stop > end) throw truncated();
      return stop;
    }
  }
}

const WIDE = new Set(["int64", "uint64", "sint64"]);
const SIGNED = new Set(["int32", "enum"]);

/** Expects the value's halves in `cursor`. */
function checkCanonical(bytes: Uint8Array, at: number, stop: number, kind: string): void {
  const { low, high } = cursor;
  const padded = stop - at > 1 && bytes[stop - 1] === 0;
  const beyond = stop - at === 10 && bytes[stop - 1]! > 1;
  const fits = WIDE.has(kind)
    ? true
    : SIGNED.has(kind)
      ? high === low >> 31
      : kind === "bool"
        ? high === 0 && (low === 0 || low === 1)
        : high === 0;
  if (padded || beyond || !fits) throw new BodyError("the routing key is not written in its canonical form");
}

function isZero(bytes: Uint8Array, from: number, stop: number): boolean {
  for (let at = from; at < stop; at++) if (bytes[at] !== 0) return false;
  return true;
}
