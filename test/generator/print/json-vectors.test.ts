/** What protobuf's JSON mapping says, case by case: what is written, what is read, what is refused. */
import { beforeAll, describe, expect, it } from "vitest";
import { type LiveMessages, liveJson, protoFilesOf } from "./live-module.js";

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

let live: LiveMessages;

beforeAll(async () => {
  live = await liveJson(protoFilesOf({ test: SOURCE, old: PROTO2 }));
});

// biome-ignore lint/suspicious/noExplicitAny: the messages are compiled at run time.
function read(name: string, json: string | Uint8Array): any {
  const bytes = typeof json === "string" ? Buffer.from(json) : json;
  const slab = live.newSlab(bytes.length + 10);
  slab.bytes.fill(0x39);
  slab.bytes.set(bytes, 5);
  return live.codec(`${name}Json`).decode(slab, 5, 5 + bytes.length);
}

function write(name: string, value: unknown): string {
  const slab = live.newSlab(16);
  slab.length = 3;
  live.codec(`${name}Json`).encode(value, slab);
  return Buffer.from(slab.bytes.subarray(3, slab.length)).toString("utf8");
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(live.exports.BodyError);
    return (error as Error).message;
  }
  throw new Error("was taken");
}

const all = (fields: object) => ({ ...live.codec("All").create(), ...fields });
const known = (fields: object) => ({ ...live.codec("Known").create(), ...fields });

