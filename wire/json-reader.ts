/**
 * Reads JSON (RFC 8259) from a slab's bytes, piece by piece, as generated decoders ask for it: no tree is built, every byte is looked at,
 * and nothing but `BodyError` is thrown. Offsets in errors count from the body's first byte.
 */
import { fromBase64 } from "./base64.js";
import { BodyError } from "./body-error.js";
import { isJsonNumber, wholeNumber } from "./json-number.js";
import type { Slab } from "./slab.js";
import { decodeUtf8 } from "./utf8-read.js";

/** How deep objects and arrays may be nested: twice what messages may be, each of which may stand in an array. */
const DEEPEST_NESTING = 130;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const SMALL_U = 0x75;
const SMALL_N = 0x6e;

const ESCAPED: ReadonlyMap<number, string> = new Map(
  Object.entries({ '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }).map(
    ([letter, text]) => [letter.charCodeAt(0), text],
  ),
);

const INT32 = "a whole number from -2147483648 to 2147483647";
const UINT32 = "a whole number from 0 to 4294967295";
const INT64 = "a whole number of 64 signed bits";
const UINT64 = "a whole number of 64 unsigned bits";

export class JsonReader {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  #at: number;
  #depth = 0;

  constructor(slab: Slab, start: number, end: number) {
    this.#bytes = slab.bytes;
    this.#start = start;
    this.#at = start;
    this.#end = end;
  }

  // ---- Objects and arrays

  /** Begins an object: its first key, or null when it is empty and over. `what` is what errors call it. */
  openObject(what: string): string | null {
    if (this.#peek() !== OPEN_OBJECT) throw this.expected(what, "an object");
    this.#enter();
    if (this.#peek() === CLOSE_OBJECT) return this.#leave();
    return this.#key();
  }

  /** Behind a value: the next key of the object, or null when it is over. */
  nextKey(): string | null {
    const byte = this.#peek();
    if (byte === CLOSE_OBJECT) return this.#leave();
    if (byte !== COMMA) throw this.#malformed('"," or "}"');
    this.#at++;
    return this.#key();
  }

  /** Begins an array: whether it has an element. */
  openArray(what: string): boolean {
    if (this.#peek() !== OPEN_ARRAY) throw this.expected(what, "an array");
    this.#enter();
    if (this.#peek() !== CLOSE_ARRAY) return true;
    this.#leave();
    return false;
  }

  /** Behind an element: whether there is another one. */
  nextElement(): boolean {
    const byte = this.#peek();
    if (byte === COMMA) {
      this.#at++;
      return true;
    }
    if (byte !== CLOSE_ARRAY) throw this.#malformed('"," or "]"');
    this.#leave();
    return false;
  }

  /** Marks a field as seen: a second time is an error. Returns `seen` with the bit set. */
  once(seen: number, bit: number, key: string): number {
    if ((seen & bit) !== 0) throw this.twice(key);
    return seen | bit;
  }

  twice(key: string): BodyError {
    return this.#error(`${JSON.stringify(key.slice(0, 60))} is there twice`);
  }

  /** After the outermost value: nothing may follow. */
  finish(): void {
    if (this.#peek() !== -1) throw this.#malformed("the end");
  }

  /** Reads the value that follows ahead of its turn; afterwards it is read again. */
  ahead<T>(read: () => T): T {
    const at = this.#at;
    const depth = this.#depth;
    const value = read();
    this.#at = at;
    this.#depth = depth;
    return value;
  }

  /** Passes a value of any kind. */
  skipValue(): void {
    switch (this.#peek()) {
      case OPEN_OBJECT:
        for (let key = this.openObject(""); key !== null; key = this.nextKey()) this.skipValue();
        return;
      case OPEN_ARRAY:
        for (let more = this.openArray(""); more; more = this.nextElement()) this.skipValue();
        return;
      case QUOTE:
        this.#text();
        return;
      default: {
        const word = this.#word();
        if (word !== "true" && word !== "false" && word !== "null" && !isJsonNumber(word)) {
          this.#at -= word.length;
          throw this.#malformed("a value");
        }
      }
    }
  }

  // ---- Values

  /** What kind of value follows, by its first letter; "" at the end. */
  kind(): "object" | "array" | "string" | "null" | "other" | "" {
    switch (this.#peek()) {
      case -1:
        return "";
      case OPEN_OBJECT:
        return "object";
      case OPEN_ARRAY:
        return "array";
      case QUOTE:
        return "string";
      case SMALL_N:
        return "null";
      default:
        return "other";
    }
  }

  isNumber(): boolean {
    const byte = this.#peek();
    return byte === 0x2d || (byte >= 0x30 && byte <= 0x39);
  }

  /** Passes a null, if one follows. */
  readNull(): boolean {
    if (this.#peek() !== SMALL_N) return false;
    if (this.#word() !== "null") throw this.#malformed("a value");
    return true;
  }

  readText(field: string): string {
    if (this.#peek() !== QUOTE) throw this.expected(field, "a string");
    return this.#text();
  }

  readBool(field: string): boolean {
    const word = this.kind() === "other" ? this.#word() : "";
    if (word !== "true" && word !== "false") throw this.expected(field, "true or false");
    return word === "true";
  }

  readBytes(field: string): Uint8Array {
    const bytes = this.#peek() === QUOTE ? fromBase64(this.#text()) : null;
    if (bytes === null) throw this.expected(field, "bytes in base64");
    return bytes;
  }

  readDouble(field: string): number {
    const quoted = this.#peek() === QUOTE;
    const text = this.#number();
    // Only between quotes: JSON has no such numbers.
    if (quoted && (text === "NaN" || text === "Infinity" || text === "-Infinity")) return Number(text);
    const value = text !== null && isJsonNumber(text) ? Number(text) : Number.NaN;
    if (!Number.isFinite(value)) throw this.expected(field, 'a number, "NaN", "Infinity" or "-Infinity"');
    return value;
  }

  readFloat(field: string): number {
    const value = this.readDouble(field);
    const rounded = Math.fround(value);
    if (Number.isFinite(value) && !Number.isFinite(rounded)) throw this.expected(field, "a number of 32 bits");
    return rounded;
  }

  readInt32(field: string): number {
    const value = this.#whole(field, INT32);
    if (BigInt.asIntN(32, value) !== value) throw this.expected(field, INT32);
    return Number(value);
  }

  readUint32(field: string): number {
    const value = this.#whole(field, UINT32);
    if (BigInt.asUintN(32, value) !== value) throw this.expected(field, UINT32);
    return Number(value);
  }

  readInt64(field: string): bigint {
    const value = this.#whole(field, INT64);
    if (BigInt.asIntN(64, value) !== value) throw this.expected(field, INT64);
    return value;
  }

  readUint64(field: string): bigint {
    const value = this.#whole(field, UINT64);
    if (BigInt.asUintN(64, value) !== value) throw this.expected(field, UINT64);
    return value;
  }

  /** An integer that a program has as a number. */
  readSafe(field: string, value: bigint): number {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw this.expected(field, "an integer of at most 53 bits");
    return number;
  }

  /** The number of an enum's value, which is given by name or number. */
  readEnum(field: string, numbers: ReadonlyMap<string, number>): number {
    if (this.#peek() !== QUOTE) return this.readInt32(field);
    const number = numbers.get(this.#text());
    if (number === undefined) throw this.expected(field, `one of ${[...numbers.keys()].slice(0, 10).join(", ")}`);
    return number;
  }

  /** The number of a closed enum's value: one that `isKnown`. */
  known<T extends number>(field: string, value: number, isKnown: (value: unknown) => value is T): T {
    if (!isKnown(value)) throw this.expected(field, "a number that the enum has");
    return value;
  }

  /** The error for a value that is none of its field. */
  expected(field: string, what: string): BodyError {
    return this.#error(`${field}: expected ${what}`);
  }

  // ---- Letters

  /** The next byte that is not white space; -1 at the end. */
  #peek(): number {
    for (; this.#at < this.#end; this.#at++) {
      const byte = this.#bytes[this.#at]!;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
    }
    return -1;
  }

  #enter(): void {
    this.#at++;
    if (++this.#depth > DEEPEST_NESTING) throw this.#error(`JSON is nested more than ${DEEPEST_NESTING} deep`);
  }

  #leave(): null {
    this.#at++;
    this.#depth--;
    return null;
  }

  #key(): string {
    if (this.#peek() !== QUOTE) throw this.#malformed("a key");
    const key = this.#text();
    if (this.#peek() !== COLON) throw this.#malformed('":"');
    this.#at++;
    return key;
  }

  /** The text between two quotes. */
  #text(): string {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    let from = at;
    let text = "";
    for (;;) {
      const byte = at < this.#end ? bytes[at]! : 0;
      if (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) {
        at++;
        continue;
      }
      this.#at = at;
      if (byte < 0x20) throw this.#malformed("a string's end");
      if (at > from) text += this.#utf8(from, at);
      if (byte === QUOTE) {
        this.#at++;
        return text;
      }
      text += this.#escape();
      at = this.#at;
      from = at;
    }
  }

  #utf8(from: number, to: number): string {
    const text = decodeUtf8(this.#bytes, from, to);
    if (text === null) throw this.#error("a string is not well-formed UTF-8");
    return text;
  }

  #escape(): string {
    const letter = this.#at + 1 < this.#end ? this.#bytes[this.#at + 1]! : 0;
    this.#at += 2;
    if (letter !== SMALL_U) {
      const text = ESCAPED.get(letter);
      if (text === undefined) throw this.#malformed("an escaped letter");
      return text;
    }
    const unit = this.#hexadecimal();
    if (unit < 0xd800 || unit >= 0xe000) return String.fromCharCode(unit);
    const pair = this.#bytes[this.#at] === BACKSLASH && this.#bytes[this.#at + 1] === SMALL_U;
    this.#at += 2;
    const low = pair && unit < 0xdc00 && this.#at < this.#end ? this.#hexadecimal() : 0;
    if (low < 0xdc00 || low >= 0xe000) throw this.#error("half a pair of surrogates stands alone");
    return String.fromCharCode(unit, low);
  }

  #hexadecimal(): number {
    if (this.#at + 4 > this.#end) throw this.#malformed("four hexadecimal digits");
    const digits = this.#utf8(this.#at, this.#at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#malformed("four hexadecimal digits");
    this.#at += 4;
    return Number.parseInt(digits, 16);
  }

  /** A number as it is written, bare or between quotes; null when something else follows. */
  #number(): string | null {
    if (this.#peek() === QUOTE) return this.#text();
    return this.isNumber() ? this.#word() : null;
  }

  #whole(field: string, what: string): bigint {
    const text = this.#number();
    const value = text !== null && isJsonNumber(text) ? wholeNumber(text) : null;
    if (value === null) throw this.expected(field, what);
    return value;
  }

  /** Letters, digits and signs up to what must stand behind a value. */
  #word(): string {
    const from = this.#at;
    for (; this.#at < this.#end; this.#at++) {
      const byte = this.#bytes[this.#at]!;
      const inWord =
        (byte >= 0x30 && byte <= 0x39) ||
        (byte >= 0x41 && byte <= 0x5a) ||
        (byte >= 0x61 && byte <= 0x7a) ||
        byte === 0x2b ||
        byte === 0x2d ||
        byte === 0x2e;
      if (!inWord) break;
    }
    return this.#utf8(from, this.#at);
  }

  #malformed(what: string): BodyError {
    return this.#error(this.#at < this.#end ? `expected ${what}` : `the JSON ends where ${what} should be`);
  }

  #error(message: string): BodyError {
    return new BodyError(`${message} (at byte ${Math.min(this.#at, this.#end) - this.#start})`);
  }
}
