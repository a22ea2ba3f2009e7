/** Adler-32 (RFC 1950), the checksum of zlib's streams. */

const MODULUS = 65_521;
/** So many bytes can be summed up before the sums exceed 32 bits. */
const STRETCH = 5552;

/** The checksum of `bytes[start, end)`, unsigned. `value` continues from an earlier stretch. */
export function adler32(bytes: Uint8Array, start: number, end: number, value = 1): number {
  let low = value & 0xffff;
  let high = value >>> 16;
  for (let at = start; at < end; ) {
    for (const stop = Math.min(end, at + STRETCH); at < stop; at++) {
      low += bytes[at]!;
      high += low;
    }
    low %= MODULUS;
    high %= MODULUS;
  }
  return ((high << 16) | low) >>> 0;
}
