/**
 * Strings to UTF-8, into a slab's bytes. Short ones unit by unit, longer ones natively. A lone surrogate becomes U+FFFD, as with
 * TextEncoder.
 */
import { hasNativeText, type NativeText } from "./native-text.js";
import { varintSize, writeVarint32 } from "./varint.js";

/** From so many units on a native call costs less than the loop. */
const NATIVE_FROM = 24;

/**
 * Appends a length and the text. Needs room for 5 bytes and three for each UTF-16 unit; returns the offset behind them.
 */
export function writeText(bytes: Uint8Array, at: number, text: string): number {
  const length = text.length;
  if (length >= NATIVE_FROM) return writeLongText(bytes, at, text);
  // So few units never take more than 127 bytes: the length has one byte.
  let to = at + 1;
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 127) {
      to = writeUnits(bytes, to, text, index);
      break;
    }
    bytes[to++] = unit;
  }
  bytes[at] = to - at - 1;
  return to;
}

function writeLongText(bytes: Uint8Array, at: number, text: string): number {
  // Right for ASCII. Longer bytes than units may need a longer length: then what was written moves.
  const guess = varintSize(text.length);
  const start = at + guess;
  const end = writeLong(bytes, start, text);
  const size = end - start;
  const prefix = varintSize(size);
  if (prefix !== guess) bytes.copyWithin(at + prefix, start, end);
  writeVarint32(bytes, at, size);
  return at + prefix + size;
}

/** Writes the text alone. Needs room for what `utf8Size` says; returns the offset behind it. */
export function writeUtf8(bytes: Uint8Array, at: number, text: string): number {
  const length = text.length;
  if (length >= NATIVE_FROM) return writeLong(bytes, at, text);
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 127) return writeUnits(bytes, at, text, index);
    bytes[at++] = unit;
  }
  return at;
}

const writeLong: (bytes: Uint8Array, at: number, text: string) => number = hasNativeText
  ? (bytes, at, text) => at + (bytes as unknown as NativeText).utf8Write(text, at, text.length * 3)
  : (bytes, at, text) => at + encoder.encodeInto(text, bytes.subarray(at)).written;

const encoder = new TextEncoder();

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
      // A pair is two units and four bytes: the second unit adds nothing.
      if (unit >= 0xd800 && unit < 0xdc00 && index + 1 < length) {
        const next = text.charCodeAt(index + 1);
        if (next >= 0xdc00 && next < 0xe000) index++;
      }
    }
  }
  return size;
}
