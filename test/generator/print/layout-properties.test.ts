/** Header codecs with random values, cut frames, changed bytes, and values that do not fit. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Layout } from "../../../generator/model.js";
import { planLayout } from "../../../generator/plan/index.js";
import { ErrorCode } from "../../../wire/error-code.js";
import {
  articleInternal,
  articleRequest,
  articleResponse,
  bytes,
  constant,
  crc,
  everything,
  i8,
  i16,
  i24,
  i32,
  i64,
  layoutOf,
  length,
  prefixedBytes,
  prefixedText,
  u8,
  u16,
  u24,
  u32,
  u64,
} from "./layout-builder.js";
import { type LiveLayout, liveLayout } from "./live-module.js";

const layouts: Record<string, Layout> = {
  articleRequest,
  articleResponse,
  articleInternal,
  everything,
  /** Nothing says how long it is. */
  lengthless: layoutOf("lengthless", [["id", u16, "messageId"]]),
  /** The length and the checksum come before text, the sequence behind it. */
  late: layoutOf("late", [
    ["sum", u32, crc("body"), "little"],
    ["length", u32, length("rest")],
    ["name", prefixedText(16)],
    ["blob", prefixedBytes(32)],
    ["seq", u16, "sequence"],
    ["wideSum", bytes(9)],
  ]),
  little: layoutOf(
    "little",
    [
      ["length", u32, length("frame", 3)],
      ["sum", u64, crc("frame")],
      ["seq", u8, "sequence"],
    ],
    "little",
  ),
};

/** Random values for every property that a layout keeps. */
function valuesOf(layout: Layout): fc.Arbitrary<Record<string, unknown>> {
  const u32s = fc.oneof(
    fc.integer({ min: 0, max: 0xffffffff }),
    fc.constantFrom(0, 0x7fffffff, 0x80000000, 0xffffffff),
  );
  const parts: Record<string, fc.Arbitrary<unknown>> = {};
  for (const { value, width } of planLayout(layout).fields) {
    if (!("property" in value)) continue;
    const { property } = value;
    if (value.kind === "halves") {
      parts[`${property}High`] = u32s;
      parts[`${property}Low`] = u32s;
    } else if (value.kind === "integer") {
      const count = 2 ** (8 * width);
      const [min, max] = value.signed ? [-count / 2, count / 2 - 1] : [0, count - 1];
      parts[property] = fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max));
    } else if (value.kind === "float") parts[property] = width === 4 ? fc.float() : fc.double();
    else if (value.kind === "prefixedText") parts[property] = fc.string({ unit: "grapheme", maxLength: 20 });
    else {
      const size = value.kind === "bytes" ? { minLength: width, maxLength: width } : { maxLength: 60 };
      parts[property] = fc.uint8Array(size).map((each) => new Uint8Array(each));
    }
  }
  return fc.record(parts);
}

