/** Generated body codecs against protobufjs: what one writes the other reads, for every kind of field. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { ProtoFile } from "../../../generator/model.js";
import { EVERY_SCALAR, MESSAGES } from "./every-scalar.js";
import { type LiveMessages, liveMessages, protoFilesOf } from "./live-module.js";
import { Oracle } from "./oracle.js";

let files: readonly ProtoFile[];
let oracle: Oracle;
let live: LiveMessages;

beforeAll(async () => {
  files = protoFilesOf({ test: EVERY_SCALAR });
  oracle = new Oracle(files, [EVERY_SCALAR]);
  live = await liveMessages(files);
});

describe.each(MESSAGES)("%s", (name) => {
  const fullName = `test.${name}`;

  it("is written so that protobufjs reads the same", () => {
    const codec = live.codec(name);
    // Small, so that every kind of field meets a slab that must grow.
    const slab = live.newSlab(16);
    fc.assert(
      fc.property(oracle.values(fullName), (value) => {
        const start = slab.length;
        codec.encode(value, slab);
        const bytes = slab.bytes.slice(start, slab.length);
        expect(oracle.decode(fullName, bytes)).toEqual(value);
        expect(codec.decode(slab, start, slab.length)).toEqual(value);
        slab.length = start > 100_000 ? 0 : slab.length;
      }),
      { numRuns: 150 },
    );
  });

  it("is read as protobufjs wrote it", () => {
    const codec = live.codec(name);
    fc.assert(
      fc.property(oracle.values(fullName), (value) => {
        const bytes = oracle.encode(fullName, value);
        const slab = live.newSlab(bytes.length + 7);
        slab.bytes.fill(255);
        slab.bytes.set(bytes, 3);
        expect(codec.decode(slab, 3, 3 + bytes.length)).toEqual(value);
      }),
      { numRuns: 150 },
    );
  });
});
