/** Schemas that do not load: each is one diagnostic at the place that caused it. */
import { describe, expect, it } from "vitest";
import { fileDiagnostic } from "../../../generator/file-access.js";
import { loadProject } from "../../../generator/load/index.js";
import { lineAndColumn } from "../../../generator/text-position.js";
import { temporaryProject } from "../temporary-project.js";
import { changed, SMALL_PROTO, smallProject } from "./small-schema.js";

/** Where `needle` stands in the schema, as `schema/index.ts:line:column`. */
function at(text: string, needle: string): string {
  expect(text.split(needle)).toHaveLength(2);
  const { line, column } = lineAndColumn(text, text.indexOf(needle));
  return `schema/index.ts:${line}:${column}`;
}

/** `file:line:column rule message` */
async function said(root: string): Promise<string[]> {
  const { model, diagnostics } = await loadProject(root);
  expect(model).toBeNull();
  return diagnostics.map(
    ({ rule, message, position: { file, line, column } }) => `${file}:${line}:${column} ${rule} ${message}`,
  );
}

const withIndex = (text: string, files: Record<string, string> = {}) =>
  temporaryProject({ "schema/index.ts": text, "schema/chat.proto": SMALL_PROTO, ...files });

const END = changed([]).split("\n").length;

describe("a schema that does not run", () => {
  it.each([
    [
      "a syntax error",
      { "schema/index.ts": changed([["typeId: 3,", "typeId: 3 3,"]]) },
      "schema/index.ts:11:13 schema-syntax does not parse: ',' expected",
    ],
    [
      "a syntax error in an imported file",
      { "schema/index.ts": 'import "./other.js";\n', "schema/other.ts": "export const a = ;\n" },
      "schema/other.ts:1:18 schema-syntax does not parse: Expression expected",
    ],
    [
      "a syntax error that only the compiler sees",
      { "schema/index.ts": `${changed([])}\n  const chat = 3;\n` },
      `schema/index.ts:${END + 1}:9 schema-syntax does not parse: Identifier 'chat' has already been declared`,
    ],
    [
      "JSON that is none",
      { "schema/index.ts": 'import data from "./data.json";\ndata;\n', "schema/data.json": '{\n  "a": 1,,\n}' },
      "schema/data.json:2:10 schema-syntax does not parse: Expected double-quoted property name",
    ],
    ["no file", {}, "schema/index.ts:1:1 schema-missing there is no file schema/index.ts"],
    [
      "a folder instead",
      { "schema/index.ts/x": "" },
      "schema/index.ts:1:1 schema-missing there is no file schema/index.ts",
    ],
    [
      "an import of a file that is not there",
      { "schema/index.ts": '// \nimport { a } from "./nowhere.js";\na();\n' },
      'schema/index.ts:2:19 schema-import cannot find "./nowhere.js"',
    ],
    [
      "an import of a package that is not there",
      { "schema/index.ts": 'export * from "no-such-package";\n' },
      'schema/index.ts:1:15 schema-import cannot find "no-such-package"',
    ],
    [
      "an exception",
      {
        "schema/index.ts": 'import { f } from "./other.js";\nf();\n',
        "schema/other.ts": 'export const f = () => {\n  throw new Error("no luck\\nmore");\n};\n',
      },
      "schema/other.ts:2:9 schema-throws fails while it runs: no luck",
    ],
    [
      "something thrown that is no Error",
      { "schema/index.ts": 'throw "a text";\n' },
      "schema/index.ts:1:1 schema-throws fails while it runs: threw a text, which is no Error",
    ],
    [
      "a rejected top-level await",
      { "schema/index.ts": 'await Promise.reject(new RangeError("too late"));\nexport {};\n' },
      "schema/index.ts:1:22 schema-throws fails while it runs: too late",
    ],
    [
      "no default export",
      { "schema/index.ts": "export const a = 1;\n" },
      "schema/index.ts:1:1 schema-export has no default export",
    ],
    [
      "another default export",
      { "schema/index.ts": "export default { name: 1 };\n" },
      "schema/index.ts:1:1 schema-export its default export is an object, not a schema",
    ],
    [
      "a part as default export",
      { "schema/index.ts": 'import { gate } from "gatesmith/schema";\nexport default gate("gate", { typeId: 1 });\n' },
      "schema/index.ts:1:1 schema-export its default export is what gate() returns, not a schema",
    ],
  ])("%s", async (_, files, expected) => {
    expect(await said(temporaryProject(files))).toEqual([expected]);
  });

  it("because a function does not exist says which one was meant", async () => {
    const text = changed([["handshake()", "handshke()"]]).replace("handshake,", "handshke,");
    const root = withIndex(text);
    expect(await said(root)).toEqual([
      `${at(text, "handshke() }")} schema-import "handshke" is not a function that the imported module exports`,
    ]);
    expect((await loadProject(root)).diagnostics[0]!.hint).toBe('did you mean "handshake"?');
  });

  it("because a variable does not exist is placed at the variable", async () => {
    const text = changed([["chat],", "chta],"]]);
    expect(await said(withIndex(text))).toEqual([
      `${at(text, "chta]")} schema-throws fails while it runs: chta is not defined`,
    ]);
  });
});