describe.each(Object.entries(layouts))("%s", (_name, layout) => {
  let live: LiveLayout;

  beforeAll(async () => {
    live = await liveLayout(layout);
  });

  const frames = fc.tuple(valuesOf(layout), fc.uint8Array({ maxLength: 300 }), fc.nat(20));

  /** A slab with the frame at `start`, poison around it. */
  function written(values: Record<string, unknown>, body: Uint8Array, start: number) {
    const { codec, newSlab } = live;
    const slab = newSlab(2048);
    slab.bytes.fill(0xa5);
    const header = Object.assign(codec.create(), values);
    const bodyStart = start + codec.sizeOf(header);
    slab.bytes.set(body, bodyStart);
    const end = bodyStart + body.length;
    codec.encode(header, slab, start, end);
    return { slab, header, bodyStart, end };
  }

  it("comes back as it was written, and leaves everything around it alone", () => {
    const read = live.codec.create();
    fc.assert(
      fc.property(frames, ([values, body, start]) => {
        const { slab, bodyStart, end } = written(values, body, start);
        expect(slab.bytes.subarray(0, start).every((byte) => byte === 0xa5)).toBe(true);
        expect(slab.bytes.subarray(end).every((byte) => byte === 0xa5)).toBe(true);
        expect(live.codec.decode(read, slab, start, end)).toBe(ErrorCode.OK);
        expect(read).toMatchObject(values);
        expect([read.bodyStart, read.bodyEnd]).toEqual([bodyStart, end]);
        expect(bodyStart - start).toBeGreaterThanOrEqual(live.codec.size);
      }),
      { numRuns: 200 },
    );
  });

  it("ends where its length says, when more follows", () => {
    if (!layout.fields.some(({ role }) => role?.kind === "length")) return;
    const read = live.codec.create();
    fc.assert(
      fc.property(frames, fc.nat(50), ([values, body, start], more) => {
        const { slab, end } = written(values, body, start);
        expect(live.codec.decode(read, slab, start, end + more)).toBe(ErrorCode.OK);
        expect(read.bodyEnd).toBe(end);
      }),
      { numRuns: 50 },
    );
  });

  it("cut anywhere is a bad frame", () => {
    const counted = layout.fields.some(({ role }) => role?.kind === "length");
    fc.assert(
      fc.property(frames, ([values, body, start]) => {
        const { slab, bodyStart, end } = written(values, body, start);
        for (let cut = start; cut < (counted ? end : bodyStart); cut++) {
          expect(live.codec.decode(live.codec.create(), slab, start, cut)).toBe(ErrorCode.BAD_FRAME);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("with any bytes gives a code, and never a body outside the frame", () => {
    const read = live.codec.create();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (data) => {
        const slab = live.newSlab(128);
        slab.bytes.fill(0xff);
        slab.bytes.set(data, 20);
        const code = live.codec.decode(read, slab, 20, 20 + data.length);
        expect([ErrorCode.OK, ErrorCode.BAD_FRAME, ErrorCode.BAD_CHECKSUM]).toContain(code);
        if (code === ErrorCode.BAD_FRAME) return;
        expect(read.bodyStart).toBeGreaterThanOrEqual(20 + live.codec.size);
        expect(read.bodyEnd).toBeGreaterThanOrEqual(read.bodyStart);
        expect(read.bodyEnd).toBeLessThanOrEqual(20 + data.length);
      }),
      { numRuns: 2000 },
    );
  });

  it("shows a changed byte under its checksum", () => {
    const sum = layout.fields.find(({ role }) => role?.kind === "checksum")?.role;
    if (sum?.kind !== "checksum") return;
    const read = live.codec.create();
    fc.assert(
      fc.property(frames, fc.nat(), fc.integer({ min: 1, max: 255 }), ([values, body, start], position, change) => {
        const { slab, bodyStart, end } = written(values, body, start);
        const from = sum.over === "frame" ? start : bodyStart;
        if (from === end) return;
        const at = from + (position % (end - from));
        slab.bytes[at] = slab.bytes[at]! ^ change;
        const code = live.codec.decode(read, slab, start, end);
        // In the header a change may also break what comes before the checksum is looked at; a constant that is ignored cannot.
        expect(code).not.toBe(ErrorCode.OK);
        if (at >= bodyStart) expect(code).toBe(ErrorCode.BAD_CHECKSUM);
      }),
      { numRuns: 200 },
    );
  });

  it("takes another sequence number as if it had been written with it", () => {
    const field = planLayout(layout).fields.find(({ role }) => role?.kind === "sequence");
    fc.assert(
      fc.property(frames, fc.nat(255), ([values, body, start], sequence) => {
        const patched = written(values, body, start);
        live.codec.patchSequence(patched.slab, start, patched.end, sequence);
        const direct = written(field === undefined ? values : { ...values, sequence }, body, start);
        expect(Buffer.compare(patched.slab.bytes, direct.slab.bytes)).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});

describe("a frame is bad", () => {
  it("when its length is shorter than the header, or longer than what is there", async () => {
    const { codec, newSlab } = await liveLayout(articleResponse);
    const slab = newSlab();
    codec.encode(codec.create(), slab, 0, 30);
    for (const [claimed, code] of [
      [0, ErrorCode.BAD_FRAME],
      [20, ErrorCode.BAD_FRAME],
      [21, ErrorCode.OK],
      [30, ErrorCode.OK],
      [31, ErrorCode.BAD_FRAME],
      [65535, ErrorCode.BAD_FRAME],
    ] as const) {
      slab.view.setUint16(0, claimed);
      expect(codec.decode(codec.create(), slab, 0, 30)).toBe(code);
    }
  });

  it("when a constant is another one, unless that is ignored", async () => {
    const { codec, newSlab } = await liveLayout(
      layoutOf("c", [
        ["a", constant(32, 0xdeadbeef)],
        ["b", constant(8, 1, "ignore")],
      ]),
    );
    const slab = newSlab();
    codec.encode(codec.create(), slab, 0, 5);
    expect(Buffer.from(slab.bytes.subarray(0, 5)).toString("hex")).toBe("deadbeef01");
    slab.bytes[4] = 9;
    expect(codec.decode(codec.create(), slab, 0, 5)).toBe(ErrorCode.OK);
    slab.bytes[3] = 0;
    expect(codec.decode(codec.create(), slab, 0, 5)).toBe(ErrorCode.BAD_FRAME);
  });

  it("when its text is not UTF-8", async () => {
    const { codec, newSlab } = await liveLayout(articleInternal);
    const slab = newSlab();
    codec.encode(Object.assign(codec.create(), { clientIp: "ab" }), slab, 0, 41);
    slab.bytes[40] = 0xff;
    expect(codec.decode(codec.create(), slab, 0, 41)).toBe(ErrorCode.BAD_FRAME);
  });
});

describe("a value that its field cannot hold is refused", () => {
  it.each([
    [u8, 256, 0, 255],
    [u8, -1, 0, 255],
    [u16, 65536, 0, 65535],
    [u24, 2 ** 24, 0, 2 ** 24 - 1],
    [u32, 2 ** 32, 0, 2 ** 32 - 1],
    [u32, -1, 0, 2 ** 32 - 1],
    [i8, 128, -128, 127],
    [i16, -32769, -32768, 32767],
    [i24, 2 ** 23, -(2 ** 23), 2 ** 23 - 1],
    [i32, 2 ** 31, -(2 ** 31), 2 ** 31 - 1],
    [u16, 1.5, 0, 65535],
    [u16, Number.NaN, 0, 65535],
    [u16, "5", 0, 65535],
    [u16, undefined, 0, 65535],
  ])("%o: %s", async (type, value, least, most) => {
    const { codec, newSlab } = await liveLayout(layoutOf("l", [["field", type]]));
    const header = Object.assign(codec.create(), { field: value });
    expect(() => codec.encode(header, newSlab(), 0, 8)).toThrow(
      new RangeError(`internal.field: ${value} is not an integer from ${least} to ${most}`),
    );
  });

  it("a frame too long for its length, too", async () => {
    const { codec, newSlab } = await liveLayout(articleRequest);
    expect(() => codec.encode(codec.create(), newSlab(70_000), 0, 65_536)).toThrow(
      "internal.length: 65536 is not an integer from 0 to 65535",
    );
  });

  it("halves, text, bytes and floats, too", async () => {
    const { codec, newSlab } = await liveLayout(
      layoutOf("l", [
        ["wide", i64],
        ["text", prefixedText(8)],
        ["blob", prefixedBytes(8)],
        ["five", bytes(5)],
        ["float", { kind: "float", bits: 32 }],
      ]),
    );
    const encode = (values: Record<string, unknown>) => () =>
      codec.encode(Object.assign(codec.create(), values), newSlab(2048), 0, 1024);
    expect(encode({ wideHigh: -1 })).toThrow("internal.wide: -1 is not an integer from 0 to 4294967295");
    expect(encode({ text: "é".repeat(128) })).toThrow(
      new RangeError("internal.text: 256 bytes are more than the 255 its length can count"),
    );
    expect(encode({ blob: new Uint8Array(256) })).toThrow(
      "internal.blob: 256 bytes are more than the 255 its length can count",
    );
    expect(encode({ five: new Uint8Array(4) })).toThrow(new RangeError("internal.five: got 4 bytes, the field has 5"));
    expect(encode({ float: "1" })).toThrow("internal.float: not a number");
    expect(encode({})).not.toThrow();
  });
});
