/** Text in headers: what is written is read back, and what could not be is refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readHeaderVarint } from "../../wire/header-codec.js";
import {
  checkDelimiter,
  decimalSize,
  endOfText,
  indexOfDelimiter,
  readDecimal,
  readPadded,
  writeDecimal,
  writePadded,
  writeUntil,
} from "../../wire/header-text.js";
import { Slab } from "../../wire/slab.js";
import { cursor, varintSize, writeVarint32 } from "../../wire/varint.js";

const utf8 = (text: string) => new TextEncoder().encode(text);

/** Memory as generated codecs have it, with these bytes from its start and poison behind. */
function memory(bytes: Uint8Array, poison = 0x24): Uint8Array {
  const slab = new Slab(256);
  slab.bytes.fill(poison);
  slab.bytes.set(bytes);
  return slab.bytes;
}

describe("delimiters", () => {
  it.each([
    ["$0", "a$b$0c", 3],
    ["$0", "$$0", 1],
    ["aa", "xaaa", 1],
    ["$0", "abc$", -1],
    ["$", "abc", -1],
  ])("%j in %j", (delimiter, text, at) => {
    const bytes = utf8(text);
    // The poison behind would complete a delimiter that is cut.
    for (const poison of [0x24, 0x30]) {
      expect(indexOfDelimiter(memory(bytes, poison), utf8(delimiter), 0, bytes.length)).toBe(at);
    }
  });

  it("may stand at a frame's end only", () => {
    const bytes = memory(utf8("%a$b$0"));
    expect(() => checkDelimiter("mir", bytes, utf8("$0"), 1, 4)).not.toThrow();
    expect(() => checkDelimiter("mir", memory(utf8("%$0b$0")), utf8("$0"), 1, 4)).toThrow(
      "mir: byte 0 behind the frame's start begins its end delimiter; it may end a frame only",
    );
    // The last byte before it may begin one together with its first.
    expect(() => checkDelimiter("mir", memory(utf8("%a##")), utf8("##"), 1, 2)).not.toThrow();
    expect(() => checkDelimiter("mir", memory(utf8("%###")), utf8("##"), 1, 2)).toThrow(RangeError);
  });
});

describe("text up to a delimiter", () => {
  it("comes back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 20 }), fc.constantFrom("/", "\r\n", "::"), (text, end) => {
        const bytes = memory(new Uint8Array(0));
        const delimiter = utf8(end);
        if (`${text}${end}`.indexOf(end) !== text.length) {
          expect(() => writeUntil("l.f", bytes, 3, text, delimiter, 200)).toThrow("holds the delimiter behind it");
          return;
        }
        const behind = writeUntil("l.f", bytes, 3, text, delimiter, 200);
        const stop = endOfText(bytes, delimiter, 3, behind, 200);
        expect(new TextDecoder().decode(bytes.subarray(3, stop))).toBe(text);
        expect(stop + delimiter.length).toBe(behind);
        expect(endOfText(bytes, delimiter, 3, behind - 1, 200)).toBe(-1);
      }),
    );
  });

  it("has a longest", () => {
    const bytes = memory(new Uint8Array(0));
    expect(writeUntil("l.f", bytes, 0, "abc", utf8("/"), 3)).toBe(4);
    expect(endOfText(bytes, utf8("/"), 0, 4, 3)).toBe(3);
    expect(endOfText(bytes, utf8("/"), 0, 4, 2)).toBe(-1);
    expect(() => writeUntil("l.f", bytes, 0, "äb", utf8("/"), 2)).toThrow(
      "l.f: 3 bytes are more than the 2 the field has room for",
    );
  });
});

describe("text of a fixed size", () => {
  it("comes back without its padding", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 9 }), fc.constantFrom(0, 0x20), (text, pad) => {
        const bytes = memory(new Uint8Array(0));
        const character = String.fromCharCode(pad);
        if (pad === 0 ? text.includes(character) : text.endsWith(character)) {
          expect(() => writePadded("l.f", bytes, 2, text, 90, pad)).toThrow("ends like what it is padded with");
          return;
        }
        writePadded("l.f", bytes, 2, text, 90, pad);
        expect(readPadded(bytes, 2, 90, pad)).toBe(text);
        expect([bytes[1], bytes[92]]).toEqual([0x24, 0x24]);
      }),
    );
  });

  it("fills its place, and no more than that", () => {
    const bytes = memory(new Uint8Array(0));
    writePadded("l.f", bytes, 0, "abc", 3, 0);
    expect(readPadded(bytes, 0, 3, 0)).toBe("abc");
    expect(bytes[3]).toBe(0x24);
    expect(() => writePadded("l.f", bytes, 0, "abcd", 3, 0)).toThrow(RangeError);
    expect(bytes[3]).toBe(0x24);
  });

  it("ends at the first zero, whatever C left behind it", () => {
    expect(readPadded(memory(utf8("ab\0garbage")), 0, 10, 0)).toBe("ab");
    expect(readPadded(memory(Uint8Array.of(0x61, 0xff)), 0, 2, 0)).toBeNull();
  });
});

describe("decimal numbers", () => {
  it("come back", () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(0, 9, 10, 99, 100)), (value) => {
        const bytes = memory(new Uint8Array(0), 0x39);
        const behind = writeDecimal(bytes, 1, value, utf8("/"));
        expect(new TextDecoder().decode(bytes.subarray(1, behind))).toBe(`${value}/`);
        expect(behind - 1).toBe(decimalSize(value) + 1);
        expect(readDecimal(bytes, utf8("/"), 1, behind)).toBe(value);
        expect(cursor.at).toBe(behind);
        for (let end = 1; end < behind; end++) expect(readDecimal(bytes, utf8("/"), 1, end)).toBe(-1);
      }),
    );
  });

  it.each(["/", "-1/", "+1/", "1.5/", "1 /", " 1/", "9007199254740992/", "99999999999999999/", "1e3/"])(
    "are not %j",
    (text) => {
      expect(readDecimal(memory(utf8(text)), utf8("/"), 0, text.length)).toBe(-1);
    },
  );

  it("may have zeros in front", () => {
    expect(readDecimal(memory(utf8("007/")), utf8("/"), 0, 4)).toBe(7);
  });

  it("have a size also when they are none", () => {
    expect([Number.NaN, -5, Number.POSITIVE_INFINITY].map(decimalSize)).toEqual([1, 1, 16]);
  });
});

describe("varints", () => {
  it("come back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
        const bytes = memory(new Uint8Array(0), 0xff);
        const behind = writeVarint32(bytes, 1, value);
        expect(behind - 1).toBe(varintSize(value));
        expect(readHeaderVarint(bytes, 1, behind)).toBe(value);
        expect(cursor.at).toBe(behind);
        for (let end = 1; end < behind; end++) expect(readHeaderVarint(bytes, 1, end)).toBe(-1);
      }),
    );
  });

  it.each([
    ["no more than 32 bits", [0xff, 0xff, 0xff, 0xff, 0x10]],
    ["no more than five bytes", [0x80, 0x80, 0x80, 0x80, 0x80, 0x00]],
  ])("have %s", (_what, bytes) => {
    expect(readHeaderVarint(memory(Uint8Array.from(bytes)), 0, bytes.length)).toBe(-1);
  });

  it("may be longer than they need", () => {
    expect(readHeaderVarint(memory(Uint8Array.of(0x81, 0x80, 0x00)), 0, 3)).toBe(1);
  });
});
