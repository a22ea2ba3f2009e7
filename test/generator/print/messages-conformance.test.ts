/** The messages of protobuf's conformance suite against protobufjs, with random values, in both directions. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { wellKnownText } from "../../../generator/load/well-known-protos.js";
import { conformanceSources, PROTO2, PROTO3 } from "../../support/conformance.js";
import { type LiveMessages, liveMessages, protoFilesOf } from "./live-module.js";
import { Oracle } from "./oracle.js";

const sources = conformanceSources();
const files = protoFilesOf(sources);
const known = ["any", "duration", "field_mask", "struct", "timestamp", "wrappers"];
const oracle = new Oracle(files, [
  ...Object.values(sources),
  ...known.map((name) => wellKnownText(`google/protobuf/${name}.proto`)),
]);

/** Messages that require themselves: nobody can make one. */
const ENDLESS = /TestAllRequiredTypesProto2(\.NestedMessage)?$/;

const messages = files
  .flatMap((file) => file.messages)
  .filter(({ fullName }) => fullName.startsWith("protobuf_test_messages") && !ENDLESS.test(fullName))
  .map(({ fullName, name }) => ({ fullName, exported: name.replaceAll(".", "_") }));

let live: LiveMessages;

beforeAll(async () => {
  live = await liveMessages(files);
});

const encode = (name: string, value: unknown) => {
  const slab = live.newSlab(256);
  live.codec(name).encode(value, slab);
  return { slab, bytes: slab.bytes.slice(0, slab.length) };
};

describe("conformance messages", () => {
  it("are those of both files", () => {
    const names = messages.map(({ fullName }) => fullName);
    expect(names).toContain(`${PROTO2}.TestAllTypesProto2`);
    expect(names).toContain(`${PROTO3}.TestAllTypesProto3`);
    expect(names.length).toBeGreaterThan(25);
  });

  it.each(messages)("$fullName, written by us and read by protobufjs, and back", ({ fullName, exported }) => {
    fc.assert(
      fc.property(oracle.values(fullName, 2), (value) => {
        const { slab } = encode(exported, value);
        const bytes = new Uint8Array(slab.bytes.subarray(0, slab.length));
        expect(live.codec(exported).decode(slab, 0, slab.length)).toEqual(value);
        expect(oracle.decode(fullName, bytes)).toEqual(value);
        const theirs = oracle.encode(fullName, value);
        const into = live.newSlab(256);
        into.reserve(theirs.length);
        into.bytes.set(theirs);
        expect(live.codec(exported).decode(into, 0, theirs.length)).toEqual(value);
      }),
      { numRuns: fullName.includes("TestAllTypes") ? 60 : 20 },
    );
  });
});
