/** Messages of every kind with their JSON codecs, compiled once for the tests of the JSON mapping. */
import { expect } from "vitest";
import { liveJson, protoFilesOf } from "./live-module.js";

const SOURCE = `syntax = "proto3";
package test;
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";

enum Color { option allow_alias = true; NONE = 0; RED = 1; ROT = 1; NEGATIVE = -1; }

message All {
  int32 int32 = 1; uint32 uint32 = 2; int64 int64 = 3; uint64 uint64 = 4; float float = 5; double double = 6; bool bool = 7;
  string string = 8; bytes bytes = 9; Color color = 10; All all = 11; optional int32 maybe = 12;
  repeated int32 numbers = 13; repeated Color colors = 14; repeated All nested = 15;
  map<string, int32> by_text = 16; map<int32, string> by_int = 17; map<bool, string> by_bool = 18; map<uint64, string> by_big = 19;
  oneof one { string text = 20; int32 number = 21; google.protobuf.NullValue nothing = 22; google.protobuf.Value value = 23; }
  int64 as_number = 24 [jstype = JS_NUMBER]; int64 as_text = 25 [jstype = JS_STRING];
  string renamed = 26 [json_name = "@new \\"name\\" \${x}"];
}
message Known {
  google.protobuf.Timestamp time = 1; google.protobuf.Duration span = 2; google.protobuf.FieldMask mask = 3;
  google.protobuf.Struct struct = 4; google.protobuf.Value value = 5; google.protobuf.ListValue list = 6; google.protobuf.Any any = 7;
  google.protobuf.Empty empty = 8; google.protobuf.Int64Value big = 9; google.protobuf.StringValue text = 10;
  google.protobuf.BytesValue bytes = 11; google.protobuf.BoolValue bool = 12; google.protobuf.FloatValue float = 13;
}
message Small { int32 a = 1; string b = 2; }
`;

const PROTO2 = `syntax = "proto2";
package old;
enum Kind { ONE = 1; TWO = 2; }
message Old {
  required int32 must = 1; optional Kind kind = 2; optional group Part = 3 { optional string name = 1; }
  optional int32 low = 4 [default = -1]; extensions 100 to max;
}
extend Old { optional int32 extra = 100; }
`;

export const live = await liveJson(protoFilesOf({ test: SOURCE, old: PROTO2 }));

// biome-ignore lint/suspicious/noExplicitAny: the messages are compiled at run time.
export function read(name: string, json: string | Uint8Array): any {
  const bytes = typeof json === "string" ? Buffer.from(json) : json;
  const slab = live.newSlab(bytes.length + 10);
  slab.bytes.fill(0x39);
  slab.bytes.set(bytes, 5);
  return live.codec(`${name}Json`).decode(slab, 5, 5 + bytes.length);
}

export function write(name: string, value: unknown): string {
  const slab = live.newSlab(16);
  slab.length = 3;
  live.codec(`${name}Json`).encode(value, slab);
  return Buffer.from(slab.bytes.subarray(3, slab.length)).toString("utf8");
}

export function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(live.exports.BodyError);
    return (error as Error).message;
  }
  throw new Error("was taken");
}

export const all = (fields: object) => ({ ...live.codec("All").create(), ...fields });
export const known = (fields: object) => ({ ...live.codec("Known").create(), ...fields });
