/** The printed modules themselves: names, docs, imports, and that a strict compiler takes them. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  messageNames,
  printLayouts,
  printMessages,
  sessionFields,
  wireBeside,
  wireFromPackage,
} from "../../../generator/print/typescript/index.js";
import { compile } from "../compile.js";
import { temporaryProject } from "../temporary-project.js";
import { EVERY_SCALAR } from "./every-scalar.js";
import { articleInternal, articleRequest, articleResponse, everything } from "./layout-builder.js";
import { liveMessages, printedLines, protoFile, protoFilesOf } from "./live-module.js";

const wire = fileURLToPath(new URL("../../../wire", import.meta.url));

/** The lines from the one that is `first` to the next that is `}`. */
function block(lines: readonly string[], first: string): string[] {
  const start = lines.indexOf(first);
  return lines.slice(start, lines.indexOf("}", start) + 1);
}

describe("a message", () => {
  it("becomes an interface with the types of its fields", () => {
    const lines = printedLines(`
      message Line {
        string text = 1;
        optional int32 count = 2;
        repeated bytes parts = 3;
        map<string, Line> replies = 4;
        Line parent = 5;
        int64 id = 6;
        int64 sent_at = 7 [jstype = JS_NUMBER];
        uint64 token = 8 [jstype = JS_STRING];
        bool seen = 9;
        oneof body { string plain = 10; Line quoted = 11; }
      }`);
    expect(block(lines, "export interface Line {")).toEqual([
      "export interface Line {",
      "  text: string;",
      "  count?: number | undefined;",
      "  parts: Uint8Array[];",
      "  replies: Map<string, Line>;",
      "  parent?: Line | undefined;",
      "  id: bigint;",
      "  sentAt: number;",
      "  token: string;",
      "  seen: boolean;",
      "  body:",
      '    | { case: "plain"; value: string }',
      '    | { case: "quoted"; value: Line }',
      "    | { case: undefined; value?: undefined };",
      "}",
    ]);
  });

  it("keeps the comments of its source, without letting them end the comment they stand in", () => {
    const lines = printedLines(`
      // Said in a room.
      //
      // Matches /a*/ and b.
      message Line {
        // What was said.
        string text = 1;
        /* The last. */
        string last = 2;
      }`);
    const start = lines.indexOf("/**");
    expect(lines.slice(start, start + 9)).toEqual([
      "/**",
      " * Said in a room.",
      " *",
      " * Matches /a*\\/ and b.",
      " */",
      "export interface Line {",
      "  /** What was said. */",
      "  text: string;",
      "  /** The last. */",
    ]);
  });

  it("nested in another has both names", () => {
    const lines = printedLines(
      "message Outer { message Inner { enum Kind { A = 0; } Kind kind = 1; } Inner inner = 1; }",
    );
    expect(lines).toContain("export interface Outer_Inner {");
    expect(lines).toContain("export const Outer_Inner_Kind = {");
    expect(lines).toContain("  inner?: Outer_Inner | undefined;");
    const name = lines.indexOf('  name: "test.Outer.Inner",');
    expect(lines[name - 1]).toBe("export const Outer_Inner: BodyCodec<Outer_Inner> = {");
  });

  it("called like something a module needs leaves that alone", async () => {
    const file = protoFile(`
      message Map { map<string, Map> values = 1; }
      message Slab { string text = 1; }
      message BodyCodec { bytes data = 1; repeated string list = 2; }
      message Uint8Array { bytes data = 1; }
      message Error { int64 code = 1; }
      message writeSlab { Slab slab = 1; }
      enum Number { ZERO = 0; }`);
    expect(messageNames(file)).toEqual(["Number$", "Map$", "Slab", "BodyCodec", "Uint8Array$", "Error$", "writeSlab"]);
    const live = await liveMessages([file]);
    const value = { values: new Map([["a", { values: new Map() }]]) };
    const slab = live.newSlab();
    live.codec("Map$").encode(value, slab);
    expect(live.codec("Map$").decode(slab, 0, slab.length)).toEqual(value);
  });
});

