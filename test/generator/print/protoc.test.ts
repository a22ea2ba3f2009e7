/** Generated body codecs against `protoc --encode` and `--decode`: what one writes the other reads, proto3 and proto2. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unknownFields } from "../../../wire/unknown-fields.js";
import { Protoc } from "../../support/protoc.js";
import { type LiveMessages, liveMessages, protoFilesOf } from "./live-module.js";

const PROTO3 = `syntax = "proto3";
package game;
import "google/protobuf/timestamp.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/any.proto";
import "shapes.proto";

enum Color { NONE = 0; RED = 1; NEGATIVE = -1; }

message Everything {
  double double = 1; float float = 2; int32 int32 = 3; int64 int64 = 4; uint32 uint32 = 5; uint64 uint64 = 6; sint32 sint32 = 7;
  sint64 sint64 = 8; fixed32 fixed32 = 9; fixed64 fixed64 = 10; sfixed32 sfixed32 = 11; sfixed64 sfixed64 = 12; bool bool = 13;
  string string = 14; bytes bytes = 15; Color color = 16;
  repeated sint32 packed = 17; repeated int64 loose = 18 [packed = false]; repeated string texts = 19; repeated Inner inners = 20;
  map<string, Inner> by_text = 21; map<sint64, bool> by_number = 22; optional int32 maybe = 23;
  oneof choice { string text = 24; Inner inner = 25; }
  google.protobuf.Timestamp at = 26; google.protobuf.Value value = 27; google.protobuf.Any any = 28;
  shapes.Old old = 536870911;
  message Inner { string name = 1; Everything deeper = 2; }
}
`;

const PROTO2 = `syntax = "proto2";
package shapes;

enum Kind { ROUND = 3; FLAT = 5; }

message Old {
  required int32 must = 1;
  optional Kind kind = 2 [default = FLAT];
  repeated int32 loose = 3;
  repeated Kind packed = 4 [packed = true];
  optional group Part = 16 { optional string name = 1; repeated group Inner = 2 { required bool yes = 1; } }
  extensions 100 to 199;
}
extend Old { optional string extra = 150; }
`;

const FILES = { game: PROTO3, shapes: PROTO2 };

let protoc: Protoc;
let live: LiveMessages;

beforeAll(async () => {
  protoc = await Protoc.of(FILES);
  live = await liveMessages(protoFilesOf(FILES));
});

afterAll(() => protoc.close());

const inner = (name: string, deeper?: object) => ({ name, deeper });
const everything = (fields: object) => ({ ...live.codec("Everything").create(), ...fields });

/** Message, our value, protoc's text. */
const cases: [string, string, () => object, string][] = [
  ["nothing", "Everything", () => everything({}), ""],
  [
    "every scalar",
    "Everything",
    () =>
      everything({
        double: -1.5e300,
        float: Math.fround(0.1),
        int32: -5,
        int64: -9223372036854775808n,
        uint32: 4294967295,
        uint64: 18446744073709551615n,
        sint32: -2147483648,
        sint64: 9223372036854775807n,
        fixed32: 1,
        fixed64: 2n,
        sfixed32: -3,
        sfixed64: -4n,
        bool: true,
        string: 'aé語𝄞"\n',
        bytes: Uint8Array.of(0, 255, 34),
        color: -1,
      }),
    `double: -1.5e+300 float: 0.1 int32: -5 int64: -9223372036854775808 uint32: 4294967295 uint64: 18446744073709551615
     sint32: -2147483648 sint64: 9223372036854775807 fixed32: 1 fixed64: 2 sfixed32: -3 sfixed64: -4 bool: true
     string: "aé語𝄞\\"\\n" bytes: "\\000\\377\\"" color: NEGATIVE`,
  ],
  [
    "what repeats and nests",
    "Everything",
    () =>
      everything({
        packed: [0, -1, 1000],
        loose: [0n, -1n],
        texts: ["", "x".repeat(300)],
        inners: [inner(""), inner("a", everything({ int32: 7 }))],
        byText: new Map([["k", inner("v")]]),
        byNumber: new Map([[-1n, true]]),
        maybe: 0,
        choice: { case: "inner", value: inner("chosen") },
      }),
    `packed: [0, -1, 1000] loose: [0, -1] texts: "" texts: "${"x".repeat(300)}" inners {} inners { name: "a" deeper { int32: 7 } }
     by_text { key: "k" value { name: "v" } } by_number { key: -1 value: true } maybe: 0 inner { name: "chosen" }`,
  ],
  [
    "protobuf's own messages",
    "Everything",
    () =>
      everything({
        choice: { case: "text", value: "" },
        at: { seconds: 5n, nanos: 6 },
        value: { kind: { case: "listValue", value: { values: [{ kind: { case: "boolValue", value: false } }] } } },
        any: { typeUrl: "x/shapes.Old", value: Uint8Array.of(8, 1) },
      }),
    `text: "" at { seconds: 5 nanos: 6 } value { list_value { values { bool_value: false } } }
     any { type_url: "x/shapes.Old" value: "\\010\\001" }`,
  ],
  [
    "proto2 in proto3",
    "Everything",
    () =>
      everything({ old: { must: 0, kind: 3, loose: [1, -1], packed: [5, 3], part: undefined, "[shapes.extra]": "x" } }),
    `old { must: 0 kind: ROUND loose: 1 loose: -1 packed: [FLAT, ROUND] [shapes.extra]: "x" }`,
  ],
  [
    "groups",
    "Old",
    () => ({
      must: 1,
      kind: undefined,
      loose: [],
      packed: [],
      part: { name: "p", inner: [{ yes: true }, { yes: false }] },
      "[shapes.extra]": undefined,
    }),
    `must: 1 Part { name: "p" Inner { yes: true } Inner { yes: false } }`,
  ],
];