describe("parts of the wrong shape", () => {
  it.each<[what: string, from: string, to: string, expected: [needle: string, message: string][]]>([
    [
      "nothing at all",
      "export default defineSchema({",
      "export default defineSchema(); ({",
      [["defineSchema();", "the options of defineSchema() must be an object of options; it is missing"]],
    ],
    [
      "no list of servers",
      "servers: [",
      "servers: chat, errors: [",
      [
        ["servers: chat", '"servers" of defineSchema() must be a list of server types, not what backend() returns'],
        ["errors: [", '"errors" of defineSchema() must be an object of error codes, not a list'],
      ],
    ],
    [
      "servers that are none",
      "chat],",
      "undefined, 77, chat],",
      [
        [
          "undefined, 77",
          '"servers[2]" of defineSchema() must be made by gate(), connector() or backend(), not undefined',
        ],
        ["77, chat", '"servers[3]" of defineSchema() must be made by gate(), connector() or backend(), not 77'],
      ],
    ],
    [
      "a list of handlers",
      "handlers: {",
      "handlers: [], remotes: {",
      [
        ["handlers: []", '"handlers" of backend() must be an object of groups, not a list'],
        ["send: request", '"send" must be made by rpc(), not what request() returns'],
      ],
    ],
    [
      "a routing rule without its field",
      'sessionData("room")',
      "sessionData()",
      [["sessionData()", "sessionData needs the name of a field, not undefined"]],
    ],
    [
      "a gate's rule for a backend",
      'sessionData("room")',
      "hash() as never",
      [["hash() as never", "hash() is a gate's `choose`, and finds no backend"]],
    ],
    [
      "a backend's rule for a gate",
      'gate("gate", { typeId: 1 })',
      'gate("gate", { typeId: 1, choose: uid() })',
      [["uid() })", "uid() finds a backend, and chooses no connector"]],
    ],
    [
      "a name that is none",
      "chat],",
      "chat, connector({ typeId: 4 })],",
      [
        ["connector({ typeId", "the options of connector() must be an object of options; it is missing"],
        ["{ typeId: 4 }", '"name" of connector() must be a text: the type\'s name, not an object'],
      ],
    ],
    [
      "fields that cannot be",
      "internal: layout({}, {})",
      'internal: layout({}, { a: u64(constant(3)), b: u16(constant(70000)), c: text("u8", reserved()), d: text("u9"), e: bytes() })',
      [
        ["constant(3)", "u64 cannot hold a constant"],
        ["constant(70000)", "the constant 70000 does not fit u16: at most 65535"],
        ["reserved())", "text cannot be reserved: its size is not fixed"],
        ['"u9"', '"size" of text() must be a whole number of bytes from 1 to 65535, or "u8", "u16" or "u32", not "u9"'],
        [
          "bytes()",
          '"size" of bytes() must be a whole number of bytes from 1 to 65535, or "u8", "u16" or "u32"; it is missing',
        ],
      ],
    ],
  ])("%s", async (_, from, to, expected) => {
    const text = changed([
      [from, to],
      ["import {", "import { bytes, constant, hash, reserved, text, uid,"],
    ]);
    expect(await said(withIndex(text))).toEqual(
      expected.map(([needle, message]) => `${at(text, needle)} schema-shape ${message}`),
    );
  });
});

describe("a lock file", () => {
  it.each([
    ["that is cut off", '{\n  "format": 1,\n', "3:1 lock-file is not JSON: Expected double-quoted property name"],
    ["with conflict markers", "{\n<<<<<<< ours\n", "2:1 lock-file is not JSON: Expected property name or '}'"],
    ["that is empty", "", "1:1 lock-file is not JSON: Unexpected end of JSON input"],
    [
      "of another format",
      '{ "format": 3 }',
      '1:1 lock-file is not a lock file of format 2: "format" is not what it must be',
    ],
    [
      "in which two routes share a number",
      '{ "format": 1, "messages": { "up": {}, "down": {} },\n  "links": { "a.b": 1, "a.c": 1 }, "lineage": [], "since": {} }',
      "2:24 lock-file a.b and a.c have the same link id 1",
    ],
  ])("%s", async (_, text, expected) => {
    expect(await said(smallProject([], { "schema/ids.lock.json": text }))).toEqual([
      `schema/ids.lock.json:${expected}`,
    ]);
  });
});

describe("a file that the system refuses", () => {
  it("is one diagnostic, and anything else is thrown on", () => {
    const refusal = Object.assign(new Error("EACCES: permission denied"), {
      code: "EACCES",
      path: "/a/schema/x.proto",
    });
    expect(fileDiagnostic("/a", refusal)).toMatchObject({
      rule: "file-access",
      message: "EACCES: permission denied",
      position: { file: "schema/x.proto", line: 1, column: 1 },
    });
    expect(() => fileDiagnostic("/a", new Error("ours"))).toThrow("ours");
  });
});
