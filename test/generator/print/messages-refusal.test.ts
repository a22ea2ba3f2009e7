/** Values of a wrong type: a `BodyError` that names field, value and expectation, and a slab as it was. */
import { beforeAll, describe, expect, it } from "vitest";
import { EVERY_SCALAR } from "./every-scalar.js";
import { type LiveMessages, liveMessages, protoFilesOf } from "./live-module.js";

let live: LiveMessages;

beforeAll(async () => {
  live = await liveMessages(protoFilesOf({ test: EVERY_SCALAR }));
});

function refusal(name: string, value: unknown): string {
  const slab = live.newSlab(64);
  live.codec("Part").encode({ name: "before" }, slab);
  const before = slab.length;
  try {
    live.codec(name).encode(value, slab);
  } catch (error) {
    expect(error).toBeInstanceOf(live.exports.BodyError);
    expect(slab.length).toBe(before);
    return (error as Error).message;
  }
  throw new Error("was encoded");
}

const INT32 = "an integer from -2147483648 to 2147483647";
const UINT32 = "an integer from 0 to 4294967295";

describe("encoding refuses", () => {
  it.each([
    ["Plain", { fString: 12 }, "test.Plain.fString: expected a string, got 12"],
    ["Plain", { fString: ["a"] }, "test.Plain.fString: expected a string, got an array"],
    ["Plain", { fInt32: "5" }, `test.Plain.fInt32: expected ${INT32}, got "5"`],
    ["Plain", { fInt32: Number.NaN }, `test.Plain.fInt32: expected ${INT32}, got NaN`],
    ["Plain", { fInt32: 1.5 }, `test.Plain.fInt32: expected ${INT32}, got 1.5`],
    ["Plain", { fInt32: 2 ** 31 }, `test.Plain.fInt32: expected ${INT32}, got 2147483648`],
    ["Plain", { fInt32: 5n }, `test.Plain.fInt32: expected ${INT32}, got 5n`],
    ["Plain", { fSint32: Number.POSITIVE_INFINITY }, `test.Plain.fSint32: expected ${INT32}, got Infinity`],
    ["Plain", { fUint32: -1 }, `test.Plain.fUint32: expected ${UINT32}, got -1`],
    ["Plain", { fFixed32: 2 ** 32 }, `test.Plain.fFixed32: expected ${UINT32}, got 4294967296`],
    ["Plain", { fDouble: "1" }, 'test.Plain.fDouble: expected a number, got "1"'],
    ["Plain", { fFloat: {} }, "test.Plain.fFloat: expected a number, got an object"],
    ["Plain", { fBool: 1 }, "test.Plain.fBool: expected a boolean, got 1"],
    ["Plain", { fBytes: [1, 2] }, "test.Plain.fBytes: expected a Uint8Array, got an array"],
    ["Plain", { fBytes: "ab" }, 'test.Plain.fBytes: expected a Uint8Array, got "ab"'],
    ["Plain", { fInt64: 5 }, "test.Plain.fInt64: expected a bigint of 64 signed bits, got 5"],
    [
      "Plain",
      { fInt64: 2n ** 63n },
      "test.Plain.fInt64: expected a bigint of 64 signed bits, got 9223372036854775808n",
    ],
    ["Plain", { fUint64: -1n }, "test.Plain.fUint64: expected a bigint of 64 unsigned bits, got -1n"],
    ["Plain", { fColor: "RED" }, `test.Plain.fColor: expected ${INT32}, got "RED"`],
    ["Plain", { fString: Symbol("s") }, "test.Plain.fString: expected a string, got Symbol(s)"],
    ["Plain", { fInt32: Symbol("s") }, `test.Plain.fInt32: expected ${INT32}, got Symbol(s)`],
    ["Plain", { fString: () => "" }, "test.Plain.fString: expected a string, got a function"],
    ["Optional", { fString: 12 }, "test.Optional.fString: expected a string, got 12"],
    ["Optional", { fPart: "x" }, 'test.Part: expected an object, got "x"'],
    ["Repeated", { fString: "abc" }, 'test.Repeated.fString: expected an array, got "abc"'],
    ["Repeated", { fString: ["a", 5] }, "test.Repeated.fString[1]: expected a string, got 5"],
    ["Repeated", { fInt32: [1, undefined, 3] }, `test.Repeated.fInt32[1]: expected ${INT32}, got undefined`],
    ["Repeated", { fPart: [{}, null] }, "test.Part: expected an object, got null"],
    ["Unpacked", { fBool: [true, "x"] }, 'test.Unpacked.fBool[1]: expected a boolean, got "x"'],
    ["ByKey", { fString: { a: "b" } }, "test.ByKey.fString: expected a Map, got an object"],
    ["ByKey", { fInt32: new Map([["1", "b"]]) }, `test.ByKey.fInt32: expected ${INT32}, got "1"`],
    ["ByKey", { fString: new Map([["1", 2]]) }, "test.ByKey.fString: expected a string, got 2"],
    ["Choice", { one: { case: "fString", value: 5 } }, "test.Choice.fString: expected a string, got 5"],
    ["Choice", { one: { case: "fString" } }, "test.Choice.fString: expected a string, got undefined"],
    ["Choice", { other: { case: "typo", value: 5 } }, 'test.Choice.other: expected one of text, deeper, got "typo"'],
    ["Choice", { other: { case: "deeper", value: 5 } }, "test.Choice: expected an object, got 5"],
    ["Choice", { other: "text" }, 'test.Choice.other: expected an object with `case` and `value`, got "text"'],
    [
      "Numbers",
      { jsNumberInt64: 2 ** 53 },
      "test.Numbers.jsNumberInt64: expected an integer of at most 53 bits, got 9007199254740992",
    ],
    ["Numbers", { jsNumberUint64: -1 }, "test.Numbers.jsNumberUint64: expected an integer from 0 to 2^53 - 1, got -1"],
    ["Numbers", { jsNumberInt64: 5n }, "test.Numbers.jsNumberInt64: expected an integer of at most 53 bits, got 5n"],
    [
      "Numbers",
      { jsStringInt64: "1.5" },
      'test.Numbers.jsStringInt64: expected a string of a signed 64-bit integer, got "1.5"',
    ],
    [
      "Numbers",
      { jsStringUint64: "-1" },
      'test.Numbers.jsStringUint64: expected a string of an unsigned 64-bit integer, got "-1"',
    ],
    [
      "Numbers",
      { rJsStringInt64: ["1", 2] },
      "test.Numbers.rJsStringInt64[1]: expected a string of a signed 64-bit integer, got 2",
    ],
    ["Plain", null, "test.Plain: expected an object, got null"],
    ["Plain", undefined, "test.Plain: expected an object, got undefined"],
    ["Plain", 5, "test.Plain: expected an object, got 5"],
  ])("%s %o", (name, value, message) => {
    expect(refusal(name, value)).toBe(message);
  });

  it("what fails deep inside, and takes back what stands before it", () => {
    const outer = {
      part: { name: "x".repeat(500) },
      between: "y",
      inners: [{ most: { data: new Uint8Array(300) } }, { more: [{ data: 1 }] }],
    };
    expect(refusal("Outer", outer)).toBe("test.Outer.Inner.Innermost.data: expected a Uint8Array, got 1");
  });

  it("messages nested in themselves without end", () => {
    const tree: { left?: unknown } = {};
    tree.left = tree;
    expect(refusal("Tree", tree)).toBe("test.Tree: expected messages nested at most 64 deep, got an object");
  });

  it("long strings by showing their beginning only", () => {
    expect(refusal("Plain", { fInt32: "x".repeat(1000) })).toBe(
      `test.Plain.fInt32: expected ${INT32}, got "${"x".repeat(60)}..."`,
    );
  });
});
