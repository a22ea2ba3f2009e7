/** CRC-16/CCITT-FALSE, which most devices mean by CRC-CCITT: polynomial 0x1021, not reflected, begun with 0xFFFF. */

/** The checksum of `bytes[start, end)`: 16 bits. `value` continues from an earlier stretch. */
export function crc16Ccitt(bytes: Uint8Array, start: number, end: number, value = 0xffff): number {
  let crc = value;
  for (let at = start; at < end; at++) crc = ((crc << 8) & 0xffff) ^ TABLE[(crc >> 8) ^ bytes[at]!]!;
  return crc;
}

const TABLE = new Uint16Array(256);
for (let byte = 0; byte < 256; byte++) {
  let remainder = byte << 8;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 0x8000 ? (remainder << 1) ^ 0x1021 : remainder << 1;
  TABLE[byte] = remainder;
}
