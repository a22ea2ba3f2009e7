/** How the layout language and the options of protocols reach the model, and what is said of parts that have the wrong shape. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadProject } from "../../../generator/load/index.js";
import type { Layout, Model } from "../../../generator/model.js";
import { temporaryProject } from "../temporary-project.js";
import { changed, SMALL_PROTO } from "./small-schema.js";

const examples = fileURLToPath(new URL("../../../examples", import.meta.url));

const IMPORTED =
  "bit, bits, bytes, char, constant, control, decimal, echo, f32, handshake as ours, i64, id, none, reserved, text, u8, u24, until, varint";

/** A project whose internal layout has these fields, and what `loadProject` makes of it. */
async function load(fields: string, options = "{}") {
  const root = temporaryProject({
    "schema/index.ts": changed([
      ["import {", `import { ${IMPORTED},`],
      ["internal: layout({}, {})", `internal: layout(${options}, {\n${fields}\n})`],
    ]),
    "schema/chat.proto": SMALL_PROTO,
  });
  const { model, diagnostics } = await loadProject(root);
  return {
    model,
    said: diagnostics.map(({ message, position: { line, column } }) => `${line - 25}:${column} ${message}`),
  };
}

async function internalOf(fields: string, options?: string): Promise<Layout> {
  const { model, said } = await load(fields, options);
  expect(said).toEqual([]);
  return model!.internal;
}

describe("a layout's fields", () => {
  it("have every form", async () => {
    const { fields } = await internalOf(`
a: u24(), b: i64({ byteOrder: "little" }), c: f32(), d: varint(), e: char(), f: decimal("/"),
g: until("::"), h: until("\\n", { most: 9 }), i: bytes(3), j: bytes("u24".slice(0, 1) + "16" as "u16"),
k: text(8), l: text(8, { pad: " " }), m: text("u32"), n: u8(constant(7, { onRead: "ignore" })), o: bytes(2, reserved())`);
    expect(fields.map(({ type }) => type)).toEqual([
      { kind: "integer", signed: false, bits: 24 },
      { kind: "integer", signed: true, bits: 64 },
      { kind: "float", bits: 32 },
      { kind: "varint", bits: 32 },
      { kind: "char" },
      { kind: "decimal", delimiter: "/" },
      { kind: "until", delimiter: "::", most: 255 },
      { kind: "until", delimiter: "\n", most: 9 },
      { kind: "bytes", size: 3 },
      { kind: "prefixedBytes", prefix: 16 },
      { kind: "text", size: 8, pad: 0 },
      { kind: "text", size: 8, pad: 32 },
      { kind: "prefixedText", prefix: 32 },
      { kind: "constant", bits: 8, value: 7, onRead: "ignore" },
      { kind: "reserved", size: 2 },
    ]);
    expect(fields.map(({ byteOrder }) => byteOrder).indexOf("little")).toBe(1);
    expect(fields.every(({ role, when, initial }) => role === null && when.length === 0 && initial === 0)).toBe(true);
  });

  it("share bytes from the highest bit down, or from the lowest up, or where they say", async () => {
    const { fields } = await internalOf(`
one: bits({}, { a: bit(1), b: bit(3), c: bit(4, reserved()) }),
two: bits({ first: "lowest", byteOrder: "little" }, { d: bit(1, { initial: 1 }), e: bit(11, role.flags()), f: bit(4, constant(9)) }),
three: bits({}, { g: bit(2, { at: 0 }), h: bit(6, { at: 2 }) })`);
    const placed = fields.map(({ name, type }) =>
      type.kind === "bits" ? [name, type.shift, type.bits, type.holds] : [],
    );
    expect(placed).toEqual([
      ["a", 7, 1, "value"],
      ["b", 4, 3, "value"],
      ["c", 0, 4, "reserved"],
      ["d", 0, 1, "value"],
      ["e", 1, 11, "value"],
      ["f", 12, 4, { constant: 9, onRead: "check" }],
      ["g", 0, 2, "value"],
      ["h", 2, 6, "value"],
    ]);
    expect(fields[4]).toMatchObject({ property: "flags", role: { kind: "flags" }, byteOrder: "little" });
    expect(fields[3]).toMatchObject({
      initial: 1,
      type: { group: { name: "two", bits: 16, first: true, last: false } },
    });
  });

  it("may depend on earlier ones, and stand between texts", async () => {
    const layout = await internalOf(
      `length: u16(role.length()), kindOf: u8({ initial: 4 }), a: u16({ when: { kindOf: 4 } }), b: text("u8", { when: { kindOf: [1, 2], a: { not: 0 } } })`,
      '{ start: "<", end: "\\r\\n" }',
    );
    expect([layout.start, layout.end, layout.fields[1]!.initial]).toEqual(["<", "\r\n", 4]);
    expect(layout.fields.map(({ when }) => when)).toEqual([
      [],
      [],
      [{ field: "kindOf", values: [4], not: false }],
      [
        { field: "kindOf", values: [1, 2], not: false },
        { field: "a", values: [0], not: true },
      ],
    ]);
  });

  it("name a route in text, and hold its code as the message id", async () => {
    const { fields } = await internalOf(`byCode: u8(), code: varint(role.route(), { when: { byCode: 1 } }),
name: until(" ", role.route(), { when: { byCode: 0 } })`);
    expect(fields.map(({ property }) => property)).toEqual(["byCode", "messageId", "route"]);
  });

  it.each([
    ["a: decimal()", '1:4 "delimiter" of decimal() must be a text of 1 to 16 characters; it is missing'],
    ['a: until("")', '1:10 "delimiter" of until() must be a text of 1 to 16 characters, not ""'],
    ['a: until("/", { most: 0 })', '1:17 "most" of until() must be a whole number of bytes from 1 to 65535, not 0'],
    [
      "a: text(0)",
      '1:9 "size" of text() must be a whole number of bytes from 1 to 65535, or "u8", "u16" or "u32", not 0',
    ],
    ['a: text(4, { pad: "ä" })', '1:14 "pad" of text() must be one character of ASCII, not "ä"'],
    ["a: bits({}, {})", '1:4 the group "a" has no fields'],
    ["a: bits({}, { b: u8() })", '1:15 "b" must be made by bit(), not what u8() returns'],
    ["a: bits({}, { b: bit(33) })", '1:22 "width" of bit() must be a whole number of bits from 1 to 32, not 33'],
    ["a: bits({}, { b: bit(2, constant(4)), c: bit(6) })", "1:25 the constant 4 does not fit bit(2): at most 3"],
    ["a: varint(constant(4) as never)", "1:11 varint cannot hold a constant"],
    ["a: u64({ initial: 1 })", '1:10 "initial" has no use on a'],
    ["a: u16(role.flags(), { initial: 1 })", '1:24 "initial" has no use on a'],
    [
      'a: u8(), b: u8({ when: { a: "1" as never } })',
      '1:18 "when" of u8() must be an object of earlier fields and what they must be: { kind: 2 }, { kind: [0, 2] }, { kind: { not: 3 } }, not an object',
    ],
    ["a: u8(), b: u8({ wen: { a: 1 } } as never)", '1:18 u8() has no option "wen"'],
    [
      'a: u32(role.checksum("md5" as never))',
      '1:22 "algorithm" of role.checksum() must be "crc32" or "crc32c" or "adler32" or "crc16-ccitt", not "md5"',
    ],
    [
      "a: u8(role.kind({ request: 1 } as never))",
      '1:17 "notify" of role.kind() must be a whole number from 0 on; it is missing',
    ],
    [
      "a: bytes(4, u8() as never)",
      '1:13 "meaning" of bytes() must be made by role.<name>(), constant() or reserved(), not what u8() returns',
    ],
  ])("%s is refused", async (fields, message) => {
    const { model, said } = await load(fields);
    expect(model).toBeNull();
    expect(said[0]).toBe(message);
  });
});