describe("a module", () => {
  it("takes building blocks from where it is told, sorted, and only what it uses", () => {
    const file = protoFile("message Line { string text = 1; }");
    const model = { protoFiles: [file] };
    const imports = (text: string) => text.split("\n").filter((line) => / from "/.test(line));
    expect(imports(printMessages(file, model, wireBeside("../wire")))).toEqual([
      'import type { BodyCodec } from "../wire/body-codec.js";',
      'import { inMessage, skipField } from "../wire/body-read.js";',
      'import { beginBody, readText } from "../wire/body-text.js";',
      'import { orDefault, wrongValue } from "../wire/body-write.js";',
      'import type { Slab } from "../wire/slab.js";',
      'import { writeText } from "../wire/utf8-write.js";',
      'import { cursor, readUnsigned32, truncated } from "../wire/varint.js";',
    ]);
    expect(imports(printMessages(file, model, wireFromPackage))).toEqual(['} from "gatesmith/runtime";']);
  });

  it("is the same every time", () => {
    const print = () => {
      const files = protoFilesOf({ test: EVERY_SCALAR });
      return printMessages(files[0]!, { protoFiles: files }, wireFromPackage);
    };
    expect(print()).toBe(print());
  });

  it("uses messages and enums of other files", async () => {
    const files = protoFilesOf({
      "common/types":
        'syntax = "proto3"; package common; message Point { int32 x = 1; Axis axis = 2; } enum Axis { X = 0; Y = 1; }',
      "game/deep/move":
        'syntax = "proto3"; package game; import "common/types.proto"; message Point { string own = 1; }' +
        "message Move { common.Point to = 1; repeated common.Point path = 2; map<string, common.Point> named = 3; common.Axis axis = 4; Point own = 5; }",
    });
    const move = files.find(({ name }) => name === "game/deep/move")!;
    const text = printMessages(move, { protoFiles: files }, wireFromPackage);
    const imported = /import \{([^}]*)\} from "\.\.\/\.\.\/common\/types\.js";/.exec(text)?.[1];
    const names = imported?.split(",").map((name) => name.trim());
    expect(names?.filter((name) => name !== "")).toEqual([
      "type Axis",
      "type Point as Point_",
      "createPoint as createPoint_",
      "readPoint as readPoint_",
      "writePoint as writePoint_",
    ]);
    const live = await liveMessages(files);
    const value = {
      to: { x: 1, axis: 1 },
      path: [{ x: 2, axis: 0 }],
      named: new Map([["a", { x: 3, axis: 0 }]]),
      axis: 1,
      own: { own: "x" },
    };
    const slab = live.newSlab();
    live.codec("Move").encode(value, slab);
    expect(live.codec("Move").decode(slab, 0, slab.length)).toEqual(value);
  });

  it("compiles under strict options, whatever is in it", async () => {
    const root = temporaryProject();
    const write = (path: string, text: string) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    };
    const files = protoFilesOf({ test: EVERY_SCALAR });
    write("messages/test.ts", printMessages(files[0]!, { protoFiles: files }, wireBeside(wire)));
    const main = { name: "main", request: articleRequest, response: articleResponse };
    write("layouts.ts", printLayouts({ protocols: [main], internal: articleInternal }, wireBeside(wire)));
    const own = { name: "own", request: everything, response: everything };
    write("own.ts", printLayouts({ protocols: [own], internal: null }, wireBeside(wire)));
    expect(await compile(root, { module: "nodenext", moduleResolution: "nodenext", types: [] })).toBe("");
  });
});

describe("sessionFields", () => {
  it("gives the numbers of a message's fields", () => {
    const file = protoFile("message Data { string room = 1; int32 room_level = 7; string constructor = 9; }");
    expect([...sessionFields("test.Data", { protoFiles: [file] })]).toEqual([
      ["room", 1],
      ["roomLevel", 7],
      ["constructor", 9],
    ]);
  });
});
