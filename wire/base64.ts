/** Base64 (RFC 4648): written with the standard alphabet and padding, read with either alphabet and with or without. */

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const values = new Int8Array(128).fill(-1);
for (let value = 0; value < 64; value++) values[LETTERS.charCodeAt(value)] = value;
values["-".charCodeAt(0)] = 62;
values["_".charCodeAt(0)] = 63;

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  const whole = bytes.length - (bytes.length % 3);
  let at = 0;
  for (; at < whole; at += 3) {
    const bits = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    text += LETTERS[bits >> 18]! + LETTERS[(bits >> 12) & 63]! + LETTERS[(bits >> 6) & 63]! + LETTERS[bits & 63]!;
  }
  if (bytes.length - whole === 1) {
    const bits = bytes[at]!;
    text += `${LETTERS[bits >> 2]}${LETTERS[(bits & 3) << 4]}==`;
  } else if (bytes.length - whole === 2) {
    const bits = (bytes[at]! << 8) | bytes[at + 1]!;
    text += `${LETTERS[bits >> 10]}${LETTERS[(bits >> 4) & 63]}${LETTERS[(bits & 15) << 2]}=`;
  }
  return text;
}

/** Null for a text that is no base64. */
export function fromBase64(text: string): Uint8Array | null {
  let length = text.length;
  if (length % 4 === 0 && length > 0 && text.endsWith("=")) length -= text.endsWith("==") ? 2 : 1;
  if (length % 4 === 1) return null;
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let to = 0;
  let bits = 0;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    const value = code < 128 ? values[code]! : -1;
    if (value < 0) return null;
    bits = (bits << 6) | value;
    const odd = at & 3;
    if (odd > 0) bytes[to++] = bits >> (6 - 2 * odd);
  }
  return bytes;
}