describe("written", () => {
  it.each<[object, string]>([
    [{}, "{}"],
    [{ int32: -5, uint32: 4294967295, bool: true }, '{"int32":-5,"uint32":4294967295,"bool":true}'],
    [{ int64: -9223372036854775808n, uint64: 1n }, '{"int64":"-9223372036854775808","uint64":"1"}'],
    [{ asNumber: 5, asText: "6" }, '{"asNumber":"5","asText":"6"}'],
    [{ float: 0.1, double: 0.1 }, '{"float":0.1,"double":0.1}'],
    [{ float: 3.4028234663852886e38, double: 1e300 }, '{"float":3.4028235e+38,"double":1e+300}'],
    [{ float: Number.NaN, double: Number.NEGATIVE_INFINITY }, '{"float":"NaN","double":"-Infinity"}'],
    [{ float: -0, double: -0 }, '{"float":-0,"double":-0}'],
    [{ string: 'a"\\\n\u0001é語𝄞' }, '{"string":"a\\"\\\\\\n\\u0001é語𝄞"}'],
    [{ string: "a\ud800b\udc00" }, '{"string":"a\ufffdb\ufffd"}'],
    [{ bytes: Uint8Array.of(0xfb, 0xff) }, '{"bytes":"+/8="}'],
    [{ color: 1, colors: [0, 1, -1, 77] }, '{"color":"RED","colors":["NONE","RED","NEGATIVE",77]}'],
    [{ maybe: 0, numbers: [0], nested: [{}, { int32: 1 }] }, '{"maybe":0,"numbers":[0],"nested":[{},{"int32":1}]}'],
    [{ byText: new Map([["a b", 0]]), byInt: new Map([[-1, ""]]) }, '{"byText":{"a b":0},"byInt":{"-1":""}}'],
    [{ byBool: new Map([[true, "y"]]), byBig: new Map([[1n, "z"]]) }, '{"byBool":{"true":"y"},"byBig":{"1":"z"}}'],
    [{ one: { case: "text", value: "" } }, '{"text":""}'],
    [{ one: { case: "nothing", value: 0 } }, '{"nothing":null}'],
    [{ one: { case: "value", value: { kind: { case: "nullValue", value: 0 } } } }, '{"value":null}'],
    [{ renamed: "x" }, '{"@new \\"name\\" \x24{x}":"x"}'],
  ])("$1", (value, text) => {
    expect(write("All", value)).toBe(text);
    expect(JSON.parse(text)).toBeDefined();
  });

  it.each<[object, string]>([
    [{ time: { seconds: 0n, nanos: 0 } }, '{"time":"1970-01-01T00:00:00Z"}'],
    [{ time: { seconds: -62135596800n, nanos: 0 } }, '{"time":"0001-01-01T00:00:00Z"}'],
    [{ time: { seconds: 253402300799n, nanos: 999999999 } }, '{"time":"9999-12-31T23:59:59.999999999Z"}'],
    [{ time: { seconds: -1n, nanos: 10_000_000 } }, '{"time":"1969-12-31T23:59:59.010Z"}'],
    [{ time: { seconds: 1n, nanos: 10_000 } }, '{"time":"1970-01-01T00:00:01.000010Z"}'],
    [{ span: { seconds: 3n, nanos: 0 } }, '{"span":"3s"}'],
    [{ span: { seconds: 0n, nanos: -500_000_000 } }, '{"span":"-0.500s"}'],
    [{ span: { seconds: -315576000000n, nanos: -1 } }, '{"span":"-315576000000.000000001s"}'],
    [{ mask: { paths: ["a", "foo_bar.baz_qux"] } }, '{"mask":"a,fooBar.bazQux"}'],
    [{ mask: { paths: [] } }, '{"mask":""}'],
    [{ empty: {} }, '{"empty":{}}'],
    [{ big: { value: 0n }, text: { value: "" } }, '{"big":"0","text":""}'],
    [{ bytes: { value: Uint8Array.of(1) }, bool: { value: false } }, '{"bytes":"AQ==","bool":false}'],
    [{ list: { values: [] }, struct: { fields: new Map() } }, '{"struct":{},"list":[]}'],
    [
      { value: { kind: { case: "listValue", value: { values: [{ kind: { case: "numberValue", value: 1.5 } }] } } } },
      '{"value":[1.5]}',
    ],
    [{ any: { typeUrl: "", value: new Uint8Array(0) } }, '{"any":{}}'],
    [{ any: { typeUrl: "x/test.Small", value: new Uint8Array(0) } }, '{"any":{"@type":"x/test.Small"}}'],
    [{ any: { typeUrl: "x/test.Small", value: Uint8Array.of(8, 5) } }, '{"any":{"@type":"x/test.Small","a":5}}'],
    [
      { any: { typeUrl: "x/google.protobuf.Duration", value: Uint8Array.of(8, 5) } },
      '{"any":{"@type":"x/google.protobuf.Duration","value":"5s"}}',
    ],
  ])("$1", (value, text) => {
    expect(write("Known", value)).toBe(text);
    expect(read("Known", text)).toEqual(known(value));
  });

  it.each<[string, object, string]>([
    ["All", { int32: "5" }, 'test.All.int32: expected an integer from -2147483648 to 2147483647, got "5"'],
    ["All", { nested: [{ string: 5 }] }, "test.All.string: expected a string, got 5"],
    ["All", { numbers: [1, 1.5] }, "test.All.numbers[1]: expected an integer"],
    ["All", { byText: { a: 1 } }, "test.All.byText: expected a Map, got an object"],
    ["All", { one: { case: "nope", value: 1 } }, "test.All.one: expected one of text, number, nothing, value"],
    ["Known", { time: { seconds: 253402300800n, nanos: 0 } }, "google.protobuf.Timestamp.seconds: expected a bigint"],
    ["Known", { time: { seconds: 0n, nanos: -1 } }, "google.protobuf.Timestamp.nanos: expected an integer from 0"],
    ["Known", { span: { seconds: 1n, nanos: -1 } }, "google.protobuf.Duration.nanos: expected"],
    ["Known", { span: { seconds: 315576000001n, nanos: 0 } }, "google.protobuf.Duration.seconds: expected"],
    ["Known", { mask: { paths: ["fooBar"] } }, "google.protobuf.FieldMask.paths: expected names of fields"],
    ["Known", { mask: { paths: ["foo__bar"] } }, "google.protobuf.FieldMask.paths: expected names of fields"],
    ["Known", { mask: { paths: ["foo_1"] } }, "google.protobuf.FieldMask.paths: expected names of fields"],
    ["Known", { value: { kind: { case: undefined } } }, "google.protobuf.Value.kind: expected one of its members"],
    ["Known", { value: { kind: { case: "numberValue", value: Number.NaN } } }, "google.protobuf.Value.numberValue"],
    ["Known", { any: { typeUrl: "x/test.Nope", value: new Uint8Array(0) } }, "expected a message that is known here"],
    ["Known", { any: { typeUrl: "test.Small", value: new Uint8Array(0) } }, "expected a message that is known here"],
    ["Known", { any: { typeUrl: "x/test.Small", value: Uint8Array.of(8) } }, "ends in the middle of a field"],
    ["Old", {}, "old.Old.must: required, and missing"],
    ["Old", { must: 1, kind: 3 }, "old.Old.kind: expected a value of old.Kind, got 3"],
  ])("never: $0 $2", (name, value, message) => {
    expect(refusal(() => write(name, value))).toContain(message);
  });

  it("leaves the slab as it was when it refuses", () => {
    const slab = live.newSlab(64);
    slab.length = 7;
    expect(() => live.codec("AllJson").encode({ string: "abc", nested: [5] }, slab)).toThrow();
    expect(slab.length).toBe(7);
  });

  it("does not follow a circle", () => {
    const circle: { all?: unknown } = {};
    circle.all = circle;
    expect(refusal(() => write("All", circle))).toContain("messages nested at most 64 deep");
  });
});

