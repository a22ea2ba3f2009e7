/** What only proto2 has, and what becomes of fields nobody declared. */
import { beforeAll, describe, expect, it } from "vitest";
import type { ProtoFile } from "../../../generator/model.js";
import { unknownFields } from "../../../wire/unknown-fields.js";
import { type LiveMessages, liveMessages, printedLines, protoFilesOf } from "./live-module.js";

const SOURCE = `syntax = "proto2";
package test;

enum Color { RED = 1; GREEN = 2; LAST = 200; }

message Needs { required int32 number = 1; required string text = 2; optional Needs more = 3; repeated Needs many = 4; }
message Holds { optional Needs needs = 1; map<string, Needs> named = 2; oneof one { Needs chosen = 3; int32 other = 4; } }
message Requires { required Needs needs = 1; required Color color = 2; required int64 wide = 3 [jstype = JS_STRING]; }
message Colors {
  optional Color color = 1;
  repeated Color loose = 2;
  repeated Color packed = 3 [packed = true];
  map<int32, Color> mapped = 4;
  oneof one { Color chosen = 5; string text = 6; }
}
message Defaults {
  optional int32 number = 1 [default = -5];
  optional int64 big = 2 [default = 9007199254740993];
  optional int64 plain = 3 [default = 12, jstype = JS_NUMBER];
  optional string text = 4 [default = "a\\"b"];
  optional bytes bytes = 5 [default = "\\x00\\xff"];
  optional float float = 6 [default = 0.1];
  optional double low = 7 [default = -inf];
  optional Color color = 8 [default = GREEN];
  required bool yes = 9 [default = true];
  required Color first = 10;
  extensions 100 to 199;
}
extend Defaults { optional int32 extra = 100 [default = 7]; repeated group Entry = 101 { optional string key = 1; } }
message Groups {
  optional group Data = 1 { optional int32 a = 2; optional Groups inner = 3; }
  repeated group Many = 16 { optional string b = 1; }
  required group Must = 2048 { optional int32 c = 1; }
}
message Nothing {}
`;

let live: LiveMessages;
let keeping: LiveMessages;

beforeAll(async () => {
  const files = protoFilesOf({ test: SOURCE });
  live = await liveMessages(files);
  const keep = (file: ProtoFile): ProtoFile => ({
    ...file,
    messages: file.messages.map((message) => ({ ...message, unknownFields: "keep" })),
  });
  keeping = await liveMessages(files.map(keep));
});

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

// biome-ignore lint/suspicious/noExplicitAny: the messages are compiled at run time.
function decode(name: string, hex: string, module = live): any {
  const slab = module.newSlab(4096);
  const bytes = bytesOf(hex);
  slab.bytes.set(bytes);
  return module.codec(name).decode(slab, 0, bytes.length);
}

function encode(name: string, value: unknown, module = live): string {
  const slab = module.newSlab(16);
  module.codec(name).encode(value, slab);
  return Buffer.from(slab.bytes.subarray(0, slab.length)).toString("hex");
}

describe("required fields", () => {
  it("are written whatever their value, and read", () => {
    expect(encode("Needs", { number: 0, text: "", many: [] })).toBe("08001200");
    expect(decode("Needs", "0800 1200")).toEqual({ number: 0, text: "", more: undefined, many: [] });
  });

  it.each([
    ["Needs", { text: "" }, "test.Needs.number: required, and missing"],
    ["Needs", { number: 1, text: null }, "test.Needs.text: required, and missing"],
    ["Needs", { number: "1", text: "" }, /^test\.Needs\.number: expected an integer .* got "1"$/],
    ["Holds", { needs: { number: 1 } }, "test.Needs.text: required, and missing"],
    ["Requires", { color: 1, wide: "1" }, "test.Requires.needs: required, and missing"],
    ["Requires", { needs: { number: 1, text: "" }, wide: "1" }, "test.Requires.color: required, and missing"],
    ["Requires", { needs: { number: 1, text: "" }, color: 1 }, "test.Requires.wide: required, and missing"],
    ["Groups", {}, "test.Groups.must: required, and missing"],
  ])("that are missing are not encoded: %s %j", (name, value, message) => {
    const slab = live.newSlab(64);
    slab.length = 5;
    expect(() => live.codec(name).encode(value, slab)).toThrow(message);
    expect(() => live.codec(name).encode(value, slab)).toThrow(live.exports.BodyError);
    expect(slab.length).toBe(5);
  });

  it.each([
    ["Needs", "0801", "test.Needs: test.Needs.text: required, and missing"],
    ["Needs", "0801 1200 1a02 0801", "test.Needs: test.Needs.text: required, and missing"],
    ["Needs", "0801 1200 2202 0801", "test.Needs: test.Needs.text: required, and missing"],
    ["Holds", "0a02 0801", "test.Holds: test.Needs.text: required, and missing"],
    ["Holds", "1200", "test.Holds: test.Needs.number: required, and missing"],
    ["Holds", "1a02 1200", "test.Holds: test.Needs.number: required, and missing"],
    // What a closed enum does not know is not there.
    ["Requires", "0a04 0801 1200 1063 1801", "test.Requires: test.Requires.color: required, and missing"],
  ])("that are missing do not decode: %s %s", (name, hex, message) => {
    expect(() => decode(name, hex)).toThrow(message);
    expect(() => decode(name, hex)).toThrow(live.exports.BodyError);
  });

  it("may come in the second piece of a message", () => {
    expect(decode("Holds", "0a02 0801 0a02 1200").needs).toEqual({ number: 1, text: "", more: undefined, many: [] });
  });

  it("are properties without a question mark", () => {
    const lines = printedLines("message Plain { string text = 1; }");
    expect(lines).toContain("  text: string;");
  });
});

