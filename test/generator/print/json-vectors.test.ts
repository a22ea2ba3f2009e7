/** What protobuf's JSON mapping says, case by case: what is written, and what is read. */
import { describe, expect, it } from "vitest";
import { all, known, live, read, refusal, write } from "./json-messages.js";

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
    ['{"int32":0.0010e3,"uint32":100e-2,"int64":-0}', { int32: 1, uint32: 1 }],
    [`{"int32":0.${"0".repeat(500)}1e501}`, { int32: 1 }],
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
