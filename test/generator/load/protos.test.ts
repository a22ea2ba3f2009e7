import { describe, expect, it } from "vitest";
import { loadProject } from "../../../generator/load/index.js";
import { parseProtos } from "../../../generator/load/parse-protos.js";
import { temporaryProject } from "../temporary-project.js";
import { smallProject } from "./small-schema.js";

const HEAD = 'syntax = "proto3";\n';
const position = { file: "schema/index.ts", line: 1, column: 1 };

function parse(files: Record<string, string>, pattern = "./*.proto") {
  const root = temporaryProject(
    Object.fromEntries(Object.entries(files).map(([path, text]) => [`schema/${path}`, text])),
  );
  return parseProtos(root, pattern, position);
}

function messages(text: string) {
  const { files, diagnostics } = parse({ "a.proto": HEAD + text });
  expect(diagnostics).toEqual([]);
  return files[0]!.messages;
}

describe("fields", () => {
  it("know their presence, packing, map key, oneof and 64-bit form", () => {
    const [message] = messages(`
      message All {
        int32 implicit = 1;
        optional int32 explicit = 2;
        repeated sint64 packed = 3;
        repeated sint64 loose = 4 [packed = false];
        repeated string texts = 5;
        map<string, All> children = 6;
        All child = 7;
        oneof which_one { string text = 8; Kind kind = 9; }
        int64 big = 10;
        fixed64 number = 11 [jstype = JS_NUMBER];
        uint64 text64 = 12 [jstype = JS_STRING];
        repeated Kind kinds = 13;
        oneof other { bytes raw = 14; }
      }
      enum Kind { NONE = 0; SOME = 1; }`);
    const shape = message!.fields.map(({ name, presence, packed, mapKey, oneof, jsType, type }) => {
      const typeName = type.kind === "scalar" ? type.scalar : `${type.kind} ${type.fullName}`;
      return [name, typeName, presence, packed, mapKey, oneof, jsType].join(" ");
    });
    expect(shape).toEqual([
      "implicit int32 implicit false   bigint",
      "explicit int32 explicit false   bigint",
      "packed sint64 repeated true   bigint",
      "loose sint64 repeated false   bigint",
      "texts string repeated false   bigint",
      "children message All map false string  bigint",
      "child message All explicit false   bigint",
      "text string explicit false  0 bigint",
      "kind enum Kind explicit false  0 bigint",
      "big int64 implicit false   bigint",
      "number fixed64 implicit false   number",
      "text64 uint64 implicit false   string",
      "kinds enum Kind repeated true   bigint",
      "raw bytes explicit false  1 bigint",
    ]);
    expect(message!.oneofs.map(({ name }) => name)).toEqual(["whichOne", "other"]);
  });

  it("are called as in protobuf's JSON", () => {
    const [message] = messages("message A { int32 sent_at = 1; int32 a_1_b = 2; int32 Plain = 3; int32 x__y_ = 4; }");
    expect(message!.fields.map(({ name, protoName }) => [protoName, name])).toEqual([
      ["sent_at", "sentAt"],
      ["a_1_b", "a1B"],
      ["Plain", "Plain"],
      ["x__y_", "xY"],
    ]);
  });

  it("may be called like what every object has", () => {
    const [first, second] = messages(
      "message constructor { string prototype = 1; string constructor = 2; }\nmessage hasOwnProperty { constructor toString = 1; }",
    );
    expect(first!.fields.map(({ name }) => name)).toEqual(["prototype", "constructor"]);
    expect(second!.fields[0]!.type).toEqual({ kind: "message", fullName: "constructor" });
  });
});

