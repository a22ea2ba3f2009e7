/** Generated decoders against bytes nobody meant: nothing but `BodyError`, nothing read or made beyond what the bytes justify. */

import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { ProtoFile } from "../../../generator/model.js";
import { EVERY_SCALAR, MESSAGES } from "./every-scalar.js";
import { type LiveMessages, liveMessages, protoFilesOf } from "./live-module.js";
import { Oracle } from "./oracle.js";

/** mulberry32: the same inputs on every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

let files: readonly ProtoFile[];
let oracle: Oracle;
let live: LiveMessages;

beforeAll(async () => {
  files = protoFilesOf({ test: EVERY_SCALAR });
  oracle = new Oracle(files, [EVERY_SCALAR]);
  live = await liveMessages(files);
});

/** Decodes, and returns the error's message, or null. Anything but a `BodyError` fails the test. */
function failureOf(name: string, bytes: Uint8Array): string | null {
  // Poison around the body: whoever reads it, reads a field.
  const slab = live.newSlab(bytes.length + 32);
  slab.bytes.fill(0x0a);
  slab.bytes.set(bytes, 16);
  try {
    live.codec(name).decode(slab, 16, 16 + bytes.length);
    return null;
  } catch (error) {
    if (!(error instanceof live.exports.BodyError)) throw error;
    return (error as Error).message;
  }
}

describe("random and mutated bytes", () => {
  const RUNS = 200_000;

  it(`raise nothing but BodyError, ${RUNS} times`, () => {
    const random = generator(20260101);
    const seeds = MESSAGES.flatMap((name) =>
      fc
        .sample(oracle.values(`test.${name}`), { numRuns: 20, seed: 7 })
        .map((value) => oracle.encode(`test.${name}`, value)),
    ).filter((bytes) => bytes.length > 0 && bytes.length < 2000);
    let refused = 0;
    for (let run = 0; run < RUNS; run++) {
      const name = MESSAGES[random() % MESSAGES.length]!;
      let bytes: Uint8Array;
      if (run % 4 === 0) {
        bytes = new Uint8Array(random() % 40);
        for (let index = 0; index < bytes.length; index++) bytes[index] = random();
      } else {
        const seed = seeds[random() % seeds.length]!;
        bytes = seed.slice(0, run % 4 === 1 ? random() % seed.length : seed.length);
        for (let changes = random() % 4; changes > 0 && bytes.length > 0; changes--) {
          bytes[random() % bytes.length] = [0, 0xff, 0x80, 0x7f, random()][random() % 5]!;
        }
      }
      if (failureOf(name, bytes) !== null) refused++;
    }
    expect(refused).toBeGreaterThan(RUNS / 10);
  });

  it("give what protobufjs gives, or are refused", () => {
    const random = generator(4711);
    let same = 0;
    for (let run = 0; run < 20_000; run++) {
      const bytes = new Uint8Array(1 + (random() % 12));
      for (let index = 0; index < bytes.length; index++) bytes[index] = random() % 3 === 0 ? random() : random() % 32;
      const slab = live.newSlab(64);
      slab.bytes.set(bytes);
      let ours: unknown;
      try {
        ours = live.codec("Tree").decode(slab, 0, bytes.length);
      } catch {
        continue;
      }
      expect(ours).toEqual(oracle.decode("test.Tree", bytes));
      same++;
    }
    expect(same).toBeGreaterThan(500);
  });
});

const bytes = (...values: number[]) => Uint8Array.from(values);