describe("closed enums", () => {
  const KNOWN = "0802 1001 10c801 1a03 01c801 2204 0805 1002 2802";

  it("read and write what they know", () => {
    const value = {
      color: 2,
      loose: [1, 200],
      packed: [1, 200],
      mapped: new Map([[5, 2]]),
      one: { case: "chosen", value: 2 },
    };
    expect(decode("Colors", KNOWN)).toEqual(value);
    expect(encode("Colors", value)).toBe(bytesOf(KNOWN).toString("hex"));
  });

  it("take what they do not know for an unknown field", () => {
    const unknown = "0802 0803 1001 1000 1a04 0105ff0f 2204 0801 1003 2204 0802 1001 3201 61 2803";
    expect(decode("Colors", unknown)).toEqual({
      color: 2,
      loose: [1],
      packed: [1],
      mapped: new Map([[2, 1]]),
      one: { case: "text", value: "a" },
    });
  });

  it("keep what they do not know", () => {
    const message = decode("Colors", "0803 1063 1a03 016405 2204 0801 1003 2803", keeping);
    expect(message).toMatchObject({ color: undefined, loose: [], packed: [1], mapped: new Map() });
    // Those of a packed run become fields of their own, behind the others.
    expect(encode("Colors", message, keeping)).toBe(
      bytesOf("1a0101 0803 1063 2204 0801 1003 2803 1864 1805").toString("hex"),
    );
  });

  it("have their first value for a map's entry without one", () => {
    expect(decode("Colors", "2202 0805").mapped).toEqual(new Map([[5, 1]]));
  });

  it("refuse to write another number", () => {
    expect(() => encode("Colors", { color: 3 })).toThrow("test.Colors.color: expected a value of test.Color, got 3");
    expect(() => encode("Colors", { loose: [1, 3] })).toThrow("test.Colors.loose[1]: expected a value of test.Color");
    expect(() => encode("Colors", { mapped: new Map([[1, 3]]) })).toThrow("test.Colors.mapped: expected a value");
  });
});

describe("defaults", () => {
  it("stand beside the codec, because absent is not the same", () => {
    expect(live.exports.Defaults.defaults).toEqual({
      number: -5,
      big: 9007199254740993n,
      plain: 12,
      text: 'a"b',
      bytes: Uint8Array.of(0, 255),
      float: Math.fround(0.1),
      low: Number.NEGATIVE_INFINITY,
      color: 2,
      yes: true,
      "[test.extra]": 7,
    });
    expect(decode("Defaults", "4801 5001").number).toBeUndefined();
  });

  it("are what a new message has in its required fields", () => {
    expect(live.codec("Defaults").create()).toMatchObject({ yes: true, first: 1, number: undefined });
  });
});

describe("extensions", () => {
  it("are properties of the message", () => {
    const value = { yes: false, first: 1, "[test.extra]": 5, "[test.entry]": [{ key: "k" }] };
    expect(encode("Defaults", value)).toBe("48005001a00605ab060a016bac06");
    expect(decode("Defaults", "4800 5001 a006 05 ab06 0a016b ac06")).toMatchObject(value);
  });
});

