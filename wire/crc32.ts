/**
 * CRC-32 as in zlib, PNG and Ethernet (polynomial 0xEDB88320, reflected), eight bytes a step. In Node a native implementation
 * can be installed for long stretches: it has a fixed cost that short ones do not earn back.
 */

/** `zlib.crc32`'s shape: continues from `value`, and returns an unsigned 32-bit number. */
export type NativeCrc32 = (bytes: Uint8Array, value?: number) => number;

let native: NativeCrc32 | null = null;

/** Below this many bytes the tables are faster than a native call and the view it needs. */
const NATIVE_FROM = 256;

/** Has `crc32` of long stretches computed natively from now on; `null` undoes it. For the start of a process. */
export function useNativeCrc32(implementation: NativeCrc32 | null): void {
  native = implementation;
}

/** The checksum of `bytes[start, end)`, unsigned. `value` continues from an earlier stretch. */
export function crc32(bytes: Uint8Array, start: number, end: number, value = 0): number {
  if (native !== null && end - start >= NATIVE_FROM) return native(bytes.subarray(start, end), value);
  let crc = ~value;
  let at = start;
  for (const last = end - 8; at <= last; at += 8) {
    crc =
      TABLES[0x700 | ((crc ^ bytes[at]!) & 0xff)]! ^
      TABLES[0x600 | (((crc >>> 8) ^ bytes[at + 1]!) & 0xff)]! ^
      TABLES[0x500 | (((crc >>> 16) ^ bytes[at + 2]!) & 0xff)]! ^
      TABLES[0x400 | ((crc >>> 24) ^ bytes[at + 3]!)]! ^
      TABLES[0x300 | bytes[at + 4]!]! ^
      TABLES[0x200 | bytes[at + 5]!]! ^
      TABLES[0x100 | bytes[at + 6]!]! ^
      TABLES[bytes[at + 7]!]!;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ TABLES[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
}

/** Table `n` (256 entries from `n * 256`) advances a byte's remainder by `n` further zero bytes. */
const TABLES = new Int32Array(8 * 256);
for (let byte = 0; byte < 256; byte++) {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  TABLES[byte] = remainder;
}
for (let index = 256; index < TABLES.length; index++) {
  const previous = TABLES[index - 256]!;
  TABLES[index] = (previous >>> 8) ^ TABLES[previous & 0xff]!;
}
