/** Generated JSON codecs against protobuf-es: what one writes the other reads as the same message, and the texts say the same. */
import {
  createFileRegistry,
  createRegistry,
  type DescMessage,
  fromBinary,
  fromJsonString,
  type Registry,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { wellKnownText } from "../../../generator/load/well-known-protos.js";
import { conformanceSources, PROTO2, PROTO3 } from "../../support/conformance.js";
import { Protoc } from "../../support/protoc.js";
import { EVERY_SCALAR, MESSAGES } from "./every-scalar.js";
import { type LiveMessages, liveJson, protoFilesOf } from "./live-module.js";
import { Oracle } from "./oracle.js";
import { wellKnownValues } from "./well-known-values.js";

const sources = { ...conformanceSources(), test: EVERY_SCALAR };
const files = protoFilesOf(sources);
const known = ["any", "duration", "field_mask", "struct", "timestamp", "wrappers"];

/** Some messages that an Any may hold: ordinary ones, one with a JSON of its own, an Any. */
const held = (depth: number): fc.Arbitrary<unknown> => {
  const names = [`${PROTO3}.ForeignMessage`, "test.Part", "google.protobuf.Timestamp", "google.protobuf.Int32Value"];
  if (depth > 0) names.push("google.protobuf.Any", `${PROTO2}.OneStringProto2`);
  const any = fc.constantFrom(...names).chain((name) =>
    oracle.values(name, depth - 1).map((value) => {
      const slab = live.newSlab(64);
      live.codec(name.slice(name.lastIndexOf(".") + 1)).encode(value, slab);
      return { typeUrl: `type.googleapis.com/${name}`, value: new Uint8Array(slab.bytes.subarray(0, slab.length)) };
    }),
  );
  return fc.oneof({ arbitrary: any, weight: 5 }, fc.constant({ typeUrl: "", value: new Uint8Array(0) }));
};

const oracle: Oracle = new Oracle(
  files,
  [...Object.values(sources), ...known.map((name) => wellKnownText(`google/protobuf/${name}.proto`))],
  wellKnownValues(held),
);

const ENDLESS = /TestAllRequiredTypesProto2(\.NestedMessage)?$/;

const messages = [
  ...MESSAGES.map((name) => ({ fullName: `test.${name}`, exported: name })),
  ...files
    .flatMap((file) => file.messages)
    .filter(({ fullName }) => !fullName.startsWith("test.") && !ENDLESS.test(fullName))
    .map(({ fullName, name }) => ({ fullName, exported: name.replaceAll(".", "_") })),
];

let live: LiveMessages;
let registry: Registry;

beforeAll(async () => {
  live = await liveJson(files);
  const protoc = await Protoc.of(sources);
  const descriptors = fromBinary(FileDescriptorSetSchema, await protoc.descriptors());
  protoc.close();
  registry = createRegistry(createFileRegistry(descriptors));
});

function encode(codec: string, value: unknown): Uint8Array {
  const slab = live.newSlab(64);
  live.codec(codec).encode(value, slab);
  return new Uint8Array(slab.bytes.subarray(0, slab.length));
}

function decode(codec: string, bytes: Uint8Array): unknown {
  const slab = live.newSlab(bytes.length + 7);
  slab.bytes.fill(0x20);
  slab.bytes.set(bytes, 3);
  return live.codec(codec).decode(slab, 3, 3 + bytes.length);
}

/** protobuf-es writes floats with the digits of the double they are. */
function comparable(json: unknown): unknown {
  if (typeof json === "number") return Math.fround(json);
  if (Array.isArray(json)) return json.map(comparable);
  if (typeof json !== "object" || json === null) return json;
  return new Map(Object.entries(json).map(([key, value]) => [key, comparable(value)]));
}

function withoutMinusZero(value: unknown): unknown {
  if (value === 0) return 0;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(withoutMinusZero);
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [key, withoutMinusZero(each)]));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutMinusZero(each)]));
}

describe("JSON", () => {
  it.each(messages)("of $fullName is written and read as protobuf-es does it", ({ fullName, exported }) => {
    const type = registry.getMessage(fullName) as DescMessage;
    fc.assert(
      fc.property(oracle.values(fullName, 2), (value) => {
        const json = encode(`${exported}Json`, value);
        const text = Buffer.from(json).toString("utf8");
        expect(decode(`${exported}Json`, json)).toEqual(value);
        const theirs = fromJsonString(type, text, { registry });
        expect(decode(exported, toBinary(type, theirs))).toEqual(value);
        const written = toJson(type, fromBinary(type, encode(exported, value)), { registry });
        expect(comparable(JSON.parse(text))).toEqual(comparable(written));
        // JavaScript's own JSON has no minus zero.
        expect(withoutMinusZero(decode(`${exported}Json`, Buffer.from(JSON.stringify(written))))).toEqual(
          withoutMinusZero(value),
        );
      }),
      { numRuns: fullName.includes("TestAllTypes") ? 40 : 60 },
    );
  });
});
