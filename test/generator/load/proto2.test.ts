import { describe, expect, it } from "vitest";
import { parseProtos } from "../../../generator/load/parse-protos.js";
import type { MessageField } from "../../../generator/model.js";
import { temporaryProject } from "../temporary-project.js";

const position = { file: "schema/index.ts", line: 1, column: 1 };

function parse(files: Record<string, string>) {
  const sources = Object.entries(files).map(([path, text]) => [`schema/${path}`, text]);
  return parseProtos(temporaryProject(Object.fromEntries(sources)), "./*.proto", position);
}

function only(text: string) {
  const { files, diagnostics } = parse({ "a.proto": text });
  expect(diagnostics).toEqual([]);
  return files[0]!;
}

const byName = (fields: readonly MessageField[]) => Object.fromEntries(fields.map((field) => [field.name, field]));

describe("a proto2 file", () => {
  it("may leave out its syntax", () => {
    expect(only("message A { required int32 x = 1; }").messages[0]!.fields[0]!.presence).toBe("required");
    expect(only("").messages).toEqual([]);
  });

  it("has presence for every field, loose repeated fields and closed enums", () => {
    const { messages, enums } = only(`syntax = "proto2";
      message A {
        optional int32 a = 1; required A b = 2; repeated int32 c = 3; repeated int32 d = 4 [packed = true];
        map<string, int32> e = 5; oneof f { int32 g = 6; }
      }
      enum E { FIRST = 7; }`);
    expect(messages[0]!.fields.map(({ name, presence, packed }) => [name, presence, packed])).toEqual([
      ["a", "explicit", false],
      ["b", "required", false],
      ["c", "repeated", false],
      ["d", "repeated", true],
      ["e", "map", false],
      ["g", "explicit", false],
    ]);
    expect(enums[0]!.closed).toBe(true);
  });

  it("declares defaults, to the last digit and byte", () => {
    const { messages } = only(`syntax = "proto2"; package a;
      message M {
        optional bytes bytes = 1 [default = "\\x00\\377\\n" 'é\\"'];
        optional float low = 2 [default = -inf];
        optional float nan = 3 [default = nan];
        optional E chosen = 4 [default = B];
        optional string text = 5 [deprecated = true, default = "a" "; b]"];
        optional uint64 most = 6 [default = 0xffffffffffffffff];
        optional int32 hexadecimal = 7 [default = -0x10];
        optional int64 octal = 8 [default = -017];
        optional sint64 least = 9 [default = -9223372036854775808];
        optional bool yes = 10 [default = true];
        optional double big = 11 [default = 1.5e300];
        optional int32 none = 12;
        enum E { A = 1; B = 2; }
      }`);
    const { bytes, low, nan, chosen, text, most, hexadecimal, octal, least, yes, big, none } = byName(
      messages[0]!.fields,
    );
    expect([low, nan, chosen, text, most].map((field) => field!.default)).toEqual([
      "-Infinity",
      "NaN",
      2,
      "a; b]",
      "18446744073709551615",
    ]);
    expect([hexadecimal, octal, least, yes, big, none].map((field) => field!.default)).toEqual([
      -16,
      "-15",
      "-9223372036854775808",
      true,
      1.5e300,
      null,
    ]);
    expect(bytes!.default).toBe(Buffer.from([0, 0xff, 10, 0xc3, 0xa9, 0x22]).toString("hex"));
  });

  it("declares groups, each a message and a field", () => {
    const { messages } = only(`syntax = "proto2"; package a;
message M {
  // Two words.
  optional group TwoWords = 201 {
    repeated group Inner = 1 { optional int32 x = 1; }
  }
  optional TwoWords same = 202;
}`);
    expect(messages.map(({ fullName, position: { line, column } }) => [fullName, line, column])).toEqual([
      ["a.M", 2, 9],
      ["a.M.TwoWords", 4, 18],
      ["a.M.TwoWords.Inner", 5, 20],
    ]);
    expect(messages[0]!.fields[0]).toMatchObject({
      protoName: "twowords",
      name: "twowords",
      number: 201,
      type: { kind: "message", fullName: "a.M.TwoWords" },
      presence: "explicit",
      group: true,
      position: { line: 4, column: 18 },
    });
    expect(messages[0]!.fields[1]).toMatchObject({ name: "same", group: false });
    expect(messages[1]!.fields[0]).toMatchObject({ name: "inner", presence: "repeated", group: true, packed: false });
  });

  it("extends messages, its own and others'", () => {
    const { files, diagnostics } = parse({
      "a.proto": 'syntax = "proto2"; package a; message M { extensions 100 to max; }',
      "b.proto": `syntax = "proto2"; package b; import "a.proto";
message Part {
  extend a.M { repeated Part parts = 101; }
}
// More.
extend a.M { optional int64 extra = 102 [default = 9007199254740993]; optional group Some = 103 {} }`,
    });
    expect(diagnostics).toEqual([]);
    expect(
      files[0]!.messages[0]!.fields.map(({ name, jsonName, number, type, default: value, group }) => [
        name,
        jsonName,
        number,
        type.kind === "scalar" ? type.scalar : type.fullName,
        value,
        group,
      ]),
    ).toEqual([
      ["[b.Part.parts]", "[b.Part.parts]", 101, "b.Part", null, false],
      ["[b.extra]", "[b.extra]", 102, "int64", "9007199254740993", false],
      ["[b.some]", "[b.some]", 103, "b.Some", null, true],
    ]);
    expect(files[0]!.messages[0]!.fields[1]!.position).toEqual({ file: "schema/b.proto", line: 6, column: 29 });
  });

  it("extends options without a word about bodies", () => {
    const { files, diagnostics } = parse({
      "a.proto": `syntax = "proto3"; package a; import "google/protobuf/descriptor.proto";
        extend google.protobuf.FieldOptions { string label = 50000; }
        message M { string text = 1 [(label) = "x", json_name = "Text!"]; }`,
    });
    expect(diagnostics).toEqual([]);
    expect(files.map(({ name }) => name)).toEqual(["a"]);
    expect(files[0]!.messages[0]!.fields[0]).toMatchObject({ name: "text", jsonName: "Text!" });
  });

  it("extends what there is", () => {
    const { diagnostics } = parse({ "a.proto": 'syntax = "proto2";\nextend Nope {\n  optional int32 x = 1;\n}' });
    expect(diagnostics).toMatchObject([
      { rule: "proto-type", message: 'there is no message "Nope" to extend', position: { line: 3, column: 18 } },
    ]);
  });

  it("may use the descriptors' messages", () => {
    const { files, diagnostics } = parse({
      "a.proto": `syntax = "proto2"; import "google/protobuf/descriptor.proto";
        message M { optional google.protobuf.FileDescriptorSet files = 1; }`,
    });
    expect(diagnostics).toEqual([]);
    expect(files.map(({ name }) => name)).toEqual(["a", "google/protobuf/descriptor"]);
  });

  it("keeps a message set as unknown groups", () => {
    const { messages } = only(`syntax = "proto2";
      message Set { option message_set_wire_format = true; extensions 4 to max; }
      message Item { extend Set { optional Item item = 1547769; } }`);
    expect(messages[0]!.fields).toEqual([]);
  });

  it("says which default is none", () => {
    const { diagnostics } = parse({
      "a.proto": 'syntax = "proto2";\nmessage A {\n  optional E e = 1 [default = NOPE]; enum E { A1 = 1; }\n}',
    });
    expect(diagnostics).toMatchObject([{ rule: "proto-syntax", position: { line: 3, column: 14 } }]);
  });
});
