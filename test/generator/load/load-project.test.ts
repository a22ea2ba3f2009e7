import { symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { loadProject } from "../../../generator/load/index.js";
import type { Model } from "../../../generator/model.js";
import { temporaryProject, writeFiles } from "../temporary-project.js";
import { changed, smallProject } from "./small-schema.js";

async function load(root: string): Promise<Model> {
  const { model, diagnostics } = await loadProject(root);
  expect(diagnostics).toEqual([]);
  return model!;
}

describe("the reference schema", () => {
  let model: Model;
  beforeAll(async () => {
    model = await load(fileURLToPath(new URL("../../..", import.meta.url)));
  });

  it("loads whole, with defaults filled in", () => {
    expect(model).toMatchObject({ name: "chat", version: 1, oldestClient: 1, session: "chat.SessionData" });
    const [gate, connector, chat] = model.servers;
    expect(gate).toMatchObject({ name: "gate", kind: "gate", choose: "leastLoaded", connectorType: "connector" });
    expect(connector).toMatchObject({ name: "connector", kind: "connector", routeBy: null, choose: null });
    expect(chat).toMatchObject({ name: "chat", kind: "backend", routeBy: { kind: "sessionData", field: "room" } });
    const [send, typing] = chat!.groups[0]!.handlers;
    expect(send).toMatchObject({
      route: "chat.room.send",
      messageId: [2001],
      public: false,
      timeout: 10_000,
      rate: { perSecond: 20, burst: 20, over: "answer" },
      maxBytes: 4096,
      order: "session",
    });
    // 65535 is the longest frame that a u16 can say, and the request header has 24 bytes.
    expect(typing).toMatchObject({ kind: "notify", response: null, maxBytes: 65_535 - 24, rate: { over: "drop" } });
    expect(chat!.pushes.map(({ overflow }) => overflow)).toEqual(["close", "latest", "close", "close"]);
  });

  it("has its layouts field by field", () => {
    const { request, response, control } = model.protocols[0]!;
    expect([request.name, response.name, model.internal.name]).toEqual(["mainRequest", "mainResponse", "internal"]);
    expect(request.fields.map(({ name, property }) => [name, property])).toEqual([
      ["length", "length"],
      ["seq", "sequence"],
      ["sentAt", "timestamp"],
      ["messageId", "messageId"],
      ["serverType", "serverType"],
      ["compressed", "compressed"],
      ["encrypted", "encrypted"],
      ["checksum", "checksum"],
    ]);
    expect(request.fields.at(-1)).toMatchObject({
      type: { kind: "integer", signed: false, bits: 32 },
      byteOrder: "big",
      role: { kind: "checksum", algorithm: "crc32", over: "body" },
    });
    expect(model.internal.fields.at(-1)).toMatchObject({ type: { kind: "prefixedText", prefix: 8 } });
    expect(control).toEqual({ kind: "handshake", heartbeat: 10_000, timeout: 25_000 });
  });

  it("remembers where everything is written", () => {
    const chat = model.servers[2]!;
    expect(model.position).toEqual({ file: "schema/index.ts", line: 8, column: 16 });
    expect(chat.position).toEqual({ file: "schema/chat.ts", line: 4, column: 21 });
    expect(chat.routeBy!.position).toEqual({ file: "schema/chat.ts", line: 6, column: 12 });
    expect(chat.groups[0]!.handlers[0]!.position).toEqual({ file: "schema/chat.ts", line: 10, column: 13 });
    expect(model.protocols[0]!.request.fields[1]!.position).toEqual({
      file: "schema/protocol.ts",
      line: 8,
      column: 12,
    });
    expect(model.errors[0]!.position).toEqual({ file: "schema/index.ts", line: 19, column: 5 });
    const line = model.protoFiles[0]!.messages.find(({ name }) => name === "ChatLine")!;
    expect(line.position).toEqual({ file: "schema/messages/chat.proto", line: 50, column: 9 });
    expect(line.fields[4]!.position).toEqual({ file: "schema/messages/chat.proto", line: 56, column: 9 });
  });

  it("brings the doc comments along", () => {
    const chat = model.servers[2]!;
    expect(chat.doc).toBe("Keeps the rooms. All members of a room are on one server.");
    expect(chat.groups[0]!.handlers[0]!.doc).toBe("Say something to the room, or to one member.");
    expect(chat.groups[0]!.remotes[0]!.doc).toBe("Adds the session to the room, and tells the members.");
    expect(chat.pushes[0]!.doc).toBe("A line was said, to everybody or to you.");
    expect(model.errors[0]!.doc).toBe("Somebody in the room has this name.");
    const [session] = model.protoFiles[0]!.messages;
    expect(session!.doc).toBe("What the cluster remembers of a session.");
    expect(session!.fields[0]!.doc).toBe("The room the session is in; empty before it enters one.");
  });

  it("is frozen to its leaves, and survives JSON", () => {
    expect(JSON.parse(JSON.stringify(model))).toEqual(model);
    const loose: string[] = [];
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== "object" || value === null) return;
      if (!Object.isFrozen(value)) loose.push(path);
      for (const [key, inner] of Object.entries(value)) visit(inner, `${path}.${key}`);
    };
    visit(model, "model");
    expect(loose).toEqual([]);
  });
});

