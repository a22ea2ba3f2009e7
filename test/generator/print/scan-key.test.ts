/** Scanners for `messageField` routing: one field's bytes, wherever they stand and however often. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EVERY_SCALAR, SCALARS } from "./every-scalar.js";
import { liveMessages, liveScanKey, protoFilesOf } from "./live-module.js";
import { Oracle } from "./oracle.js";

const files = protoFilesOf({ test: EVERY_SCALAR });
const oracle = new Oracle(files, [EVERY_SCALAR]);
const [file] = files;

/** The found bytes as hexadecimal; null when the field is absent. */
async function finder(message: string, field: string): Promise<(hex: string) => string | null> {
  const scan = await liveScanKey(file!, message, field);
  const live = await liveMessages(files);
  const key = { start: 1, end: 2 };
  return (hex) => {
    const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
    const slab = live.newSlab(bytes.length + 20);
    slab.bytes.fill(0x0a);
    slab.bytes.set(bytes, 5);
    scan(slab, 5, 5 + bytes.length, key);
    if (key.start === 0 && key.end === 0) return null;
    expect(key.start).toBeGreaterThanOrEqual(5);
    expect(key.end).toBeLessThanOrEqual(5 + bytes.length);
    return Buffer.from(slab.bytes.subarray(key.start, key.end)).toString("hex");
  };
}

describe("a scanner", () => {
  it("finds a string's bytes, the last of several", async () => {
    const find = await finder("test.Part", "name");
    expect(find("0a 03 616263")).toBe("616263");
    expect(find("1005 0a 01 61 1801 0a 02 6262 1a020102")).toBe("6262");
    expect(find("1005")).toBeNull();
    expect(find("")).toBeNull();
    expect(find("0a 01 61 0a 00")).toBeNull();
  });

  it("finds a number's bytes, and takes zero for absent unless it can be set", async () => {
    const count = await finder("test.Part", "count");
    expect(count("0a0161 10 ac02")).toBe("ac02");
    expect(count("10 ffffffffffffffffff01")).toBe("ffffffffffffffffff01");
    expect(count("10 00")).toBeNull();
    const optional = await finder("test.Optional", "fInt32");
    expect(optional("60 00")).toBe("00");
    const fixed = await finder("test.Plain", "fFixed64");
    expect(fixed("51 0100000000000000")).toBe("0100000000000000");
    expect(fixed("51 0000000000000000")).toBeNull();
  });

  it("refuses a number that is written longer than it needs to be: one value must have one key", async () => {
    const count = await finder("test.Part", "count");
    const refusal = "test.Part: the routing key is not written in its canonical form";
    for (const hex of ["10 8100", "10 ffffffff0f", "10 80808080808080808001", "10 ffffffffffffffffff7f"]) {
      expect(() => count(hex)).toThrow(refusal);
    }
    const unsigned = await finder("test.Plain", "fUint32");
    expect(unsigned("28 ffffffff0f")).toBe("ffffffff0f");
    expect(() => unsigned("28 ffffffffffffffffff01")).toThrow("canonical");
    const flag = await finder("test.Plain", "fBool");
    expect(flag("68 01")).toBe("01");
    expect(() => flag("68 02")).toThrow("canonical");
    const wide = await finder("test.Plain", "fUint64");
    expect(wide("30 ffffffffffffffffff01")).toBe("ffffffffffffffffff01");
    expect(() => wide("30 ffffffffffffffffff03")).toThrow("canonical");
  });

  it("names the message when the body is malformed", async () => {
    const find = await finder("test.Part", "name");
    for (const hex of ["0a 05 61", "0a", "0e", "00", "14", "1a ff"]) expect(() => find(hex)).toThrow(/^test\.Part: /);
  });

  it.each(SCALARS.filter((scalar) => scalar !== "float" && scalar !== "double"))(
    "gives equal bytes to equal values, and others to others: %s",
    async (scalar) => {
      const name = `f${scalar[0]!.toUpperCase()}${scalar.slice(1)}`;
      const find = await finder("test.Plain", name);
      const live = await liveMessages(files);
      const key = (value: Record<string, unknown>) => {
        const slab = live.newSlab();
        live.codec("Plain").encode(value, slab);
        return find(Buffer.from(slab.bytes.subarray(0, slab.length)).toString("hex"));
      };
      // biome-ignore lint/suspicious/noExplicitAny: a message of the fixture.
      const plain = oracle.values("test.Plain") as fc.Arbitrary<any>;
      fc.assert(
        fc.property(plain, plain, (one, other) => {
          expect(key({ ...other, [name]: one[name] })).toBe(key(one));
          const shown = (value: unknown) => (value instanceof Uint8Array ? value.join() : String(value));
          expect(key(one) === key(other)).toBe(shown(one[name]) === shown(other[name]));
        }),
        { numRuns: 60 },
      );
    },
  );
});
