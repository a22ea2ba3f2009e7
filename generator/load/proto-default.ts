/** The default a proto2 field declares, in the model's form. */
import type { FieldDefault, FieldValueType } from "../model.js";
import type { ProtoToken } from "./proto-tokens.js";

/**
 * `given` is what the parser made of the default, `tokens` is how it is written: the parser keeps neither all digits of 64-bit integers
 * nor bytes beyond ASCII. Null for a text that is no default of the type.
 */
export function readDefault(type: FieldValueType, given: unknown, tokens: readonly ProtoToken[]): FieldDefault | null {
  if (type.kind === "message") return null;
  if (type.kind === "enum") return typeof given === "number" ? given : null;
  switch (type.scalar) {
    case "bool":
      return typeof given === "boolean" ? given : null;
    case "string":
      return typeof given === "string" ? given : null;
    case "bytes":
      return Buffer.concat(tokens.map(({ text }) => unescaped(text))).toString("hex");
    case "int64":
    case "uint64":
    case "sint64":
    case "fixed64":
    case "sfixed64":
      return wholeNumber(tokens.map(({ text }) => text).join(""));
    default:
      if (typeof given !== "number") return null;
      return Number.isFinite(given) ? given : String(given);
  }
}

function wholeNumber(text: string): string | null {
  const [, sign = "", digits] = /^(-?)(\d\w*)$/.exec(text) ?? [];
  if (digits === undefined) return null;
  try {
    return sign + BigInt(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits);
  } catch {
    return null;
  }
}

const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };
const ESCAPE = /\\(?:[xX]([0-9a-fA-F]{1,2})|([0-7]{1,3})|([\s\S]))/g;

function unescaped(text: string): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (const match of text.matchAll(ESCAPE)) {
    const [whole, hexadecimal, octal, letter] = match;
    parts.push(Buffer.from(text.slice(from, match.index)));
    from = match.index + whole.length;
    if (hexadecimal !== undefined) parts.push(Buffer.of(Number.parseInt(hexadecimal, 16)));
    else if (octal !== undefined) parts.push(Buffer.of(Number.parseInt(octal, 8)));
    else parts.push(letter! in ESCAPES ? Buffer.of(ESCAPES[letter!]!) : Buffer.from(letter!));
  }
  return Buffer.concat([...parts, Buffer.from(text.slice(from))]);
}
