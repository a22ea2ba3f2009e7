/** Numbers of protobuf's JSON: whole ones exactly, of any size and in any notation, and the texts that stand for what JSON has no number for. */

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const SMALL = /^(?:0|-?[1-9]\d{0,14})$/;
const PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
/** No integer of 64 bits has more digits. */
const MOST_DIGITS = 20;

export function isJsonNumber(text: string): boolean {
  return NUMBER.test(text);
}

/** The integer that a number stands for: also `1e3` and `2.50e1`. Null for a fraction, and for what is beyond 64 bits by far. */
export function wholeNumber(text: string): bigint | null {
  if (SMALL.test(text)) return BigInt(text);
  const [, sign, integer, fraction = "", exponent = "0"] = PARTS.exec(text) ?? [];
  if (integer === undefined) return null;
  const digits = integer + fraction;
  let from = 0;
  let to = digits.length;
  while (from < to && digits[from] === "0") from++;
  while (to > from && digits[to - 1] === "0") to--;
  if (from === to) return 0n;
  // As many as stand between the last digit that is not zero and the point.
  const zeros = Number(exponent) - fraction.length + digits.length - to;
  if (!(zeros >= 0 && to - from + zeros <= MOST_DIGITS)) return null;
  return BigInt(`${sign}${digits.slice(from, to)}${"0".repeat(zeros)}`);
}

export function doubleText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  return `"${value}"`;
}

/** The shortest text that is read as the same number of 32 bits. */
export function floatText(value: number): string {
  const rounded = Math.fround(value);
  if (!Number.isFinite(rounded) || rounded === 0) return doubleText(rounded);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(rounded.toPrecision(digits));
    if (Math.fround(short) === rounded) return doubleText(short);
  }
  return doubleText(Number(rounded.toPrecision(9)));
}
