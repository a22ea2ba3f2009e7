/**
 * Random layouts, printed and compiled together, with random values: what is written is read back, says how long it is, is what the
 * exact interpreter of layouts writes, and is cut out of a stream wherever the stream is cut.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { layoutCodec } from "../../../cli/dynamic-codecs.js";
import { bodyCapacity } from "../../../generator/layout-size.js";
import type { Layout } from "../../../generator/model.js";
import { planLayout } from "../../../generator/plan/index.js";
import { ErrorCode } from "../../../wire/error-code.js";
import type { LayoutCodec } from "../../../wire/layout-codec.js";
import type { Slab } from "../../../wire/slab.js";
import { APPLICATION_OPTIONS, compile } from "../compile.js";
import { liveLayouts, printedLayouts } from "../print/live-module.js";
import { bodyOf, randomLayout, type Values, valuesOf } from "./random-layout.js";

const COUNT = Number(process.env.GATESMITH_LAYOUTS ?? 200);
const SEED = Number(process.env.GATESMITH_SEED ?? Date.now() % 1_000_000);
const ROOM = 4096;

// biome-ignore lint/suspicious/noExplicitAny: a header class's own fields, by random names.
type Codec = LayoutCodec<any>;

const layouts = fc.sample(randomLayout, { numRuns: COUNT, seed: SEED });
let codecs: Codec[];
let newSlab: (capacity?: number) => Slab;

beforeAll(async () => {
  ({ codecs, newSlab } = await liveLayouts(layouts));
});

/** Runs a property for each layout. What fails is told with the layout and the seed. */
function forEachLayout(
  runs: number,
  check: (layout: Layout, codec: Codec, runs: fc.Parameters<unknown>) => void,
): void {
  for (const [index, layout] of layouts.entries()) {
    try {
      check(layout, codecs[index]!, { numRuns: runs, seed: SEED });
    } catch (error) {
      const told = { ...layout, fields: layout.fields.map(({ doc: _doc, position: _position, ...field }) => field) };
      throw new Error(`seed ${SEED}, layout ${index}: ${JSON.stringify(told)}\n${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}

interface Written {
  readonly slab: Slab;
  readonly bodyStart: number;
  readonly end: number;
}

/** A slab with the frame at `start`, poison around it. */
function written(codec: Codec, values: Values, body: Uint8Array, start: number, poison = 0xa5): Written {
  const slab = newSlab(ROOM);
  slab.bytes.fill(poison);
  const header = Object.assign(codec.create(), values);
  const bodyStart = start + codec.sizeOf(header);
  slab.bytes.set(body, bodyStart);
  const end = bodyStart + body.length + codec.trailer;
  codec.encode(header, slab, start, end);
  return { slab, bodyStart, end };
}

/** Whether a frame says where it ends. */
const isCut = ({ end, fields }: Layout) => end !== "" || fields.some(({ role }) => role?.kind === "length");
const isFixed = (layout: Layout) => planLayout(layout).variableFields === 0;
const frameOf = (layout: Layout) => fc.tuple(valuesOf(layout), bodyOf(layout));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe(`${COUNT} random layouts, seed ${SEED}`, () => {
  it("come back as they were written, as large as they said, and touch nothing around", () => {
    forEachLayout(25, (layout, codec, runs) => {
      const read = codec.create();
      fc.assert(
        fc.property(frameOf(layout), fc.nat(9), ([values, body], start) => {
          const { slab, bodyStart, end } = written(codec, values, body, start);
          expect(hex(slab.bytes.subarray(0, start))).toBe("a5".repeat(start));
          expect(slab.bytes.subarray(end, end + 99).every((byte) => byte === 0xa5)).toBe(true);
          expect(hex(slab.bytes.subarray(bodyStart, end - codec.trailer))).toBe(hex(body));
          expect(codec.decode(read, slab, start, end)).toBe(ErrorCode.OK);
          expect(read).toMatchObject(values);
          expect([read.bodyStart, read.bodyEnd]).toEqual([bodyStart, end - codec.trailer]);
          if (isFixed(layout)) expect(bodyStart - start).toBe(codec.size);
          else expect(bodyStart - start).toBeGreaterThanOrEqual(codec.size);
        }),
        runs,
      );
    });
  });

  it("are what the interpreter writes and reads", () => {
    forEachLayout(15, (layout, codec, runs) => {
      const exact: Codec = layoutCodec(layout);
      expect([exact.size, exact.trailer, exact.sequenceBytes]).toEqual([
        codec.size,
        codec.trailer,
        codec.sequenceBytes,
      ]);
      expect(exact.fields).toEqual(codec.fields);
      fc.assert(
        fc.property(frameOf(layout), ([values, body]) => {
          const { slab, bodyStart, end } = written(codec, values, body, 3);
          const header = Object.assign(exact.create(), values);
          expect(exact.sizeOf(header)).toBe(bodyStart - 3);
          const other = written(exact, values, body, 3);
          expect(hex(other.slab.bytes.subarray(0, end))).toBe(hex(slab.bytes.subarray(0, end)));
        }),
        runs,
      );
    });
  });

  it("changed anywhere are read like the interpreter reads them, and never outside", () => {
    forEachLayout(25, (layout, codec, runs) => {
      const exact: Codec = layoutCodec(layout);
      const change = fc.tuple(fc.nat(), fc.nat(255), fc.nat(200));
      fc.assert(
        fc.property(frameOf(layout), fc.array(change, { maxLength: 3 }), ([values, body], changes) => {
          const { slab, end: whole } = written(codec, values, body, 5);
          let end = whole;
          for (const [at, byte, cut] of changes) {
            slab.bytes[5 + (at % (whole - 5))] = byte;
            if (cut < 30) end = 5 + (at % (whole - 4));
          }
          const read = codec.create();
          const code = codec.decode(read, slab, 5, end);
          const expected = exact.create();
          expect(code).toBe(exact.decode(expected, slab, 5, end));
          const other = newSlab(ROOM);
          other.bytes.fill(0x5a);
          other.bytes.set(slab.bytes.subarray(5, end), 5);
          const again = codec.create();
          expect(codec.decode(again, other, 5, end)).toBe(code);
          if (code === ErrorCode.BAD_FRAME) return;
          // What a decoder takes for a frame, a splitter cuts there.
          const length = read.bodyEnd + codec.trailer - 5;
          if (isCut(layout)) expect(codec.frameLength(slab, 5, end, ROOM)).toBe(length);
          expect(again).toEqual(read);
          for (const name of [...codec.fields, "messageId", "sequence", "route", "bodyStart", "bodyEnd"]) {
            expect(read[name], name).toEqual(expected[name]);
          }
        }),
        runs,
      );
    });
  });

  it("are cut out of a stream however the stream is cut", () => {
    forEachLayout(12, (layout, codec, runs) => {
      if (!isCut(layout)) return;
      const frames = fc.array(frameOf(layout), { minLength: 1, maxLength: 4 });
      const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
      fc.assert(
        fc.property(frames, cuts, (given, sizes) => {
          const sent = given.map(([values, body]) => {
            const { slab, end } = written(codec, values, body, 0);
            return hex(slab.bytes.subarray(0, end));
          });
          expect(received(codec, Buffer.from(sent.join(""), "hex"), sizes)).toEqual(sent);
        }),
        runs,
      );
    });
  });

  it("give a splitter an answer for any bytes, which does not depend on what is around them", () => {
    forEachLayout(40, (layout, codec, runs) => {
      const begun = frameOf(layout).map(([values, body]) => {
        const { slab, end } = written(codec, values, body, 0);
        return new Uint8Array(slab.bytes.subarray(0, end));
      });
      const bytes = fc.oneof(fc.uint8Array({ maxLength: 90 }), begun);
      fc.assert(
        fc.property(bytes, fc.nat(300), fc.integer({ min: 1, max: 400 }), (data, cut, bound) => {
          const prefix = data.subarray(0, Math.min(data.length, cut));
          const answers = [0x00, 0xff, 0x24].map((poison) => {
            const slab = newSlab(ROOM);
            slab.bytes.fill(poison);
            slab.bytes.set(prefix, 7);
            return codec.frameLength(slab, 7, 7 + prefix.length, bound);
          });
          expect(new Set(answers).size).toBe(1);
          const [length] = answers as [number];
          expect(Number.isInteger(length)).toBe(true);
          expect(length).toBeGreaterThanOrEqual(-1);
          expect(length).toBeLessThanOrEqual(bound);
        }),
        runs,
      );
    });
  });

  it("take another sequence number as if they had been written with it", () => {
    forEachLayout(8, (layout, codec, runs) => {
      const field = layout.fields.find(({ role }) => role?.kind === "sequence");
      fc.assert(
        fc.property(frameOf(layout), fc.integer({ min: 1, max: 255 }), ([values, body], sequence) => {
          const patched = written(codec, values, body, 2);
          const before = hex(patched.slab.bytes.subarray(0, patched.end));
          codec.patchSequence(patched.slab, 2, patched.end, sequence);
          const after = hex(patched.slab.bytes.subarray(0, patched.end));
          // Where the number is not always there, or not always as long, the frame stays as it is.
          if (field === undefined || after === before) return;
          const direct = written(codec, { ...values, sequence }, body, 2);
          expect(after).toBe(hex(direct.slab.bytes.subarray(0, direct.end)));
        }),
        runs,
      );
    });
  });

  it("have room for the bodies they say they have room for", () => {
    for (const layout of layouts) expect(bodyCapacity(layout)).toBeGreaterThan(0);
  });

  it("compile without a warning", async () => {
    const root = mkdtempSync(join(tmpdir(), "gatesmith-layouts-"));
    try {
      writeFileSync(join(root, "layouts.ts"), printedLayouts(layouts));
      expect(await compile(root, APPLICATION_OPTIONS)).toBe("");
    } finally {
      rmSync(root, { recursive: true });
    }
  }, 60_000);
});

/** What a receiver takes out of a stream that arrives in pieces of these sizes, over and over. */
function received(codec: Codec, stream: Uint8Array, sizes: readonly number[]): string[] {
  const slab = newSlab(stream.length + 1);
  const frames: string[] = [];
  let start = 0;
  let end = 0;
  let seen = 0;
  for (let turn = 0; end < stream.length; turn++) {
    const next = Math.min(stream.length, end + sizes[turn % sizes.length]!);
    slab.bytes.set(stream.subarray(end, next), end);
    end = next;
    for (;;) {
      const length = codec.frameLength(slab, start, end, ROOM, seen);
      if (length === 0) seen = end - start;
      if (length === -1) throw new Error(`no frame at byte ${start} of ${hex(stream)}`);
      if (length === 0 || start + length > end) break;
      frames.push(hex(slab.bytes.subarray(start, start + length)));
      start += length;
      seen = 0;
    }
  }
  if (start !== end) throw new Error(`${end - start} bytes are left`);
  return frames;
}
