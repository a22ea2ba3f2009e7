import { describe, expect, it } from "vitest";
import { loadProject } from "../../generator/load/index.js";
import { SMALL_PROTO, smallProject } from "./load/small-schema.js";

type Changes = readonly (readonly [string, string])[];

async function hash(changes: Changes = [], proto = SMALL_PROTO): Promise<string> {
  const { model, diagnostics } = await loadProject(smallProject(changes, { "schema/chat.proto": proto }));
  expect(diagnostics).toEqual([]);
  return model!.schemaHash;
}

describe("the schema's hash", () => {
  it("has 16 hexadecimal digits, and is the same from run to run", async () => {
    expect(await hash()).toMatch(/^[0-9a-f]{16}$/);
    expect(await hash()).toBe(await hash());
  });

  it.each<[string, Changes, string?]>([
    ["documentation", [["const chat", "/** Rooms. */\nconst chat"]]],
    ["positions", [["const chat", "\n\n\nconst chat"]]],
    ["limits", [['"chat.Nothing")', '"chat.Nothing", { timeout: "1s", rate: "5/s", maxBytes: 10, order: "none" })']]],
    ["the version", [["version: 1", "version: 2"]]],
    ["names of header fields", [["sequence: u32", "number: u32"]]],
    ["messages that no route uses", [], `${SMALL_PROTO}message More { int32 x = 1; }\n`],
    [
      "the order of messages",
      [],
      SMALL_PROTO.replace("message Nothing {}", "").replace("message Say", "message Nothing {}\n\nmessage Say"),
    ],
    ["heartbeats", [["handshake()", 'handshake({ heartbeat: "1s" })']]],
  ])("does not depend on %s", async (_, changes, proto) => {
    expect(await hash(changes, proto)).toBe(await hash());
  });

  it.each<[string, Changes, string?]>([
    ["message ids", [["2001", "2002"]]],
    ["who may call", [['"chat.Nothing")', '"chat.Nothing", { public: true })']]],
    ["errors", [["servers: [", "errors: { FULL: 1001 },\n  servers: ["]]],
    ["routes", [["send:", "say:"]]],
    ["kinds", [['request(2001, "chat.Say", "chat.Nothing")', 'notify(2001, "chat.Say")']]],
    ["type ids", [["typeId: 3", "typeId: 4"]]],
    [
      "routing",
      [
        ['sessionData("room")', "leastLoaded()"],
        ["import {", "import { leastLoaded,"],
      ],
    ],
    ["widths of header fields", [["sequence: u32", "sequence: u16"]]],
    ["byte orders", [["layout({}, {\n", 'layout({ byteOrder: "little" }, {\n']]],
    ["what a length counts", [["role.length()", 'role.length({ counts: "rest" })']]],
    ["names of body fields", [], SMALL_PROTO.replace("string text", "string words")],
    ["what is reserved", [], SMALL_PROTO.replace("string text = 1;", "string text = 1; reserved 2;")],
    ["field numbers", [], SMALL_PROTO.replace("text = 1", "text = 2")],
    ["field types", [], SMALL_PROTO.replace("string text", "bytes text")],
    [
      "fields of contained messages",
      [],
      `${SMALL_PROTO.replace("string text = 1;", "Inner inner = 1;")}message Inner { int32 x = 1; }\n`,
    ],
    ["the session data", [], SMALL_PROTO.replace("string room = 1;", "string room = 1; int32 level = 2;")],
  ])("depends on %s", async (_, changes, proto) => {
    expect(await hash(changes, proto)).not.toBe(await hash());
  });
});
