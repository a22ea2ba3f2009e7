/**
 * Strings to UTF-8 and back. Short ones go character by character; longer ones through the Buffer's native methods where there
 * are any (Node), else through TextEncoder and TextDecoder (browsers).
 */
import { BodyError } from "./body-error.js";
import { varintSize, writeVarint32 } from "./varint.js";

interface NativeText {
  latin1Slice(this: Uint8Array, start: number, end: number): string;
  utf8Slice(this: Uint8Array, start: number, end: number): string;
  utf8Write(this: Uint8Array, text: string, at: number, length: number): number;
}

function findNativeText(): NativeText | null {
  const prototype = (globalThis as { Buffer?: { prototype: Partial<NativeText> } }).Buffer?.prototype;
  return prototype?.latin1Slice && prototype.utf8Slice && prototype.utf8Write ? (prototype as NativeText) : null;
}

const native = findNativeText();

/** Fewer characters than this are written one by one: up to here a native call costs more than it saves. */
const WRITE_NATIVE_FROM = 24;

/**
 * Writes `text` as UTF-8, a lone surrogate as U+FFFD, and returns the offset behind it. `bytes` must have room for three bytes
 * for each UTF-16 unit.
 */
export function writeUtf8(bytes: Uint8Array, at: number, text: string): number {
  const length = text.length;
  if (length >= WRITE_NATIVE_FROM) return writeLong(bytes, at, text);
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 127) return writeUnits(bytes, at, text, index);
    bytes[at++] = unit;
  }
  return at;
}

/**
 * Appends a length and the text. Needs room for 5 bytes and three for each UTF-16 unit; returns the offset behind them.
 */
export function writeText(bytes: Uint8Array, at: number, text: string): number {
  const length = text.length;
  // The length's own size is known beforehand only when no text of so many units needs another one.
  const guess = varintSize(length);
  const start = at + guess;
  const end = writeUtf8(bytes, start, text);
  const size = end - start;
  const prefix = varintSize(size);
  if (prefix !== guess) bytes.copyWithin(at + prefix, start, end);
  writeVarint32(bytes, at, size);
  return at + prefix + size;
}

const writeLong: (bytes: Uint8Array, at: number, text: string) => number =
  native !== null
    ? (bytes, at, text) => at + native.utf8Write.call(bytes, text, at, text.length * 3)
    : (bytes, at, text) => at + new TextEncoder().encodeInto(text, bytes.subarray(at)).written;

/** Writes the units from `index` on, which may be anything. */
function writeUnits(bytes: Uint8Array, at: number, text: string, index: number): number {
  const length = text.length;
  while (index < length) {
    let unit = text.charCodeAt(index++);
    if (unit < 0x80) {
      bytes[at++] = unit;
    } else if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6);
      bytes[at++] = 0x80 | (unit & 0x3f);
    } else {
      if (unit >= 0xd800 && unit < 0xe000) {
        const next = index < length ? text.charCodeAt(index) : 0;
        if (unit < 0xdc00 && next >= 0xdc00 && next < 0xe000) {
          index++;
          const point = 0x10000 + ((unit & 0x3ff) << 10) + (next & 0x3ff);
          bytes[at++] = 0xf0 | (point >> 18);
          bytes[at++] = 0x80 | ((point >> 12) & 0x3f);
          bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
          bytes[at++] = 0x80 | (point & 0x3f);
          continue;
        }
        unit = 0xfffd;
      }
      bytes[at++] = 0xe0 | (unit >> 12);
      bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[at++] = 0x80 | (unit & 0x3f);
    }
  }
  return at;
}

/** How many bytes `writeUtf8` writes for `text`. */
export function utf8Size(text: string): number {
  const length = text.length;
  let size = length;
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    if (unit < 0x800) {
      size += 1;
    } else {
      size += 2;
      // A pair is two units and four bytes: two more than its units.
      if (unit >= 0xd800 && unit < 0xdc00 && index + 1 < length) {
        const next = text.charCodeAt(index + 1);
        if (next >= 0xdc00 && next < 0xe000) index++;
      }
    }
  }
  return size;
}

/** Reads the text in `bytes[start, end)`. Throws `BodyError` when it is not well-formed UTF-8. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string {
  const text = decodeUtf8(bytes, start, end);
  if (text === null) throw new BodyError("a string is not UTF-8");
  return text;
}

/** Reads the text in `bytes[start, end)`, or `null` when it is not well-formed UTF-8. The string shares no memory with `bytes`. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string | null {
  const length = end - start;
  if (length < 16) {
    let union = 0;
    for (let index = start; index < end; index++) union |= bytes[index]!;
    if (union < 128) return readShortAscii(bytes, start, length);
  }
  return decodeLong(bytes, start, end);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const decodeLong: (bytes: Uint8Array, start: number, end: number) => string | null =
  native !== null
    ? (bytes, start, end) => {
        const text = native.utf8Slice.call(bytes, start, end);
        // The native method replaces what is malformed. The replacement character may also have been sent: only then look closer.
        return text.includes("\ufffd") && !isUtf8(bytes, start, end) ? null : text;
      }
    : (bytes, start, end) => {
        try {
          return decoder.decode(bytes.subarray(start, end));
        } catch {
          return null;
        }
      };

/** Whether `bytes[start, end)` is well-formed UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  while (start < end) {
    const first = bytes[start++]!;
    if (first < 0x80) continue;
    const more = first < 0xc2 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : 0;
    if (more === 0 || start + more > end) return false;
    const second = bytes[start]!;
    if (second < (first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80)) return false;
    if (second > (first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf)) return false;
    for (let index = 1; index < more; index++) if ((bytes[start + index]! & 0xc0) !== 0x80) return false;
    start += more;
  }
  return true;
}

const char = String.fromCharCode;

/** Up to 15 ASCII characters. One call with the right number of arguments makes the string at once. */
function readShortAscii(b: Uint8Array, a: number, length: number): string {
  switch (length) {
    case 0:
      return "";
    case 1:
      return char(b[a]!);
    case 2:
      return char(b[a]!, b[a + 1]!);
    case 3:
      return char(b[a]!, b[a + 1]!, b[a + 2]!);
    case 4:
      return char(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!);
    case 5:
      return char(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!);
    case 6:
      return char(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!);
    case 7:
      return char(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!);
    default: {
      const head = char(b[a]!, b[a + 1]!, b[a + 2]!, b[a + 3]!, b[a + 4]!, b[a + 5]!, b[a + 6]!, b[a + 7]!);
      return length === 8 ? head : head + readShortAscii(b, a + 8, length - 8);
    }
  }
}
