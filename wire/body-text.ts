/**
 * The strings of one body. The first ASCII string that is not short takes what follows it along in the same native call, for a
 * fifth more of its price; strings after it are cut out of that.
 */
import { BodyError } from "./body-error.js";
import { hasNativeText, type NativeText } from "./native-text.js";
import { LONGEST_SHORT_ASCII, readShortAscii } from "./short-text.js";
import type { Slab } from "./slab.js";
import { decodeAny } from "./utf8-read.js";
import { cursor, readUnsigned32 } from "./varint.js";

/** A cut string keeps all of it in memory: no more than this is taken along. */
const LONGEST_TAKEN = 1024;
/** Fewer bytes behind a string hold no other string worth it. */
const LEAST_TAKEN = 24;

/** What was taken along: each byte from `start` to `end` as one character, whether it belongs to a string or not. */
const taken = { text: "", start: 0, end: 0, bodyEnd: 0 };

/** Before each body, which reaches to `bodyEnd`: what was taken along belongs to another one. */
export function beginBody(bodyEnd: number): void {
  taken.end = 0;
  taken.bodyEnd = bodyEnd;
}

/** Reads a length and so many bytes of text; `cursor.at` is behind them. */
export function readText(slab: Slab, at: number, end: number): string {
  const { bytes } = slab;
  let length = bytes[at++]!;
  if (length > 127) {
    length = readUnsigned32(bytes, at - 1, end);
    at = cursor.at;
  }
  const stop = at + length;
  // Also for the length itself when the body ended before it.
  if (!(stop <= end)) throw new BodyError("a string ends beyond the message that holds it");
  cursor.at = stop;
  if (stop <= taken.end) {
    if (isAscii(slab.view, at, stop)) return taken.text.substring(at - taken.start, stop - taken.start);
  } else if (length <= LONGEST_SHORT_ASCII) {
    const text = readShortAscii(bytes, at, length);
    if (text !== null) return text;
  } else if (hasNativeText && isAscii(slab.view, at, stop)) {
    return sliceAscii(bytes as unknown as NativeText, at, stop);
  }
  const text = decodeAny(bytes, at, stop);
  if (text === null) throw new BodyError("a string is not well-formed UTF-8");
  return text;
}

function sliceAscii(bytes: NativeText, at: number, stop: number): string {
  const end = Math.min(taken.bodyEnd, at + LONGEST_TAKEN);
  if (end - stop < LEAST_TAKEN) return bytes.latin1Slice(at, stop);
  taken.text = bytes.latin1Slice(at, end);
  taken.start = at;
  taken.end = end;
  return taken.text.substring(0, stop - at);
}

/** Eight bytes a step. */
function isAscii(view: DataView, at: number, stop: number): boolean {
  let union = 0;
  for (const last = stop - 7; at < last; at += 8) union |= view.getInt32(at, true) | view.getInt32(at + 4, true);
  for (; at < stop; at++) union |= view.getUint8(at) << 24;
  return (union & 0x80808080) === 0;
}
