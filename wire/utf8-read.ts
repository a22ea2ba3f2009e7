/**
 * UTF-8 to strings, out of a slab's bytes; what is not well-formed is refused. Native UTF-8 decoding is the slowest way there is
 * (12 ns a character beyond ASCII, and it does not say what it replaced), so ASCII is sliced as Latin-1, and anything else is
 * decoded to UTF-16 here and sliced as that. Without Node's Buffer, TextDecoder does what is not short.
 */
import { hasNativeText, type NativeText } from "./native-text.js";
import { LONGEST_SHORT_ASCII, LONGEST_SHORT_UNITS, readShortAscii, readShortUnits } from "./short-text.js";

/** The text in `bytes[start, end)`, or `null` when it is not well-formed UTF-8. The string shares no memory with `bytes`. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string | null {
  if (end - start <= LONGEST_SHORT_ASCII) {
    const text = readShortAscii(bytes, start, end - start);
    if (text !== null) return text;
  }
  return decodeAny(bytes, start, end);
}

/** The same for text that is not short, or not ASCII. */
export const decodeAny: (bytes: Uint8Array, start: number, end: number) => string | null = hasNativeText
  ? decodeToUnits
  : decodeByPlatform;

const SCRATCH_UNITS = 4096;
const scratch = newUnits(SCRATCH_UNITS);

/** UTF-16 units, and the same memory as bytes with native methods. */
interface Units {
  readonly units: Uint16Array;
  readonly bytes: NativeText;
}

function newUnits(count: number): Units {
  const units = new Uint16Array(count);
  const { Buffer } = globalThis as unknown as { Buffer?: { from(memory: ArrayBuffer): NativeText } };
  return { units, bytes: hasNativeText ? Buffer!.from(units.buffer) : (undefined as never) };
}

function decodeToUnits(bytes: Uint8Array, start: number, end: number): string | null {
  // A character has at least as many bytes as units.
  const into = end - start <= SCRATCH_UNITS ? scratch : newUnits(end - start);
  const count = toUnits(bytes, start, end, into.units);
  if (count > LONGEST_SHORT_UNITS) return into.bytes.ucs2Slice(0, count * 2);
  return count > 0 ? readShortUnits(into.units, count) : count === 0 ? "" : null;
}

/** Decodes into `units` and returns how many there are; -1 for overlong forms, surrogates, beyond U+10FFFF and cut characters. */
function toUnits(bytes: Uint8Array, at: number, end: number, units: Uint16Array): number {
  let count = 0;
  while (at < end) {
    const first = bytes[at++]!;
    if (first < 0x80) {
      units[count++] = first;
    } else if (first < 0xe0) {
      if (first < 0xc2 || at >= end) return -1;
      const second = bytes[at++]! ^ 0x80;
      if (second > 0x3f) return -1;
      units[count++] = ((first & 0x1f) << 6) | second;
    } else if (first < 0xf0) {
      if (at + 2 > end) return -1;
      const second = bytes[at++]! ^ 0x80;
      const third = bytes[at++]! ^ 0x80;
      const unit = ((first & 0x0f) << 12) | (second << 6) | third;
      if ((second | third) > 0x3f || unit < 0x800 || (unit >= 0xd800 && unit < 0xe000)) return -1;
      units[count++] = unit;
    } else {
      if (first > 0xf4 || at + 3 > end) return -1;
      const second = bytes[at++]! ^ 0x80;
      const third = bytes[at++]! ^ 0x80;
      const fourth = bytes[at++]! ^ 0x80;
      const point = (((first & 0x07) << 18) | (second << 12) | (third << 6) | fourth) - 0x10000;
      if ((second | third | fourth) > 0x3f || point < 0 || point > 0xfffff) return -1;
      units[count++] = 0xd800 | (point >> 10);
      units[count++] = 0xdc00 | (point & 0x3ff);
    }
  }
  return count;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeByPlatform(bytes: Uint8Array, start: number, end: number): string | null {
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch {
    return null;
  }
}