const fullName = (name: string) => (name === "Old" ? "shapes.Old" : "game.Everything");

describe("protoc", () => {
  it.each(cases)("encodes what we decode: %s", async (_what, name, value, text) => {
    const bytes = await protoc.encode(fullName(name), text);
    const slab = live.newSlab(bytes.length + 1);
    slab.bytes.set(bytes);
    expect(live.codec(name).decode(slab, 0, bytes.length)).toEqual(value());
  });

  it.each(cases)("decodes what we encode, and encodes it to the same bytes: %s", async (_what, name, value, text) => {
    const slab = live.newSlab(16);
    live.codec(name).encode(value(), slab);
    const bytes = Buffer.from(slab.bytes.subarray(0, slab.length));
    const theirs = await protoc.encode(fullName(name), text);
    expect(bytes.toString("hex")).toBe(Buffer.from(theirs).toString("hex"));
    expect(await protoc.encode(fullName(name), await protoc.decode(fullName(name), bytes))).toEqual(theirs);
  });

  it("sees the fields that a message keeps", async () => {
    const keeping = protoFilesOf(FILES).map((file) => ({
      ...file,
      messages: file.messages
        .filter(({ fullName }) => fullName.startsWith("shapes"))
        .map((each) => ({ ...each, unknownFields: "keep" as const, fields: each.fields.slice(0, 1) })),
    }));
    const older = await liveMessages(keeping.slice(1));
    const bytes = await protoc.encode(
      "shapes.Old",
      'must: 1 kind: ROUND loose: 5 Part { name: "p" } [shapes.extra]: "x"',
    );
    const slab = older.newSlab(256);
    slab.bytes.set(bytes);
    const message = older.codec("Old").decode(slab, 0, bytes.length);
    expect(Object.keys(message)).toEqual(["must"]);
    expect(message[unknownFields]).toHaveLength(1);
    slab.length = 0;
    older.codec("Old").encode({ ...message, must: 2 }, slab);
    const text = await protoc.decode("shapes.Old", slab.bytes.slice(0, slab.length));
    expect(text.replace(/\s+/g, " ").trim()).toBe(
      'must: 2 kind: ROUND loose: 5 Part { name: "p" } [shapes.extra]: "x"',
    );
  });
});
