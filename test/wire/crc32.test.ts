import { crc32 as zlibCrc32 } from "node:zlib";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { crc32, useNativeCrc32 } from "../../wire/crc32.js";
import { sumExcept } from "../../wire/header-codec.js";

afterEach(() => useNativeCrc32(null));

const ascii = (text: string) => new TextEncoder().encode(text);
const whole = (bytes: Uint8Array) => crc32(bytes, 0, bytes.length);

describe("crc32", () => {
  it("gives the published values", () => {
    expect(whole(ascii("123456789"))).toBe(0xcbf43926);
    expect(whole(ascii(""))).toBe(0);
    expect(whole(ascii("a"))).toBe(0xe8b7be43);
    expect(whole(ascii("The quick brown fox jumps over the lazy dog"))).toBe(0x414fa339);
    expect(whole(new Uint8Array(32))).toBe(0x190a55ad);
    expect(whole(new Uint8Array(32).fill(255))).toBe(0xff6cab0b);
  });

  it("is zlib's for any stretch, also continued", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.nat(), fc.nat(), (bytes, one, other) => {
        const [start, end] = [one % (bytes.length + 1), other % (bytes.length + 1)].sort((a, b) => a - b) as [
          number,
          number,
        ];
        const expected = zlibCrc32(bytes.subarray(start, end));
        expect(crc32(bytes, start, end)).toBe(expected);
        const middle = (start + end) >> 1;
        expect(crc32(bytes, middle, end, crc32(bytes, start, middle))).toBe(expected);
      }),
    );
  });

  it("leaves long stretches to what was installed, with the same result", () => {
    const lengths: number[] = [];
    useNativeCrc32((bytes, value) => {
      lengths.push(bytes.length);
      return zlibCrc32(bytes, value);
    });
    const bytes = Uint8Array.from({ length: 5000 }, (_, index) => index * 7);
    expect(crc32(bytes, 100, 5000, 77)).toBe(zlibCrc32(bytes.subarray(100), 77));
    expect(crc32(bytes, 0, 20)).toBe(zlibCrc32(bytes.subarray(0, 20)));
    expect(lengths).toEqual([4900]);
  });

  it("can leave out a stretch as zeros", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.nat(), fc.nat(), (bytes, one, other) => {
        const [from, to] = [one % (bytes.length + 1), other % (bytes.length + 1)].sort((a, b) => a - b) as [
          number,
          number,
        ];
        const zeroed = bytes.slice().fill(0, from, to);
        expect(sumExcept(crc32, bytes, 0, from, to, bytes.length)).toBe(zlibCrc32(zeroed));
      }),
    );
  });
});