describe("types", () => {
  it("are flat, under their full names, with docs and positions", () => {
    const { files } = parse({
      "a.proto": `${HEAD}package im.login;\n// Outer.\nmessage Outer {\n  /* Inner.\n   * Two lines. */\n  message Inner {\n    // Deep.\n    enum Kind {\n      A = 0; // first\n      // second\n      B = 1;\n    }\n    Kind kind = 1; // trailing\n  }\n  Inner inner = 1;\n}\n`,
    });
    const [file] = files;
    expect(file).toMatchObject({ name: "a", package: "im.login" });
    expect(
      file!.messages.map(({ fullName, name, doc, position: { line, column } }) => [fullName, name, doc, line, column]),
    ).toEqual([
      ["im.login.Outer", "Outer", "Outer.", 4, 9],
      ["im.login.Outer.Inner", "Outer.Inner", "Inner.\nTwo lines.", 7, 11],
    ]);
    expect(file!.enums).toMatchObject([
      {
        fullName: "im.login.Outer.Inner.Kind",
        doc: "Deep.",
        values: [
          { name: "A", number: 0, doc: "first" },
          { name: "B", number: 1, doc: "second" },
        ],
        position: { line: 9, column: 10 },
      },
    ]);
    expect(file!.messages[1]!.fields[0]).toMatchObject({ doc: "trailing", position: { line: 14, column: 10 } });
  });

  it("are found by protobuf's scopes, and across files", () => {
    const { files, diagnostics } = parse(
      {
        "p/main.proto": `${HEAD}package a.b;\nimport "p/common.proto";\nmessage X { Y y = 1; c.Z z = 2; .a.c.Z same = 3; message Y {} }\nmessage Y {}`,
        "p/common.proto": `${HEAD}package a.c;\nmessage Z {}`,
      },
      "./**/*.proto",
    );
    expect(diagnostics).toEqual([]);
    expect(files.map(({ name }) => name)).toEqual(["p/common", "p/main"]);
    expect(files[1]!.messages[0]!.fields.map(({ type }) => type)).toEqual([
      { kind: "message", fullName: "a.b.X.Y" },
      { kind: "message", fullName: "a.c.Z" },
      { kind: "message", fullName: "a.c.Z" },
    ]);
  });

  it("of protobuf itself can be imported", () => {
    const { files, diagnostics } = parse({
      "a.proto": `${HEAD}import "google/protobuf/timestamp.proto";\nmessage A { google.protobuf.Timestamp at = 1; }`,
    });
    expect(diagnostics).toEqual([]);
    expect(files[1]).toMatchObject({
      name: "google/protobuf/timestamp",
      package: "google.protobuf",
      messages: [{ fullName: "google.protobuf.Timestamp", fields: [{ name: "seconds" }, { name: "nanos" }] }],
    });
  });

  it("come through public imports, and only through those", () => {
    const common = {
      "c.proto": `${HEAD}message C {}`,
      "user.proto": `${HEAD}import "b.proto";\nmessage U {\n  C c = 1;\n}`,
    };
    expect(parse({ ...common, "b.proto": `${HEAD}import public "c.proto";` }).diagnostics).toEqual([]);
    expect(parse({ ...common, "b.proto": `${HEAD}import "c.proto";` }).diagnostics).toMatchObject([
      {
        rule: "proto-import",
        message: 'C is declared in "c.proto", which this file does not import',
        hint: 'add: import "c.proto";',
        position: { file: "schema/user.proto", line: 4, column: 3 },
      },
    ]);
  });
});