describe("positions", () => {
  it("are those of the author, whatever the compiler moved", async () => {
    const model = await load(
      smallProject([
        [
          "const chat =",
          "const wave = (request<never>)\n    (2002, 'chat.Say',\n  'chat.Nothing'); /* 😀 */ const chat =",
        ],
        ["      send: request(2001", "      /** Waves. */ wave,   ['send']: ((  request(\n2001"],
        ['"chat.Nothing"),', '"chat.Nothing") as never)),'],
      ]),
    );
    const chat = model.servers[2]!;
    expect(chat.position).toEqual({ file: "schema/index.ts", line: 12, column: 42 });
    const [wave, send] = chat.groups[0]!.handlers;
    expect(wave!.position).toEqual({ file: "schema/index.ts", line: 10, column: 14 });
    expect(send!.position).toEqual({ file: "schema/index.ts", line: 17, column: 43 });
  });

  it("are right in the first line, and with Windows' line ends", async () => {
    const one = changed([["typeId: 3", "typeId: 0"]]);
    const flat = one.replaceAll("\n", " ");
    const { diagnostics } = await loadProject(temporaryProject({ ...small, "schema/index.ts": flat }));
    expect(diagnostics.map(({ position }) => position)).toEqual([
      { file: "schema/index.ts", line: 1, column: flat.indexOf("typeId: 0") + 1 },
    ]);
    const windows = temporaryProject({ ...small, "schema/index.ts": `\uFEFF${one.replaceAll("\n", "\r\n")}` });
    expect((await loadProject(windows)).diagnostics.map(({ position }) => position)).toEqual([
      { file: "schema/index.ts", line: 11, column: 3 },
    ]);
  });

  it("of routes made by a helper are where the helper makes them", async () => {
    const root = smallProject([
      ["const chat =", 'const ask = (id: number) =>\n  request(id, "chat.Say", "chat.Nothing");\n\nconst chat ='],
      ['send: request(2001, "chat.Say", "chat.Nothing"),', "send: ask(2001), shout: ask(2002), wave: ask(0),"],
    ]);
    const { diagnostics } = await loadProject(root);
    expect(diagnostics).toMatchObject([
      { rule: "reserved-id", position: { file: "schema/index.ts", line: 11, column: 11 } },
    ]);
  });

  it("are found through a symbolic link, and in plain JavaScript", async () => {
    const real = smallProject(
      [
        ["import {", 'import { other } from "./other.mjs";\nimport {'],
        ["chat]", "chat, other]"],
      ],
      {
        "schema/other.mjs":
          'import { backend } from "gatesmith/schema";\nexport const other = backend("other", { typeId: 3 });\n',
      },
    );
    const link = join(temporaryProject(), "link");
    symlinkSync(real, link);
    const { diagnostics } = await loadProject(link);
    expect(diagnostics).toMatchObject([
      { rule: "type-id", position: { file: "schema/other.mjs", line: 2, column: 41 } },
    ]);
  });
});