describe("groups", () => {
  it("stand between two tags", () => {
    const value = { data: { a: 5, inner: undefined }, many: [{ b: "x" }, { b: undefined }], must: { c: 1 } };
    const hex = "0b 1005 0c 8301 0a0178 8401 8301 8401 8380 01 0801 8480 01";
    expect(encode("Groups", value)).toBe(bytesOf(hex).toString("hex"));
    expect(decode("Groups", hex)).toEqual(value);
  });

  it("merge, skip what they do not know, and nest", () => {
    const inner = "8380 01 8480 01";
    const message = decode("Groups", `0b 1005 0c 0b 5b 0801 5c 1a06 ${inner} 0c 838001 848001`);
    expect(message.data).toEqual({ a: 5, inner: { data: undefined, many: [], must: { c: undefined } } });
  });

  it.each([
    ["0b 1005", "the body ends in the middle of a field"],
    ["0b 1005 14", "group 2 ends without having begun"],
    ["0c", "group 1 ends without having begun"],
    ["0b 0b 0c", "the body ends in the middle of a field"],
  ])("that do not end are refused: %s", (hex, message) => {
    expect(() => decode("Groups", hex)).toThrow(message);
  });

  it("nest no deeper than other messages", () => {
    const deep = (levels: number): string => (levels === 0 ? "" : `0b${deep(levels - 1)}0c`);
    expect(() => decode("Groups", deep(200))).toThrow("nested more than 64 deep");
    const through = (levels: number): Buffer => {
      const must = bytesOf("8380 01 8480 01");
      if (levels === 0) return must;
      const inner = through(levels - 1);
      const length = inner.length < 128 ? [inner.length] : [(inner.length & 127) | 128, inner.length >> 7];
      return Buffer.concat([bytesOf("0b1a"), Buffer.from(length), inner, bytesOf("0c"), must]);
    };
    expect(decode("Groups", through(20).toString("hex")).data.inner).toBeDefined();
    expect(() => decode("Groups", through(40).toString("hex"))).toThrow("nested more than 64 deep");
  });
});

describe("unknown fields", () => {
  const UNKNOWN = "f83f 01 fa3f 0161 fb3f 0801 fc3f fd3f 01020304 f93f 0102030405060708";

  it("are skipped", () => {
    expect(encode("Needs", decode("Needs", `0801 ${UNKNOWN} 1200`))).toBe("08011200");
    expect(decode("Nothing", UNKNOWN)).toEqual({});
  });

  it("are kept where the schema says so, behind the others and in their order", () => {
    const message = decode("Needs", `f83f05 0801 ${UNKNOWN} 1200`, keeping);
    expect(Object.keys(message)).toEqual(["number", "text", "more", "many"]);
    expect(Object.getOwnPropertySymbols(message)).toEqual([unknownFields]);
    const kept = bytesOf(`f83f05 ${UNKNOWN}`).toString("hex");
    expect(encode("Needs", message, keeping)).toBe(`08011200${kept}`);
    expect(encode("Needs", { ...message, number: 2 }, keeping)).toBe(`08021200${kept}`);
    expect(encode("Nothing", decode("Nothing", UNKNOWN, keeping), keeping)).toBe(bytesOf(UNKNOWN).toString("hex"));
  });

  it("are kept in nested messages, and in every piece of one", () => {
    const hex = "0a07 0801 1200 f83f01 0a03 f83f02 1209 0a016b 1204 0801 1200 0a06 120162 f83f03";
    const message = decode("Holds", hex, keeping);
    expect(message.needs.text).toBe("b");
    expect(encode("Holds", message, keeping)).toBe(
      bytesOf("0a0e 0801 120162 f83f01 f83f02 f83f03 1209 0a016b 1204 0801 1200").toString("hex"),
    );
  });

  it("are independent of the bytes they came in", () => {
    const slab = keeping.newSlab(64);
    slab.bytes.set(bytesOf("f83f05"));
    const message = keeping.codec("Nothing").decode(slab, 0, 3);
    slab.bytes.fill(0xee);
    expect(encode("Nothing", message, keeping)).toBe("f83f05");
  });

  it("of a wrong type are refused", () => {
    for (const kept of [5, "ab", [5], Uint8Array.of(1)]) {
      const slab = keeping.newSlab(64);
      slab.length = 3;
      const message = { number: 1, text: "", [unknownFields]: kept };
      expect(() => keeping.codec("Needs").encode(message, slab)).toThrow("test.Needs[unknownFields]: expected a list");
      expect(slab.length).toBe(3);
    }
  });

  it("come in thousands at no more than their own size", () => {
    const many = Buffer.concat(Array.from({ length: 20_000 }, () => bytesOf("0a03 f83f02")));
    const holds = Buffer.concat([bytesOf("0a04 0801 1200"), many]);
    const slab = keeping.newSlab(16);
    slab.reserve(holds.length);
    slab.bytes.set(holds);
    const message = keeping.codec("Holds").decode(slab, 0, holds.length);
    const kept = message.needs[unknownFields] as Uint8Array[];
    expect(kept.reduce((total, { length }) => total + length, 0)).toBe(60_000);
  });
});
