/** What generated encoders of JSON need: strings and bytes as JSON writes them, and keys of maps read back. */
import { toBase64 } from "./base64.js";
import type { BodyError } from "./body-error.js";
import { wrongValue } from "./body-write.js";
import { wholeNumber } from "./json-number.js";

const SURROGATE = /[\ud800-\udfff]/;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Between quotes, with what must be escaped. A lone surrogate becomes U+FFFD, as in a protobuf body. */
export function quote(text: string): string {
  return JSON.stringify(SURROGATE.test(text) ? text.replace(LONE_SURROGATE, "\ufffd") : text);
}

export function quoteBytes(bytes: Uint8Array): string {
  return `"${toBase64(bytes)}"`;
}

/** The members of an object or the elements of an array, each with a comma in front. */
export function between(open: string, parts: string, close: string): string {
  return parts === "" ? open + close : open + parts.slice(1) + close;
}

const WHOLE = /^(?:0|-?[1-9]\d{0,19})$/;

/** The key of a map whose keys are integers: at least `least`, at most `most`. */
export function wholeKey(key: string, least: bigint, most: bigint, field: string): bigint {
  const value = WHOLE.test(key) ? wholeNumber(key) : null;
  if (value === null || value < least || value > most)
    throw wrongKey(field, `an integer from ${least} to ${most}`, key);
  return value;
}

export function boolKey(key: string, field: string): boolean {
  if (key !== "true" && key !== "false") throw wrongKey(field, "true or false", key);
  return key === "true";
}

function wrongKey(field: string, expected: string, key: string): BodyError {
  return wrongValue(`${field}'s key`, expected, key);
}