describe("a .proto file that does not load", () => {
  it.each([
    ["message A {\n  int32 x 1;\n}", "3:11 proto-syntax does not parse: illegal token '1', '=' expected"],
    ["message A {\n", "2:11 proto-syntax does not parse: the file ends too early"],
    ["message A { int32 x = 1;\n  int32 x = 2; }", "3:9 proto-syntax does not parse: duplicate name 'x' in Type A"],
    ["message A { int32 x = 1;\n  int32 y = 1; }", "3:13 proto-syntax does not parse: duplicate id 1 in Type A"],
    ["message A { reserved 3;\n  int32 x = 3; }", "3:13 proto-syntax does not parse: id 3 is reserved in Type A"],
    ['message A { reserved "x";\n  int32 x = 3; }', "3:9 proto-syntax does not parse: name 'x' is reserved in Type A"],
    ["enum E { Z = 0; reserved 2 to max;\n  A = 2; }", "3:7 proto-syntax does not parse: id 2 is reserved in Enum E"],
    ['enum E { Z = 0; reserved "A";\n  A = 2; }', "3:3 proto-syntax does not parse: name 'A' is reserved in Enum E"],
    ["message A {}\nmessage B {}\nmessage A {}", "4:9 proto-syntax does not parse: duplicate name 'A' in Root"],
    ["message A { map<float, int32> x = 1; }", "2:17 proto-syntax does not parse: illegal type 'float'"],
    ['import "unclosed\nmessage A {}', "2:1 proto-syntax does not parse: illegal string"],
    ['import "nowhere.proto";', '2:8 proto-import there is no "nowhere.proto" to import'],
    ["message A {\n  Nope x = 1;\n}", '3:3 proto-type there is no type "Nope"'],
    ["message A {\n  repeated strng x = 1;\n}", '3:12 proto-type there is no type "strng"'],
    ["message A { map<string, Nope> x = 1; }", '2:25 proto-type there is no type "Nope"'],
    ["message A { oneof o { Nope x = 1; } }", '2:23 proto-type there is no type "Nope"'],
    ["message A { required int32 x = 1; }", "2:13 proto-unsupported proto3 has no required fields"],
    ["message A { optional group G = 1 { int32 x = 1; } }", "2:22 proto-unsupported proto3 has no groups"],
    [
      "message A { string __proto__ = 1; }",
      '2:20 proto-unsupported "__proto__" is called like something every JavaScript object has',
    ],
    ["message A {\n  extensions 100 to 200;\n}", "3:3 proto-unsupported proto3 has no extension ranges"],
    ["message A {}\nextend A { int32 x = 100; }", "3:1 proto-unsupported proto3 has no extensions"],
    [
      "message A { int32 x = 1 [default = 3]; }",
      '2:19 proto-unsupported "x" has a default, and proto3 has none but zero',
    ],
  ])("%j", (text, expected) => {
    const said = parse({ "a.proto": HEAD + text }).diagnostics.map(
      ({ rule, message, position: { line, column } }) => `${line}:${column} ${rule} ${message}`,
    );
    expect(said).toEqual([expected]);
  });

  it.each([
    ['// new\nedition = "2023";', "2:11 this file is written in edition 2023; proto2 and proto3 are supported"],
    ['syntax = "proto4";', "1:10 this file is written in proto4; proto2 and proto3 are supported"],
    [
      'syntax = "proto2";\nmessage A { oneof o { group G = 1 { optional int32 x = 2; } } }',
      "2:23 a group in a oneof is not supported",
    ],
  ])("%j", (text, expected) => {
    const { diagnostics } = parse({ "a.proto": text });
    expect(diagnostics).toMatchObject([{ rule: "proto-unsupported" }]);
    const { message, position: at } = diagnostics[0]!;
    expect(`${at.line}:${at.column} ${message}`).toBe(expected);
  });

  it("suggests what was meant", () => {
    const hint = (text: string) =>
      parse({ "a.proto": `${HEAD}package p;\n${text}`, "other.proto": HEAD }).diagnostics[0]!.hint;
    expect(hint("message Member {}\nmessage A { Membr x = 1; }")).toBe('did you mean "Member"?');
    expect(hint("message A { int23 x = 1; }")).toBe('did you mean "int32"?');
    expect(hint('import "othr.proto";')).toBe('did you mean "other.proto"?');
    expect(hint("message A { google.protobuf.Duration x = 1; }")).toBe('add: import "google/protobuf/duration.proto";');
  });

  it("is not blamed on those who use its messages", async () => {
    const root = smallProject([], {
      "schema/chat.proto":
        'syntax = "proto3";\npackage chat;\nmessage SessionData { string room = 1; }\nmessage Say { string text 1; }\nmessage Nothing {}\n',
    });
    expect((await loadProject(root)).diagnostics).toMatchObject([
      { rule: "proto-syntax", position: { line: 4, column: 27 } },
    ]);
  });

  it("that is not there is said once", async () => {
    const { diagnostics } = await loadProject(smallProject([["./*.proto", "./nowhere/*.proto"]]));
    expect(diagnostics).toMatchObject([{ rule: "proto-files", message: 'no file matches "./nowhere/*.proto"' }]);
  });
});