describe("read", () => {
  it.each<[string, object]>([
    [" { } \n", {}],
    [
      '{"int32":1,"int64":2,"uint64":"3","asNumber":4,"asText":5}',
      { int32: 1, int64: 2n, uint64: 3n, asNumber: 4, asText: "5" },
    ],
    [
      '{"int32":1e3,"uint32":2.50e1,"int64":-1.0,"uint64":"18446744073709551615"}',
      { int32: 1000, uint32: 25, int64: -1n, uint64: 18446744073709551615n },
    ],
    [
      '{"int64":9007199254740993,"uint64":1844674407370955161.5e1}',
      { int64: 9007199254740993n, uint64: 18446744073709551615n },
    ],
    ['{"int32":"1e2","uint32":"7","int64":0e999999999}', { int32: 100, uint32: 7, int64: 0n }],
    ['{"float":"NaN","double":"Infinity"}', { float: Number.NaN, double: Number.POSITIVE_INFINITY }],
    ['{"float":"-Infinity","double":"1.5e2"}', { float: Number.NEGATIVE_INFINITY, double: 150 }],
    ['{"float":0.1,"double":-0}', { float: Math.fround(0.1), double: -0 }],
    ['{"string":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud834\\udd1e語"}', { string: '"\\/\b\f\n\r\té𝄞語' }],
    ['{"bytes":"+/8="}', { bytes: Uint8Array.of(0xfb, 0xff) }],
    ['{"bytes":"-_8"}', { bytes: Uint8Array.of(0xfb, 0xff) }],
    ['{"bytes":"-_"}', { bytes: Uint8Array.of(0xfb) }],
    ['{"bytes":""}', {}],
    ['{"color":"ROT","colors":[1,"NEGATIVE",77,-1]}', { color: 1, colors: [1, -1, 77, -1] }],
    [
      '{"by_text":{"":1,"__proto__":2},"byInt":{"-1":"a","0":"b"}}',
      {
        byText: new Map([
          ["", 1],
          ["__proto__", 2],
        ]),
        byInt: new Map([
          [-1, "a"],
          [0, "b"],
        ]),
      },
    ],
    [
      '{"byBool":{"true":"a","false":"b"},"by_big":{"18446744073709551615":"c"}}',
      {
        byBool: new Map([
          [true, "a"],
          [false, "b"],
        ]),
        byBig: new Map([[18446744073709551615n, "c"]]),
      },
    ],
    ['{"int32":null,"string":null,"all":null,"maybe":null,"numbers":null,"byText":null,"text":null}', {}],
    ['{"text":null,"number":5}', { one: { case: "number", value: 5 } }],
    ['{"nothing":null}', { one: { case: "nothing", value: 0 } }],
    ['{"nothing":"NULL_VALUE"}', { one: { case: "nothing", value: 0 } }],
    ['{"value":null}', { one: { case: "value", value: { kind: { case: "nullValue", value: 0 } } } }],
    ['{"maybe":0}', { maybe: 0 }],
    ['{"@new \\"name\\" \x24{x}":"x"}', { renamed: "x" }],
    ['{"renamed":"x"}', { renamed: "x" }],
    // What is not declared is skipped, as in a protobuf body.
    ['{"unknown":[{"a":[1.5e-7,true,false,null,"\\u0041"]}],"__proto__":{"x":1},"int32":1}', { int32: 1 }],
  ])("%s", (text, value) => {
    expect(read("All", text)).toEqual(all(value));
  });

  it.each<[string, object]>([
    ['{"time":"2026-02-28T23:59:59.5+01:30"}', { time: { seconds: 1772317799n, nanos: 500_000_000 } }],
    ['{"time":"2024-02-29T00:00:00-00:00"}', { time: { seconds: 1709164800n, nanos: 0 } }],
    ['{"time":"0001-01-01T00:00:00Z"}', { time: { seconds: -62135596800n, nanos: 0 } }],
    ['{"span":"-0.5s"}', { span: { seconds: 0n, nanos: -500_000_000 } }],
    [
      '{"any":{"b":"x","@type":"x/test.Small","a":5}}',
      { any: { typeUrl: "x/test.Small", value: Uint8Array.from(Buffer.from("0805120178", "hex")) } },
    ],
    [
      '{"any":{"value":"5s","@type":"x/google.protobuf.Duration"}}',
      { any: { typeUrl: "x/google.protobuf.Duration", value: Uint8Array.of(8, 5) } },
    ],
    [
      '{"value":{"a":[null,true,"x",-1.5e1]}}',
      {
        value: {
          kind: {
            case: "structValue",
            value: {
              fields: new Map([
                [
                  "a",
                  {
                    kind: {
                      case: "listValue",
                      value: {
                        values: [
                          { kind: { case: "nullValue", value: 0 } },
                          { kind: { case: "boolValue", value: true } },
                          { kind: { case: "stringValue", value: "x" } },
                          { kind: { case: "numberValue", value: -15 } },
                        ],
                      },
                    },
                  },
                ],
              ]),
            },
          },
        },
      },
    ],
    ['{"big":null,"text":null,"time":null,"empty":null,"struct":null,"any":null}', {}],
    ['{"value":null}', { value: { kind: { case: "nullValue", value: 0 } } }],
    ['{"big":5,"float":"NaN"}', { big: { value: 5n }, float: { value: Number.NaN } }],
    ['{"empty":{"x":1}}', { empty: {} }],
  ])("%s", (text, value) => {
    expect(read("Known", text)).toEqual(known(value));
  });

  it("knows proto2's required fields, groups, closed enums and extensions", () => {
    const text = '{"must":0,"kind":"TWO","part":{"name":"x"},"[old.extra]":5}';
    const value = { must: 0, kind: 2, part: { name: "x" }, low: undefined, "[old.extra]": 5 };
    expect(read("Old", text)).toEqual(value);
    expect(write("Old", value)).toBe(text);
  });

  it("may begin with any value where the message is one of protobuf's own", () => {
    expect(read("Timestamp", '"1970-01-01T00:00:01Z"')).toEqual({ seconds: 1n, nanos: 0 });
    expect(read("Value", "[]")).toEqual({ kind: { case: "listValue", value: { values: [] } } });
    expect(write("Int64Value", { value: 5n })).toBe('"5"');
  });
});