describe("doc comments", () => {
  it("may be long, and stand before variables, properties, fields and errors", async () => {
    const model = await load(
      smallProject([
        ["const header", "/** Of every frame. */\nconst header"],
        ["  sequence: u32", "  /** Counts up. */\n  sequence: u32"],
        ["const chat", "/**\n * Rooms.\n *\n * And `more`, see {@link header}.\n * @internal\n */\nconst chat"],
        ["      send: ", "      // not a doc comment\n      send: "],
        ["protocols: { main:", "protocols: { /** For phones. */ main:"],
        ["servers: [", "errors: { /** No seats. */ FULL: 1001 },\n  servers: ["],
      ]),
    );
    expect(model.servers[2]!.doc).toBe("Rooms.\n\nAnd `more`, see {@link header}.");
    expect(model.servers[2]!.groups[0]!.handlers[0]!.doc).toBe("");
    expect(model.protocols[0]!.doc).toBe("For phones.");
    expect(model.protocols[0]!.request.fields[1]!.doc).toBe("Counts up.");
    expect(model.errors).toMatchObject([{ name: "FULL", code: 1001, doc: "No seats." }]);
  });
});

describe("loading again", () => {
  it("sees every edit, also of files that are imported", async () => {
    const root = smallProject(
      [
        ["import {", 'import { version } from "./version.js";\nimport {'],
        ["version: 1", "version"],
      ],
      { "schema/version.ts": "export const version = 1;\n" },
    );
    expect((await load(root)).version).toBe(1);
    writeFiles(root, { "schema/version.ts": "export const version = 2;\n" });
    expect((await load(root)).version).toBe(2);
    writeFiles(root, { "schema/chat.proto": `${small["schema/chat.proto"]}message More {}\n` });
    expect((await load(root)).protoFiles[0]!.messages.map(({ name }) => name)).toContain("More");
    writeFiles(root, { "schema/version.ts": "export const version = ;\n" });
    expect((await loadProject(root)).diagnostics).toMatchObject([{ rule: "schema-syntax" }]);
    writeFiles(root, { "schema/version.ts": "export const version = 3;\n" });
    expect((await load(root)).version).toBe(3);
  });

  it("gives the same model, also when two loads overlap", async () => {
    const [a, b] = [smallProject(), smallProject([["version: 1", "version: 7"]])];
    const [first, second, third] = await Promise.all([load(a), load(b), load(a)]);
    expect(third).toEqual(first);
    expect([first.version, second.version]).toEqual([1, 7]);
  });
});

describe("a root", () => {
  it("may be relative", async () => {
    const { model } = await loadProject(relative(process.cwd(), smallProject()));
    expect(model?.position.file).toBe("schema/index.ts");
  });
});

describe("names that every object has", () => {
  it("pollute nothing", async () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    const root = smallProject([
      ["      send: request", '      ["__proto__"]: request(2009, "chat.Say", "chat.Nothing"),\n      send: request'],
      [
        "const chat = ",
        'const polluted = { ["__proto__"]: { constructor: rpc("chat.Say", "chat.Nothing") } };\nconst chat = ',
      ],
      ["  handlers: {\n    room", "  remotes: polluted,\n  handlers: {\n    room"],
      ["servers: [", 'errors: { ["__proto__"]: 1001, constructor: 1002 },\n  servers: ['],
    ]);
    const { model, diagnostics } = await loadProject(root);
    expect(model).toBeNull();
    expect(diagnostics.every(({ rule }) => rule === "name")).toBe(true);
    expect(diagnostics.map(({ message }) => /"(\w+)"/.exec(message)?.[1]).sort()).toEqual([
      "__proto__",
      "__proto__",
      "__proto__",
      "constructor",
      "constructor",
    ]);
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
  });
});

const small = {
  "schema/index.ts": changed([]),
  "schema/chat.proto":
    'syntax = "proto3";\npackage chat;\nmessage SessionData { string room = 1; }\nmessage Say {}\nmessage Nothing {}\n',
};
