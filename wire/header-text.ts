/** What generated header codecs need for text: of a fixed size, up to a delimiter, and numbers written in digits. */
import { copyBytes } from "./copy-bytes.js";
import { decodeUtf8 } from "./utf8-read.js";
import { utf8Size, writeUtf8 } from "./utf8-write.js";
import { cursor } from "./varint.js";

// ---- Delimiters

/** Whether all of `text` stands at `at`. There must be so many bytes. */
export function standsAt(bytes: Uint8Array, text: Uint8Array, at: number): boolean {
  for (let index = 0; index < text.length; index++) if (bytes[at + index] !== text[index]) return false;
  return true;
}

/** The first place from `from` on where all of `delimiter` stands before `end`; -1 when there is none. */
export function indexOfDelimiter(bytes: Uint8Array, delimiter: Uint8Array, from: number, end: number): number {
  const first = delimiter[0];
  for (let at = from, last = end - delimiter.length; at <= last; at++) {
    if (bytes[at] === first && standsAt(bytes, delimiter, at)) return at;
  }
  return -1;
}

/** Writes a delimiter; returns the offset behind it. */
export function writeDelimiter(bytes: Uint8Array, at: number, delimiter: Uint8Array): number {
  copyBytes(delimiter, 0, delimiter.length, bytes, at);
  return at + delimiter.length;
}

/** Refuses a frame between `from` and `trailer` in which `delimiter`, which must stand at `trailer` only, stands before it. */
export function checkDelimiter(
  layout: string,
  bytes: Uint8Array,
  delimiter: Uint8Array,
  from: number,
  trailer: number,
): void {
  const at = indexOfDelimiter(bytes, delimiter, from, trailer + delimiter.length);
  if (at === trailer) return;
  throw new RangeError(
    `${layout}: byte ${at - from} behind the frame's start begins its end delimiter; it may end a frame only`,
  );
}

// ---- Text

/** Writes text and its delimiter; returns the offset behind both. Needs room for all of the text, however long it may be. */
export function writeUntil(
  field: string,
  bytes: Uint8Array,
  at: number,
  text: string,
  delimiter: Uint8Array,
  most: number,
): number {
  const end = writeUtf8(bytes, at, text);
  if (end - at > most) throw noRoom(field, end - at, most);
  const behind = writeDelimiter(bytes, end, delimiter);
  if (indexOfDelimiter(bytes, delimiter, at, behind) !== end) {
    throw new RangeError(`${field}: ${JSON.stringify(text)} holds the delimiter behind it`);
  }
  return behind;
}

/** Where the text from `at` ends: its delimiter begins there. -1 when no delimiter follows within `most` bytes. */
export function endOfText(bytes: Uint8Array, delimiter: Uint8Array, at: number, end: number, most: number): number {
  return indexOfDelimiter(bytes, delimiter, at, Math.min(end, at + most + delimiter.length));
}

/** Writes text into `size` bytes, and `pad` into those it leaves. */
export function writePadded(
  field: string,
  bytes: Uint8Array,
  at: number,
  text: string,
  size: number,
  pad: number,
): void {
  const length = utf8Size(text);
  if (length > size) throw noRoom(field, length, size);
  const end = writeUtf8(bytes, at, text);
  bytes.fill(pad, end, at + size);
  if (endOfPadded(bytes, at, at + size, pad) !== end) {
    throw new RangeError(`${field}: ${JSON.stringify(text)} ends like what it is padded with`);
  }
}

/** The text in `size` bytes without its padding; null when it is not well-formed UTF-8. */
export function readPadded(bytes: Uint8Array, at: number, size: number, pad: number): string | null {
  return decodeUtf8(bytes, at, endOfPadded(bytes, at, at + size, pad));
}

/** Text padded with zeros ends at the first one, as C sees it; other padding is what stands at the end. */
function endOfPadded(bytes: Uint8Array, at: number, end: number, pad: number): number {
  if (pad === 0) {
    let stop = at;
    while (stop < end && bytes[stop] !== 0) stop++;
    return stop;
  }
  let stop = end;
  while (stop > at && bytes[stop - 1] === pad) stop--;
  return stop;
}

function noRoom(field: string, size: number, most: number): RangeError {
  return new RangeError(`${field}: ${size} bytes are more than the ${most} the field has room for`);
}

// ---- Decimal numbers

/** Enough for every whole number that is exact. */
const MOST_DIGITS = 16;

/** How many digits a whole number has. */
export function decimalSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 10 && size < MOST_DIGITS; size++) rest = Math.floor(rest / 10);
  return size;
}

/** Writes a whole number, at least 0, and its delimiter; returns the offset behind both. */
export function writeDecimal(bytes: Uint8Array, at: number, value: number, delimiter: Uint8Array): number {
  const end = at + decimalSize(value);
  let rest = value;
  for (let index = end - 1; index >= at; index--) {
    const left = Math.floor(rest / 10);
    bytes[index] = 0x30 + (rest - left * 10);
    rest = left;
  }
  return writeDelimiter(bytes, end, delimiter);
}

/** Reads digits and their delimiter, and leaves the offset behind both in `cursor.at`. -1 when no number up to 2^53 stands there so. */
export function readDecimal(bytes: Uint8Array, delimiter: Uint8Array, from: number, end: number): number {
  let value = 0;
  let at = from;
  for (const stop = Math.min(end, from + MOST_DIGITS); at < stop; at++) {
    const digit = bytes[at]! ^ 0x30;
    if (digit > 9) break;
    value = value * 10 + digit;
  }
  const behind = at + delimiter.length;
  if (at === from || value > Number.MAX_SAFE_INTEGER || behind > end || !standsAt(bytes, delimiter, at)) return -1;
  cursor.at = behind;
  return value;
}
