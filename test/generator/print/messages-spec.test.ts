/** What proto3 says about reading: unknown fields, repeated occurrences, both forms of repeated scalars, open enums. */
import { beforeAll, describe, expect, it } from "vitest";
import { EVERY_SCALAR } from "./every-scalar.js";
import { type LiveMessages, liveMessages, protoFilesOf } from "./live-module.js";

let live: LiveMessages;

beforeAll(async () => {
  live = await liveMessages(protoFilesOf({ test: EVERY_SCALAR }));
});

/** Decodes bytes given as hexadecimal with blanks. */
// biome-ignore lint/suspicious/noExplicitAny: any message of the fixture.
function decode(name: string, hex: string): any {
  const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
  const slab = live.newSlab(Math.max(bytes.length, 1));
  slab.bytes.set(bytes);
  return live.codec(name).decode(slab, 0, bytes.length);
}

function encode(name: string, value: unknown): string {
  const slab = live.newSlab(16);
  live.codec(name).encode(value, slab);
  return Buffer.from(slab.bytes.subarray(0, slab.length)).toString("hex");
}

describe("reading", () => {
  it("passes unknown fields of every wire type, groups within groups included", () => {
    const unknown =
      "f801 ff01   f901 0102030405060708   fa01 03 616263   fd01 01020304   fb01 0805 1302 1404 0a0178 14 fc01";
    const hex = `0a0161 ${unknown.replace("1302 1404", "13 2005 14")} 10 07`;
    expect(decode("Part", hex.replace("0a0178 14 fc01", "0a0178 fc01"))).toEqual({ name: "a", count: 7, tags: [] });
  });

  it("passes a known field with another wire type like an unknown one", () => {
    expect(decode("Part", "0805 1203616263 1007")).toEqual({ name: "", count: 7, tags: [] });
  });

  it("takes the last of several scalars", () => {
    expect(decode("Part", "0a0161 1001 0a0162 1002")).toEqual({ name: "b", count: 2, tags: [] });
  });

  it("merges the occurrences of a message", () => {
    expect(decode("Outer", "22 03 0a0161  22 04 10 05 1801  22 02 1802").part).toEqual({
      name: "a",
      count: 5,
      tags: [1, 2],
    });
    // Within a map's entry and a oneof too; another member in between starts anew.
    const entry = `0a 01 78  12 03 0a0161  12 02 1005`;
    const byValue = decode("ByValue", `8a01 0c ${entry}`);
    expect(byValue.fPart).toEqual(new Map([["x", { name: "a", count: 5, tags: [] }]]));
    expect(decode("Choice", "9a01 03 0a0161  9a01 02 1005").one).toEqual({
      case: "fPart",
      value: { name: "a", count: 5, tags: [] },
    });
    expect(decode("Choice", "9a01 03 0a0161  2801  9a01 02 1005").one).toEqual({
      case: "fPart",
      value: { name: "", count: 5, tags: [] },
    });
  });

  it("takes the last of a oneof's members", () => {
    expect(decode("Choice", "2801 3002").one).toEqual({ case: "fInt64", value: 2n });
  });

  it("takes repeated scalars packed, unpacked and mixed, whatever was declared", () => {
    const tagged = decode("Part", "1801 1a 03 02 ac02 1804");
    expect(tagged.tags).toEqual([1, 2, 300, 4]);
    expect(decode("Unpacked", "1a 03 01 02 03").fInt32).toEqual([1, 2, 3]);
  });

  it("takes 32 bits of a longer varint, and any bit of a bool", () => {
    expect(decode("Plain", "18 ffffffffffffffffff01").fInt32).toBe(-1);
    expect(decode("Plain", "28 ffffffff1f").fUint32).toBe(0xffffffff);
    expect(decode("Plain", "68 808080808001").fBool).toBe(true);
    expect(decode("Plain", "68 8000").fBool).toBe(false);
  });

  it("keeps an enum's numbers that have no name", () => {
    expect(decode("Plain", "8001 63").fColor).toBe(99);
    expect(decode("Plain", "8001 ffffffffffffffffff01").fColor).toBe(-1);
  });

  it("gives a map's entries their defaults, and the last of two values", () => {
    expect(decode("ByKey", "62 00").fString).toEqual(new Map([["", ""]]));
    expect(decode("ByKey", "62 06 0a0161 120131  62 06 120132 0a0161").fString).toEqual(new Map([["a", "2"]]));
    const proto = decode("ByKey", `62 0e 0a 09 ${Buffer.from("__proto__").toString("hex")} 120178`).fString;
    expect(proto).toEqual(new Map([["__proto__", "x"]]));
    expect(decode("ByValue", "8a01 00").fPart).toEqual(new Map([["", { name: "", count: 0, tags: [] }]]));
  });

  it("copies bytes", () => {
    const slab = live.newSlab(64);
    live.codec("Plain").encode({ fBytes: Uint8Array.of(1, 2, 3), fString: "abc" }, slab);
    const { length } = slab;
    const decoded = live.codec("Plain").decode(slab, 0, length);
    slab.bytes.fill(0xee);
    expect([...decoded.fBytes]).toEqual([1, 2, 3]);
    expect(decoded.fBytes.constructor).toBe(Uint8Array);
    expect(decoded.fString).toBe("abc");
  });

  it("gives every message of a type the same properties, set or not", () => {
    expect(Object.keys(decode("Optional", ""))).toEqual(Object.keys(live.codec("Optional").create()));
    expect(decode("Optional", "")).toEqual(live.codec("Optional").create());
    expect(decode("Plain", "")).toEqual(live.codec("Plain").create());
  });
});

