import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BodyError } from "../../wire/body-error.js";
import * as int64 from "../../wire/int64.js";
import {
  cursor,
  readUnsigned32,
  readVarint32,
  readVarint64,
  varintSize,
  writeVarint32,
  writeVarint64,
} from "../../wire/varint.js";

/** The bytes of a varint, by the book. */
function varintOf(value: bigint): number[] {
  let rest = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

const any64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.integer({ min: 0, max: 64 }).chain((bits) => fc.constantFrom(2n ** BigInt(bits) - 1n, -(2n ** BigInt(bits)) / 2n)),
);

/** Padding to both sides, so that reading beyond would find something. */
const amid = (bytes: readonly number[], after = 12) =>
  Uint8Array.from([1, ...bytes, ...Array<number>(after).fill(0x81)]);

describe("64 bits", () => {
  it("are written by the book", () => {
    fc.assert(
      fc.property(any64, (value) => {
        const bytes = new Uint8Array(20).fill(0xee);
        int64.bigintToCursor(BigInt.asIntN(64, value));
        const end = writeVarint64(bytes, 3, cursor.low, cursor.high);
        expect([...bytes.subarray(3, end)]).toEqual(varintOf(value));
        expect(bytes[end]).toBe(0xee);
      }),
    );
  });

  it("are read, whatever follows them, and nothing follows", () => {
    fc.assert(
      fc.property(any64, fc.constantFrom(0, 12), (value, after) => {
        const written = varintOf(value);
        const bytes = amid(written, after);
        readVarint64(bytes, 1, 1 + written.length);
        expect(cursor.at).toBe(1 + written.length);
        expect(int64.cursorToInt64()).toBe(BigInt.asIntN(64, value));
        expect(int64.cursorToUint64()).toBe(BigInt.asUintN(64, value));
      }),
    );
  });

  it("cut short are refused", () => {
    fc.assert(
      fc.property(any64, fc.constantFrom(0, 12), (value, after) => {
        const written = varintOf(value);
        for (let size = 0; size < written.length; size++) {
          const bytes = amid(after === 0 ? written.slice(0, size) : written, after);
          for (const read of [readVarint64, readVarint32, readUnsigned32, int64.readSafeInt64, int64.readSafeUint64]) {
            expect(() => read(bytes, 1, 1 + size)).toThrow(BodyError);
          }
        }
      }),
    );
  });

  it("of more than ten bytes are refused", () => {
    const bytes = amid([...Array<number>(10).fill(0x80), 0]);
    for (const read of [readVarint64, readVarint32, readUnsigned32, int64.readSafeInt64, int64.readSafeUint64]) {
      expect(() => read(bytes, 1, bytes.length)).toThrow("a varint is longer than 10 bytes");
    }
  });

  it("are numbers as far as numbers hold them", () => {
    const safe = fc.oneof(
      fc.maxSafeInteger(),
      fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0, -1, 2 ** 32, -(2 ** 32)),
    );
    fc.assert(
      fc.property(safe, fc.constantFrom(0, 12), (value, after) => {
        const bytes = new Uint8Array(12);
        const end = int64.writeSafeInt64(bytes, 1, value);
        expect([...bytes.subarray(1, end)]).toEqual(varintOf(BigInt(value)));
        const given = amid(varintOf(BigInt(value)), after);
        expect(int64.readSafeInt64(given, 1, end)).toBe(value);
        expect(cursor.at).toBe(end);
        if (value >= 0) expect(int64.readSafeUint64(given, 1, end)).toBe(value);
        int64.numberToCursor(value);
        expect(int64.cursorToSignedNumber()).toBe(value);
      }),
    );
    for (const value of [2n ** 53n, 2n ** 56n, 2n ** 63n - 1n, -(2n ** 53n), -(2n ** 63n)]) {
      const bytes = Uint8Array.from(varintOf(value));
      const refusal = `${value} is beyond what a number holds exactly`;
      expect(() => int64.readSafeInt64(bytes, 0, bytes.length)).toThrow(refusal);
      if (value > 0n) expect(() => int64.readSafeUint64(bytes, 0, bytes.length)).toThrow(refusal);
    }
  });

  it("go through zigzag and back", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        int64.bigintToCursor(value);
        int64.zigzagCursor();
        expect(int64.cursorToUint64()).toBe(value < 0n ? -value * 2n - 1n : value * 2n);
        int64.unzigzagCursor();
        expect(int64.cursorToInt64()).toBe(value);
      }),
    );
  });

  it("are parsed from decimal strings within their range", () => {
    expect(int64.decimalToInt64("-9223372036854775808", "f")).toBe(-(2n ** 63n));
    expect(int64.decimalToUint64("18446744073709551615", "f")).toBe(2n ** 64n - 1n);
    expect(int64.decimalToInt64(undefined, "f")).toBe(0n);
    for (const value of ["9223372036854775808", "", "1.0", " 1", "0x10", "1e3", 5, 5n, {}]) {
      expect(() => int64.decimalToInt64(value, "m.f")).toThrow(
        /^m\.f: expected a string of a signed 64-bit integer, got /,
      );
    }
    expect(() => int64.decimalToUint64("18446744073709551616", "f")).toThrow(BodyError);
    expect(() => int64.decimalToUint64("-1", "f")).toThrow(BodyError);
  });
});

describe("32 bits", () => {
  it("are written by the book, with a size that is known before", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 32 }), (some, shift) => {
        const value = some >>> shift;
        const bytes = new Uint8Array(12);
        const end = writeVarint32(bytes, 2, value);
        expect([...bytes.subarray(2, end)]).toEqual(varintOf(BigInt(value)));
        expect(varintSize(value)).toBe(end - 2);
      }),
    );
  });

  it("are the lower ones of any varint", () => {
    fc.assert(
      fc.property(any64, fc.constantFrom(0, 12), (value, after) => {
        const written = varintOf(value);
        expect(readVarint32(amid(written, after), 1, 1 + written.length)).toBe(Number(BigInt.asIntN(32, value)));
        expect(cursor.at).toBe(1 + written.length);
      }),
    );
  });

  it("of a tag or a length are all there is", () => {
    fc.assert(
      fc.property(any64, fc.constantFrom(0, 12), (value, after) => {
        const written = varintOf(value);
        const read = () => readUnsigned32(amid(written, after), 1, 1 + written.length);
        if (BigInt.asUintN(64, value) < 2n ** 32n) expect(read()).toBe(Number(BigInt.asUintN(64, value)));
        else expect(read).toThrow("a tag or a length is longer than 32 bits");
      }),
    );
  });
});
