/** CRC-32C as in iSCSI and SCTP (RFC 3720: Castagnoli's polynomial 0x82F63B78, reflected). */

/** The checksum of `bytes[start, end)`, unsigned. `value` continues from an earlier stretch. */
export function crc32c(bytes: Uint8Array, start: number, end: number, value = 0): number {
  let crc = ~value;
  for (let at = start; at < end; at++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
}

const TABLE = new Int32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0x82f63b78 : remainder >>> 1;
  TABLE[byte] = remainder;
}