describe("refused", () => {
  it.each<[string, string, string]>([
    ["All", "", "expected an object (at byte 0)"],
    ["All", "[]", "test.All: test.All: expected an object (at byte 0)"],
    ["All", "null", "expected an object"],
    ["All", "{", "the JSON ends where a key should be (at byte 1)"],
    ["All", "{} {}", "expected the end (at byte 3)"],
    ["All", "{}x", "expected the end (at byte 2)"],
    ["All", "\ufeff{}", "expected an object"],
    ["All", '{"int32":1,}', "expected a key"],
    ["All", '{,"int32":1}', "expected a key"],
    ["All", '{"int32" 1}', 'expected ":"'],
    ["All", '{"int32":1 "uint32":2}', 'expected "," or "}"'],
    ["All", "{int32:1}", "expected a key"],
    ["All", "{'int32':1}", "expected a key"],
    ["All", '{"int32":1,"int32":2}', '"int32" is there twice'],
    ["All", '{"byText":null,"by_text":{}}', '"by_text" is there twice'],
    ["All", '{"byText":{"a":1,"a":2}}', '"a" is there twice'],
    ["All", '{"text":"a","number":1}', "test.All: expected one member of one, not two"],
    ["All", '{"nothing":null,"value":null}', "expected one member of one, not two"],
    ["All", '{"int32":"a"}', "test.All.int32: expected a whole number"],
    ["All", '{"int32":""}', "test.All.int32: expected a whole number"],
    ["All", '{"int32":" 1"}', "test.All.int32: expected a whole number"],
    ["All", '{"int32":1.5}', "test.All.int32: expected a whole number"],
    ["All", '{"int32":2147483648}', "test.All.int32: expected a whole number"],
    ["All", '{"int32":01}', "test.All.int32: expected a whole number"],
    ["All", '{"int32":+1}', "test.All.int32: expected a whole number"],
    ["All", '{"int32":-}', "test.All.int32: expected a whole number"],
    ["All", '{"int32":1e}', "test.All.int32: expected a whole number"],
    ["All", '{"int32":.5}', "test.All.int32: expected a whole number"],
    ["All", '{"int32":0x1}', "test.All.int32: expected a whole number"],
    ["All", '{"int32":true}', "test.All.int32: expected a whole number"],
    ["All", '{"int32":[1]}', "test.All.int32: expected a whole number"],
    ["All", '{"int32":"NaN"}', "test.All.int32: expected a whole number"],
    ["All", '{"uint32":-1}', "test.All.uint32: expected a whole number"],
    ["All", '{"uint64":-1}', "test.All.uint64: expected a whole number"],
    ["All", '{"uint64":18446744073709551616}', "test.All.uint64: expected a whole number"],
    ["All", '{"int64":1e999999999999}', "test.All.int64: expected a whole number"],
    ["All", '{"asNumber":9007199254740993}', "test.All.asNumber: expected an integer of at most 53 bits"],
    ["All", '{"double":1e400}', "test.All.double: expected a number"],
    ["All", '{"double":NaN}', "test.All.double: expected a number"],
    ["All", '{"double":-Infinity}', "test.All.double: expected a number"],
    ["All", '{"double":"nan"}', "test.All.double: expected a number"],
    ["All", '{"double":""}', "test.All.double: expected a number"],
    ["All", '{"float":3.5e38}', "test.All.float: expected a number of 32 bits"],
    ["All", '{"bool":"true"}', "test.All.bool: expected true or false"],
    ["All", '{"bool":1}', "test.All.bool: expected true or false"],
    ["All", '{"bool":True}', "test.All.bool: expected true or false"],
    ["All", '{"string":5}', "test.All.string: expected a string"],
    ["All", '{"string":"a', "the JSON ends where a string's end should be"],
    ["All", '{"string":"a\nb"}', "expected a string's end"],
    ["All", '{"string":"\\x41"}', "expected an escaped letter"],
    ["All", '{"string":"\\u12"}', "hexadecimal digits"],
    ["All", '{"string":"\\u12', "hexadecimal digits"],
    ["All", '{"string":"\\ud834"}', "half a pair of surrogates stands alone"],
    ["All", '{"string":"\\udd1e\\ud834"}', "half a pair of surrogates stands alone"],
    ["All", '{"string":"\\ud834\\ud834"}', "half a pair of surrogates stands alone"],
    ["All", '{"bytes":"a"}', "test.All.bytes: expected bytes in base64"],
    ["All", '{"bytes":"a==="}', "test.All.bytes: expected bytes in base64"],
    ["All", '{"bytes":"ab cd"}', "test.All.bytes: expected bytes in base64"],
    ["All", '{"color":"BLUE"}', "test.All.color: expected one of NONE, RED, ROT, NEGATIVE"],
    ["All", '{"color":1.5}', "test.All.color: expected a whole number"],
    ["All", '{"color":"constructor"}', "test.All.color: expected one of"],
    ["All", '{"numbers":{}}', "test.All.numbers: expected an array"],
    ["All", '{"numbers":[1,null]}', "test.All.numbers: expected a whole number"],
    ["All", '{"numbers":[1,]}', "test.All.numbers: expected a whole number"],
    ["All", '{"numbers":[1', 'the JSON ends where "," or "]" should be'],
    ["All", '{"nested":[null]}', "test.All: expected an object"],
    ["All", '{"byText":[]}', "test.All.byText: expected an object"],
    ["All", '{"byText":{"a":null}}', "test.All.byText: expected a whole number"],
    ["All", '{"byInt":{"a":""}}', "test.All.byInt's key: expected an integer"],
    ["All", '{"byInt":{"1.0":""}}', "test.All.byInt's key: expected an integer"],
    ["All", '{"byInt":{"01":""}}', "test.All.byInt's key: expected an integer"],
    ["All", '{"byInt":{"2147483648":""}}', "test.All.byInt's key: expected an integer"],
    ["All", '{"byBool":{"1":""}}', "test.All.byBool's key: expected true or false"],
    ["All", '{"unknown":nul}', "expected a value"],
    ["All", '{"unknown":01}', "expected a value"],
    ["All", '{"unknown":}', "expected a value"],
    ["Known", '{"time":"2026-02-29T00:00:00Z"}', "google.protobuf.Timestamp: expected a time"],
    ["Known", '{"time":"2026-01-01t00:00:00Z"}', "google.protobuf.Timestamp: expected a time"],
    ["Known", '{"time":"2026-01-01T00:00:00z"}', "google.protobuf.Timestamp: expected a time"],
    ["Known", '{"time":"2026-01-01T00:00:00"}', "google.protobuf.Timestamp: expected a time"],
    ["Known", '{"time":"2026-01-01T24:00:00Z"}', "google.protobuf.Timestamp: expected a time"],
    ["Known", '{"time":"2026-01-01T00:00:60Z"}', "google.protobuf.Timestamp: expected a time"],
    ["Known", '{"time":"0000-01-01T00:00:00Z"}', "google.protobuf.Timestamp: expected a time"],
    ["Known", '{"time":"0001-01-01T00:00:00+01:00"}', "google.protobuf.Timestamp: expected a time"],
    ["Known", '{"time":"9999-12-31T23:59:59-00:01"}', "google.protobuf.Timestamp: expected a time"],
    ["Known", '{"time":{"seconds":1}}', "google.protobuf.Timestamp: expected a string"],
    ["Known", '{"span":"1"}', "google.protobuf.Duration: expected seconds"],
    ["Known", '{"span":"315576000001s"}', "google.protobuf.Duration: expected seconds"],
    ["Known", '{"span":"1.0000000001s"}', "google.protobuf.Duration: expected seconds"],
    ["Known", '{"mask":"foo_bar"}', "google.protobuf.FieldMask: expected names"],
    ["Known", '{"mask":"a,,b"}', "google.protobuf.FieldMask: expected names"],
    ["Known", '{"value":yes}', "google.protobuf.Value: expected true or false"],
    ["Known", '{"struct":[]}', "google.protobuf.Struct: expected an object"],
    ["Known", '{"struct":{"a":1,"a":2}}', '"a" is there twice'],
    ["Known", '{"list":[1', "should be"],
    ["Known", '{"any":{"a":1}}', "google.protobuf.Any: expected an @type"],
    ["Known", '{"any":{"@type":"x/test.Nope"}}', 'expected a message that is known here, not "x/test.Nope"'],
    ["Known", '{"any":{"@type":"test.Small"}}', "expected a name behind a slash"],
    ["Known", '{"any":{"@type":5}}', "expected a string"],
    ["Known", '{"any":{"@type":"x/test.Small","@type":"x/test.Small"}}', '"@type" is there twice'],
    ["Known", '{"any":{"@type":"x/google.protobuf.Duration"}}', 'expected the "value" of a google.protobuf.Duration'],
    ["Old", "{}", "old.Old.must: required, and missing"],
    ["Old", '{"must":null}', "old.Old.must: required, and missing"],
    ["Old", '{"must":1,"kind":3}', "old.Old.kind: expected a number that the enum has"],
  ])("%s %s", (name, text, message) => {
    expect(refusal(() => read(name, text))).toContain(message);
  });

  it("when it is not UTF-8", () => {
    const bytes = Buffer.concat([Buffer.from('{"string":"'), Buffer.of(0xff), Buffer.from('"}')]);
    expect(refusal(() => read("All", bytes))).toContain("not well-formed UTF-8");
    const cut = Buffer.concat([Buffer.from('{"string":"'), Buffer.of(0xe8), Buffer.from('"}')]);
    expect(refusal(() => read("All", cut))).toContain("not well-formed UTF-8");
  });

  it.each([
    ["All", '{"all":', "}", 70, "nested more than 64 deep"],
    ["All", '{"nested":[', "]}", 70, "nested more than 64 deep"],
    ["All", '{"unknown":', "}", 200, "nested more than 130 deep"],
    ["Value", "[", "]", 40, "nested more than 64 deep"],
    ["Value", '{"a":', "}", 40, "nested more than 64 deep"],
    ["Any", '{"@type":"x/google.protobuf.Any","value":', "}", 20, "at most 16 within one another"],
  ])("when it is nested too deep: %s %s", (name, open, close, times, message) => {
    const inner = name === "Any" || name === "All" ? "{}" : "0";
    expect(refusal(() => read(name, open.repeat(times) + inner + close.repeat(times)))).toContain(message);
    expect(refusal(() => read(name, open.repeat(60_000)))).toBeDefined();
    expect(() => read(name, open.repeat(10) + inner + close.repeat(10))).not.toThrow();
  });
});