describe("a protocol", () => {
  const protocolOf = async (name: string): Promise<Model["protocols"][number]> => {
    const { model, diagnostics } = await loadProject(join(examples, name));
    expect(diagnostics).toEqual([]);
    return model!.protocols[0]!;
  };

  it("may be somebody else's, with a heartbeat, a kick and a login of its own", async () => {
    const { key, body, control, sequence } = await protocolOf("teamtalk");
    expect([key, body, sequence]).toEqual([["service", "messageId"], "protobuf", { push: 0, deduplicate: false }]);
    expect(control).toMatchObject({
      kind: "foreign",
      timeout: 120_000,
      heartbeat: { messageId: [7, 0x0701] },
      kick: { messageId: [1, 0x0107], message: "IM.Login.IMKickUser" },
      login: "connector.login.login",
    });
  });

  it("may have no control messages", async () => {
    const { key, body, control } = await protocolOf("pomelo");
    expect([key, body]).toEqual([["route"], "json"]);
    expect(control).toEqual({ kind: "foreign", timeout: 0, heartbeat: null, kick: null, login: null });
  });

  it("has requests whose answers have ids of their own, and a place for failures", async () => {
    const { model } = await loadProject(join(examples, "teamtalk"));
    const handlers = model!.servers.flatMap(({ groups }) => groups.flatMap((group) => group.handlers));
    expect(handlers.map(({ messageId, replyId, failure }) => [messageId, replyId, failure])).toMatchObject([
      [[1, 0x0103], [1, 0x0104], { field: "result_code" }],
      [[1, 0x0105], [1, 0x0106], { field: "result_code" }],
      [[3, 0x0301], [3, 0x0302], "silent"],
    ]);
    expect(model!.lock.messages).toEqual({
      up: { "1,259": "connector.login.login", "1,261": "connector.login.logout", "3,769": "message.message.send" },
      down: {
        "1,260": "connector.login.login",
        "1,262": "connector.login.logout",
        "3,769": "message.onMessage",
        "3,770": "message.message.send",
      },
    });
  });

  it("deduplicates with a handshake and a sequence of 32 bits", async () => {
    const load = async (from: string, to: string) => {
      const text = changed([
        ["import {", `import { ${IMPORTED},`],
        [from, to],
      ]);
      const root = temporaryProject({ "schema/index.ts": text, "schema/chat.proto": SMALL_PROTO });
      return (await loadProject(root)).model!.protocols[0]!.sequence;
    };
    expect(await load("u32(role.sequence())", "u32(role.sequence())")).toEqual({ push: "count", deduplicate: true });
    expect(await load("u32(role.sequence())", "u16(role.sequence())")).toEqual({ push: "count", deduplicate: false });
    expect(await load("control: handshake()", "control: none()")).toEqual({ push: 0, deduplicate: false });
    const zero = { push: 0, deduplicate: true };
    expect(await load("control: handshake()", "control: ours(), sequence: { push: 0 }")).toEqual(zero);
  });
});
