import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beginBody, readText } from "../../wire/body-text.js";
import { Slab } from "../../wire/slab.js";
import { decodeUtf8 } from "../../wire/utf8-read.js";
import { utf8Size, writeText, writeUtf8 } from "../../wire/utf8-write.js";
import { cursor } from "../../wire/varint.js";

/** Any UTF-16 units, lone surrogates included, of every width of UTF-8. */
const units = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0x7f }),
      fc.integer({ min: 0, max: 0x7ff }),
      fc.integer({ min: 0xd700, max: 0xe0ff }),
      fc.integer({ min: 0, max: 0xffff }),
    ),
    { maxLength: 80 },
  )
  .map((each) => String.fromCharCode(...each));
const texts = fc.oneof(units, fc.string({ maxLength: 300 }), fc.string({ unit: "grapheme", maxLength: 100 }));

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function judge(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** The text with every lone surrogate replaced. */
const wellFormed = (text: string) => decoder.decode(encoder.encode(text));

/** What is read from the middle of a slab that is full of something else. */
function decodeAmid(bytes: Uint8Array): string | null {
  const slab = new Slab(bytes.length + 64);
  slab.bytes.fill(0x41);
  slab.bytes.set(bytes, 9);
  return decodeUtf8(slab.bytes, 9, 9 + bytes.length);
}

describe("writing", () => {
  it("gives the bytes of TextEncoder, and no others around them", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const expected = encoder.encode(text);
        const slab = new Slab(text.length * 3 + 32);
        slab.bytes.fill(0xee);
        const end = writeUtf8(slab.bytes, 7, text);
        expect(Buffer.compare(slab.bytes.subarray(7, end), expected)).toBe(0);
        expect(slab.bytes.subarray(end).every((byte) => byte === 0xee)).toBe(true);
        expect(utf8Size(text)).toBe(expected.length);
      }),
      { numRuns: 2000 },
    );
  });

  it("puts a length in front that fits, however long the text", () => {
    for (const letter of ["a", "é", "語", "𝄞", "\ud800"]) {
      for (const size of [
        0, 1, 23, 24, 25, 31, 32, 42, 43, 63, 64, 127, 128, 5461, 5462, 8191, 8192, 16_383, 16_384, 700_000,
      ]) {
        const text = letter.repeat(size);
        const slab = new Slab(text.length * 3 + 16);
        const end = writeText(slab.bytes, 3, text);
        beginBody(end);
        expect(readText(slab, 3, end) === wellFormed(text)).toBe(true);
        expect(cursor.at).toBe(end);
      }
    }
  });
});

describe("reading", () => {
  it("gives back what was written", () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(decodeAmid(encoder.encode(text))).toBe(wellFormed(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("takes what TextDecoder takes, and refuses what it refuses", () => {
    const awkward = fc.constantFrom(
      0x7f,
      0x80,
      0xbf,
      0xc0,
      0xc1,
      0xc2,
      0xdf,
      0xe0,
      0xa0,
      0x9f,
      0xed,
      0xef,
      0xf0,
      0x90,
      0x8f,
      0xf4,
      0xf5,
      0xff,
    );
    const bytes = fc.array(fc.oneof(awkward, fc.integer({ min: 0, max: 255 })), { maxLength: 8 });
    fc.assert(
      fc.property(
        fc.constantFrom("", "a", "a longer text before it", "語"),
        bytes,
        fc.constantFrom("", "b"),
        (before, some, after) => {
          const all = Uint8Array.of(...encoder.encode(before), ...some, ...encoder.encode(after));
          expect(decodeAmid(all)).toBe(judge(all));
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it("knows every sequence of two bytes, and every first three", () => {
    for (let first = 0x80; first < 0x100; first++) {
      for (let second = 0; second < 0x100; second += 1) {
        const two = Uint8Array.of(first, second);
        if (decodeAmid(two) !== judge(two)) throw new Error(`${first} ${second}`);
        const three = Uint8Array.of(first, second, 0x80);
        if (decodeAmid(three) !== judge(three)) throw new Error(`${first} ${second} 128`);
        const four = Uint8Array.of(first, second, 0x80, 0x80);
        if (decodeAmid(four) !== judge(four)) throw new Error(`${first} ${second} 128 128`);
      }
    }
  });

  it("keeps a byte order mark and a replacement character that were sent", () => {
    for (const text of ["\ufeff", "\ufeffa", "\ufffd", `\ufffd and so on, longer than short`]) {
      expect(decodeAmid(encoder.encode(text))).toBe(text);
    }
  });
});

describe("the strings of a body", () => {
  /** All of them one after the other, each with its length. */
  function body(list: readonly string[]): { slab: Slab; end: number } {
    const slab = new Slab(list.reduce((sum, text) => sum + text.length * 3 + 5, 16));
    slab.length = 5;
    for (const text of list) slab.length = writeText(slab.bytes, slab.length, text);
    return { slab, end: slab.length };
  }

  function readAll(slab: Slab, end: number, count: number): string[] {
    beginBody(end);
    cursor.at = 5;
    return Array.from({ length: count }, () => readText(slab, cursor.at, end));
  }

  it("are read right whether they are cut from what was taken along or not", () => {
    const some = fc.oneof(fc.string({ maxLength: 60 }), units, fc.string({ unit: "grapheme", maxLength: 30 }));
    fc.assert(
      fc.property(fc.array(some, { maxLength: 60 }), (list) => {
        const { slab, end } = body(list);
        expect(readAll(slab, end, list.length)).toEqual(list.map((text) => wellFormed(text)));
      }),
      { numRuns: 500 },
    );
  });

  it("do not change when the slab is used again", () => {
    const list = [
      "a text that is not short",
      "another one, no shorter",
      "third",
      "語",
      "the fourth of the longer ones",
    ];
    const { slab, end } = body(list);
    const read = readAll(slab, end, list.length);
    slab.bytes.fill(0x58);
    expect(read).toEqual(list);
    expect(readAll(body(["x".repeat(30), "y"]).slab, 5 + 33, 2)).toEqual(["x".repeat(30), "y"]);
  });

  it("that end beyond the body are refused", () => {
    const { slab, end } = body(["abc", "d"]);
    beginBody(end);
    expect(() => readText(slab, 5, 7)).toThrow("a string ends beyond the message that holds it");
    expect(() => readText(slab, end, end)).toThrow("a string ends beyond the message that holds it");
    const full = new Slab(4);
    full.bytes.fill(1);
    expect(() => readText(full, 4, 4)).toThrow("a string ends beyond the message that holds it");
  });
});
