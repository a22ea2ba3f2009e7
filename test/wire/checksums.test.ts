/** The checksums that headers may have: their known answers, and that they go on where an earlier stretch ended. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adler32 } from "../../wire/adler32.js";
import { crc16Ccitt } from "../../wire/crc16-ccitt.js";
import { crc32 } from "../../wire/crc32.js";
import { crc32c } from "../../wire/crc32c.js";
import { type Checksum, sumExcept } from "../../wire/header-codec.js";

const digits = new TextEncoder().encode("123456789");

/** The algorithm, what it says of `123456789`, and of nothing. */
const algorithms: readonly [name: string, sum: Checksum, ofDigits: number, ofNothing: number][] = [
  ["crc32", crc32, 0xcbf43926, 0],
  ["crc32c", crc32c, 0xe3069283, 0],
  ["adler32", adler32, 0x091e01de, 1],
  ["crc16-ccitt", crc16Ccitt, 0x29b1, 0xffff],
];

describe.each(algorithms)("%s", (_name, sum, ofDigits, ofNothing) => {
  it("has its known answers", () => {
    expect(sum(digits, 0, digits.length)).toBe(ofDigits);
    expect(sum(digits, 4, 4)).toBe(ofNothing);
  });

  it("looks at the stretch it is given, and nothing else", () => {
    const padded = new Uint8Array(40).fill(0xa5);
    padded.set(digits, 11);
    expect(sum(padded, 11, 20)).toBe(ofDigits);
  });

  it("goes on from an earlier stretch", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(), (bytes, cut) => {
        const middle = cut % (bytes.length + 1);
        expect(sum(bytes, middle, bytes.length, sum(bytes, 0, middle))).toBe(sum(bytes, 0, bytes.length));
      }),
    );
  });

  it("can leave out a stretch as zeros", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(), fc.nat(), (bytes, one, other) => {
        const [from = 0, to = 0] = [one % (bytes.length + 1), other % (bytes.length + 1)].sort((a, b) => a - b);
        const zeroed = new Uint8Array(bytes).fill(0, from, to);
        expect(sumExcept(sum, bytes, 0, from, to, bytes.length)).toBe(sum(zeroed, 0, zeroed.length));
      }),
    );
  });
});

describe("adler32", () => {
  it("keeps its sums within 32 bits over long stretches", () => {
    // What zlib says of a million bytes of 0xff, computed from the definition in whole numbers.
    const bytes = new Uint8Array(1_000_000).fill(0xff);
    let [low, high] = [1n, 0n];
    for (let index = 0; index < bytes.length; index++) {
      low = (low + 0xffn) % 65_521n;
      high = (high + low) % 65_521n;
    }
    expect(adler32(bytes, 0, bytes.length)).toBe(Number((high << 16n) | low));
  });
});