describe("a body", () => {
  it("that ends anywhere inside a field is refused", () => {
    const value = fc.sample(oracle.values("test.Plain"), { numRuns: 1, seed: 3 })[0];
    const whole = oracle.encode("test.Plain", value);
    const bounds = fieldBounds(whole);
    for (let length = 0; length < whole.length; length++) {
      const failure = failureOf("Plain", whole.slice(0, length));
      if (bounds.has(length)) expect(failure).toBeNull();
      else expect(failure).toMatch(/^test\.Plain: /);
    }
  });

  it("with a length beyond its end is refused, however large", () => {
    for (const length of [[5], [0x7f], [0xff, 0x7f], [0xff, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff, 0xff, 0xff, 0x7f]]) {
      expect(failureOf("Plain", bytes(0x72, ...length, 1, 2))).toMatch(/beyond the message|longer than 32 bits/);
      expect(failureOf("Plain", bytes(0x7a, ...length, 1, 2))).toMatch(/beyond the message|longer than 32 bits/);
      expect(failureOf("Outer", bytes(0x0a, ...length, 1, 2))).toMatch(/beyond the message|longer than 32 bits/);
    }
  });

  it("with a varint of more than 10 bytes is refused", () => {
    const long = bytes(0x18, ...Array<number>(10).fill(0x80), 1);
    expect(failureOf("Plain", long)).toBe("test.Plain: a varint is longer than 10 bytes");
    expect(failureOf("Plain", bytes(0x20, ...Array<number>(10).fill(0x80), 1))).toMatch(/longer than 10 bytes/);
    expect(failureOf("Plain", bytes(...Array<number>(12).fill(0xff)))).not.toBeNull();
  });

  it("with a packed run whose length is no multiple of its values is refused", () => {
    // Field 2048 of Repeated is fixed32: its run has the tag 2048 << 3 | 2.
    const { number } = files[0]!.messages
      .find(({ name }) => name === "Repeated")!
      .fields.find(({ name }) => name === "fFixed32")!;
    const tag = number * 8 + 2;
    const head = [(tag & 0x7f) | 0x80, ((tag >> 7) & 0x7f) | 0x80, tag >> 14];
    expect(failureOf("Repeated", bytes(...head, 8, 1, 0, 0, 0, 2, 0, 0, 0))).toBeNull();
    expect(failureOf("Repeated", bytes(...head, 7, 1, 0, 0, 0, 2, 0, 0))).toMatch(/middle of a field/);
  });

  it("with field number 0, an unknown wire type or a stray end of a group is refused", () => {
    expect(failureOf("Plain", bytes(0, 1))).toMatch(/number 0/);
    expect(failureOf("Plain", bytes(0x66, 1))).toMatch(/wire type 6/);
    expect(failureOf("Plain", bytes(0x67, 1))).toMatch(/wire type 7/);
    expect(failureOf("Plain", bytes(0x64))).toMatch(/without having begun/);
  });

  it("with malformed UTF-8 is refused", () => {
    for (const text of [
      [0x80],
      [0xc0, 0x80],
      [0xc1, 0xbf],
      [0xe0, 0x80, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf0, 0x80, 0x80, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xf5, 0x80, 0x80, 0x80],
      [0xe4, 0xb8],
      [0xff],
      [...Buffer.from("a longer text that ends in a cut character "), 0xe4, 0xb8],
    ]) {
      expect(failureOf("Plain", bytes(0x72, text.length, ...text))).toBe(
        "test.Plain: a string is not well-formed UTF-8",
      );
      expect(failureOf("ByKey", bytes(0x62, text.length + 2, 0x0a, text.length, ...text))).toMatch(/UTF-8/);
    }
  });

  it("nested in itself 64 times is read, deeper is refused", () => {
    const nested = (depth: number): Uint8Array => {
      let inner: number[] = [];
      for (let level = 0; level < depth; level++) {
        const size = inner.length < 128 ? [inner.length] : [(inner.length & 0x7f) | 0x80, inner.length >> 7];
        inner = [0x12, ...size, ...inner];
      }
      return bytes(...inner);
    };
    expect(failureOf("Tree", nested(64))).toBeNull();
    expect(failureOf("Tree", nested(65))).toBe("test.Tree: messages are nested more than 64 deep");
    expect(failureOf("Holder", nested(40))).toBeNull();
    const groups = (depth: number) => bytes(...Array<number>(depth).fill(0x7b), ...Array<number>(depth).fill(0x7c));
    expect(failureOf("Nothing", groups(64))).toBeNull();
    expect(failureOf("Nothing", groups(65))).toMatch(/nested more than 64 deep/);
    expect(failureOf("Nothing", groups(60_000))).toMatch(/nested more than 64 deep/);
  });

  it("with a 64-bit integer no number holds is refused where the field is a number", () => {
    const [field] = files[0]!.messages.find(({ name }) => name === "Numbers")!.fields;
    expect(field).toMatchObject({ jsType: "number", number: 1 });
    expect(failureOf("Numbers", bytes(0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f))).toBeNull();
    expect(failureOf("Numbers", bytes(0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10))).toBe(
      "test.Numbers: 9007199254740992 is beyond what a number holds exactly",
    );
  });
});

/** Offsets at which a field of `Plain` ends: a body cut there is one with fewer fields. */
function fieldBounds(whole: Uint8Array): Set<number> {
  const bounds = new Set([0]);
  const varint = (at: number) => {
    let end = at;
    while (whole[end]! > 127) end++;
    return end + 1;
  };
  for (let at = 0; at < whole.length; ) {
    const wire = whole[at]! & 7;
    at = varint(at);
    if (wire === 0) at = varint(at);
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else {
      const begin = varint(at);
      let size = 0;
      for (let index = at; index < begin; index++) size |= (whole[index]! & 0x7f) << (7 * (index - at));
      at = begin + size;
    }
    bounds.add(at);
  }
  return bounds;
}