describe("writing", () => {
  it("leaves out defaults, and what is missing or null", () => {
    expect(encode("Plain", live.codec("Plain").create())).toBe("");
    expect(encode("Plain", {})).toBe("");
    expect(encode("Plain", { fString: null, fInt32: undefined, fInt64: null })).toBe("");
    expect(encode("Repeated", {})).toBe("");
    expect(encode("ByKey", {})).toBe("");
    expect(encode("Choice", {})).toBe("");
    expect(encode("Outer", { inner: null })).toBe("");
    expect(encode("Names", {})).toBe("");
  });

  it("writes optional fields that are set to the default", () => {
    expect(encode("Optional", { fString: "", fBool: false })).toBe("b00100ba0100");
  });

  it("writes minus zero, which is not the default", () => {
    expect(encode("Plain", { fDouble: -0 })).toBe("090000000000000080");
    expect(encode("Plain", { fInt32: -0 })).toBe("");
  });

  it("writes negative int32 values and enums in ten bytes", () => {
    expect(encode("Plain", { fInt32: -1 })).toBe("18ffffffffffffffffff01");
    expect(encode("Plain", { fColor: -1 })).toBe("8001ffffffffffffffffff01");
  });

  it("writes lone surrogates as U+FFFD", () => {
    expect(encode("Part", { name: "a\ud800b" })).toBe("0a0561efbfbd62");
    const long = `${"x".repeat(30)}\udc00`;
    expect(encode("Part", { name: long })).toBe(`0a21${"78".repeat(30)}efbfbd`);
  });

  it("writes lengths of any size in front of text, nested messages and packed runs", () => {
    for (const size of [0, 1, 41, 42, 43, 126, 127, 128, 129, 16_383, 16_384, 70_000]) {
      for (const letter of ["a", "é", "語", "𝄞"]) {
        const name = letter.repeat(size);
        const outer = { part: { name, count: 1, tags: Array.from({ length: size }, (_, index) => index) }, last: name };
        const slab = live.newSlab(16);
        live.codec("Outer").encode(outer, slab);
        const decoded = live.codec("Outer").decode(slab, 0, slab.length);
        expect(decoded.last === name && decoded.part.name === name).toBe(true);
        expect(decoded.part.tags).toEqual(outer.part.tags);
      }
    }
  });

  it("appends behind what the slab holds", () => {
    const slab = live.newSlab(8);
    live.codec("Part").encode({ name: "ab" }, slab);
    live.codec("Part").encode({ count: 5 }, slab);
    expect(Buffer.from(slab.bytes.subarray(0, slab.length)).toString("hex")).toBe("0a0261621005");
  });
});
