/** Short strings, made by one call with the right number of arguments: a third of what a native slice costs. */

/** Bytes of the longest text that `readShortAscii` takes. */
export const LONGEST_SHORT_ASCII = 15;

const char = String.fromCharCode;

/** The text of `length` bytes from `at`, at most `LONGEST_SHORT_ASCII`, or `null` when one of them is not ASCII. */
export function readShortAscii(bytes: Uint8Array, at: number, length: number): string | null {
  if (length < 4) return readUpTo3(bytes, at, length);
  const a = bytes[at]!;
  const b = bytes[at + 1]!;
  const c = bytes[at + 2]!;
  const d = bytes[at + 3]!;
  if ((a | b | c | d) > 127) return null;
  if (length === 4) return char(a, b, c, d);
  const e = bytes[at + 4]!;
  if (length === 5) return e > 127 ? null : char(a, b, c, d, e);
  const f = bytes[at + 5]!;
  if (length === 6) return (e | f) > 127 ? null : char(a, b, c, d, e, f);
  const g = bytes[at + 6]!;
  if (length === 7) return (e | f | g) > 127 ? null : char(a, b, c, d, e, f, g);
  const h = bytes[at + 7]!;
  if ((e | f | g | h) > 127) return null;
  if (length === 8) return char(a, b, c, d, e, f, g, h);
  const i = bytes[at + 8]!;
  if (length === 9) return i > 127 ? null : char(a, b, c, d, e, f, g, h, i);
  const j = bytes[at + 9]!;
  if (length === 10) return (i | j) > 127 ? null : char(a, b, c, d, e, f, g, h, i, j);
  const k = bytes[at + 10]!;
  if (length === 11) return (i | j | k) > 127 ? null : char(a, b, c, d, e, f, g, h, i, j, k);
  const l = bytes[at + 11]!;
  if ((i | j | k | l) > 127) return null;
  if (length === 12) return char(a, b, c, d, e, f, g, h, i, j, k, l);
  const m = bytes[at + 12]!;
  if (length === 13) return m > 127 ? null : char(a, b, c, d, e, f, g, h, i, j, k, l, m);
  const n = bytes[at + 13]!;
  if (length === 14) return (m | n) > 127 ? null : char(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
  const o = bytes[at + 14]!;
  return (m | n | o) > 127 ? null : char(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o);
}

function readUpTo3(bytes: Uint8Array, at: number, length: number): string | null {
  if (length === 0) return "";
  const a = bytes[at]!;
  if (length === 1) return a > 127 ? null : char(a);
  const b = bytes[at + 1]!;
  if (length === 2) return (a | b) > 127 ? null : char(a, b);
  const c = bytes[at + 2]!;
  return (a | b | c) > 127 ? null : char(a, b, c);
}

/** How many UTF-16 units `readShortUnits` takes at most. */
export const LONGEST_SHORT_UNITS = 8;

/** The string of the first `count` units, 1 to `LONGEST_SHORT_UNITS`. */
export function readShortUnits(units: Uint16Array, count: number): string {
  const a = units[0]!;
  if (count === 1) return char(a);
  const b = units[1]!;
  if (count === 2) return char(a, b);
  const c = units[2]!;
  if (count === 3) return char(a, b, c);
  const d = units[3]!;
  if (count === 4) return char(a, b, c, d);
  const e = units[4]!;
  if (count === 5) return char(a, b, c, d, e);
  const f = units[5]!;
  if (count === 6) return char(a, b, c, d, e, f);
  const g = units[6]!;
  return count === 7 ? char(a, b, c, d, e, f, g) : char(a, b, c, d, e, f, g, units[7]!);
}
