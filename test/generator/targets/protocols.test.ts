/** What the targets make of protocols that are not ours. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadProject } from "../../../generator/load/index.js";
import { clientTypescriptTarget } from "../../../generator/targets/client-typescript/index.js";
import { serverTarget } from "../../../generator/targets/server/index.js";
import type { Target } from "../../../generator/targets/target.js";
import { changed, SMALL_PROTO } from "../load/small-schema.js";
import { temporaryProject } from "../temporary-project.js";

const examples = fileURLToPath(new URL("../../../examples", import.meta.url));

async function emit(target: Target, root: string): Promise<Map<string, string>> {
  const { model, diagnostics } = await loadProject(root);
  expect(diagnostics).toEqual([]);
  return new Map(target.emit(model!).map(({ path, text }) => [path, text]));
}

const project = (...changes: [string, string][]) =>
  temporaryProject({ "schema/index.ts": changed(changes), "schema/chat.proto": SMALL_PROTO });

describe("the manifest", () => {
  it("tells a key of two parts, foreign control messages, replies' ids and failures", async () => {
    const manifest = (await emit(serverTarget, join(examples, "teamtalk"))).get("manifest.ts")!;
    expect(manifest).toContain('key: "pair",');
    expect(manifest).toContain(
      `control: { kind: "foreign", timeout: 120000, heartbeat: { messageId: ${7 * 65_536 + 0x0701}, reply: "echo" }, ` +
        `kick: { messageId: ${65_536 + 0x0107}, message: IMKickUser }, login: "connector.login.login" },`,
    );
    expect(manifest).toContain("sequence: { push: 0, deduplicate: false },");
    expect(manifest).toMatch(/messageId: 65795,\n\s+replyId: 65796,\n\s+failureField: "resultCode",/);
    expect(manifest).toMatch(/messageId: 197377,\n\s+replyId: 197378,\n\s+failureField: null,/);
  });

  it("tells routes by name, the kinds' numbers, and what bodies are", async () => {
    const manifest = (await emit(serverTarget, join(examples, "pomelo"))).get("manifest.ts")!;
    expect(manifest).toContain('body: "json",');
    expect(manifest).toContain('key: "route",');
    expect(manifest).toContain("kinds: { request: 0, notify: 1, response: 2, push: 3 },");
    expect(manifest).toContain('control: { kind: "foreign", timeout: 0, heartbeat: null, kick: null, login: null },');
    expect((await emit(serverTarget, join(examples, "mir"))).get("manifest.ts")).toContain('body: "raw",');
  });
});

describe("fields of the application's own", () => {
  it("are not there when no layout has one", async () => {
    const files = await emit(serverTarget, project());
    expect([...files.keys()]).not.toContain("header-fields.ts");
    expect(files.get("chat.ts")).toContain("HandlerContext<SessionData>;");
  });

  it("reach handlers with their types and comments", async () => {
    const root = project(
      ["import {", "import { bit, bits, bytes, constant, control, id, none, reserved, text, u8,"],
      [
        "const chat =",
        `const other = layout({}, {
  length: u16(role.length()),
  sequence: u32(role.sequence()),
  messageId: u16(role.messageId()),
  errorCode: u16(role.errorCode()),
  /** Where the device is. */
  zone: u16(),
  device: u64(),
  name: text("u8"),
  token: bytes(4),
  flag: bits({}, { urgent: bit(1), unused: bit(7, reserved()) }),
  magic: u8(constant(3)),
});
const brief = layout({}, {
  length: u16(role.length()),
  sequence: u32(role.sequence()),
  messageId: u16(role.messageId()),
  errorCode: u16(role.errorCode()),
  zone: text("u8"),
});
const chat =`,
      ],
      [
        "protocols: {",
        `protocols: {
    other: protocol({ request: other, response: header, control: none() }),
    brief: protocol({ request: brief, response: brief, control: none() }),`,
      ],
    );
    const files = await emit(serverTarget, root);
    expect(
      files.get("header-fields.ts")!.split("\n").slice(1).join("\n"),
    ).toBe(`/** The application's own fields of a request's header. What the client's protocol does not have is undefined. */
export interface RequestFields {
  /** Where the device is. */
  readonly zone?: number | string | undefined;
  readonly device?: bigint | undefined;
  readonly name?: string | undefined;
  readonly token?: Uint8Array | undefined;
  readonly urgent?: number | undefined;
}

/** The same of its answer, for a handler to set. What the client's protocol does not have goes nowhere. */
export interface ReplyFields {
  zone?: string | undefined;
}
`);
    expect(files.get("chat.ts")).toContain("HandlerContext<SessionData, RequestFields, ReplyFields>;");
    expect(files.get("index.ts")).toContain('export type { ReplyFields, RequestFields } from "./header-fields.js";');
    expect(files.get("layouts.ts")).toContain('fields: ["zone", "device", "name", "token", "urgent"],');
  });

  it("are always there where every protocol has them, and start as the schema says", async () => {
    const root = project(
      ["import {", "import { u8,"],
      ["  errorCode: u16(role.errorCode()),\n", "  errorCode: u16(role.errorCode()),\n  level: u8({ initial: 3 }),\n"],
    );
    const files = await emit(serverTarget, root);
    expect(files.get("header-fields.ts")).toContain("readonly level: number;");
    expect(files.get("header-fields.ts")).toContain("  level: number;");
    expect(files.get("layouts.ts")).toContain("  level = 3;");
  });
});

describe("the client", () => {
  it("is not made where nobody speaks our handshake", async () => {
    expect(await emit(clientTypescriptTarget, join(examples, "teamtalk"))).toEqual(new Map());
  });

  it("speaks the first protocol that does, and knows the routes it carries", async () => {
    const root = project(
      ["import {", "import { id, none,"],
      [
        "const chat =",
        `const pdu = layout({}, {
  length: u16(role.length()),
  service: u16(role.service()),
  command: u16(role.messageId()),
  sequence: u16(role.sequence()),
});
const chat =`,
      ],
      [
        "protocols: {",
        'protocols: { old: protocol({ request: pdu, response: pdu, key: ["service", "messageId"], control: none() }),',
      ],
      [
        'send: request(2001, "chat.Say", "chat.Nothing"),',
        `send: request(2001, "chat.Say", "chat.Nothing", { reply: 2002 }),
      tell: notify(id(1, 1), "chat.Say"),`,
      ],
    );
    const files = await emit(clientTypescriptTarget, root);
    const routes = files.get("routes.ts")!;
    expect(routes).toContain("request: mainRequest,");
    expect(routes).toMatch(/messageId: 2001,\n\s+replyId: 2002,/);
    expect(routes).not.toContain("tell");
    expect(files.get("layouts.ts")).not.toContain("oldRequest");
  });

  it("splits keys of two parts", async () => {
    const root = project(
      ["import {", "import { id,"],
      ["  messageId: u16(role.messageId()),", "  service: u16(role.service()),\n  messageId: u16(role.messageId()),"],
      ["control: handshake()", 'key: ["service", "messageId"], control: handshake()'],
      ["request(2001,", "request(id(1, 2),"],
    );
    const routes = (await emit(clientTypescriptTarget, root)).get("routes.ts")!;
    expect(routes).toContain("pair: true,\n  controlId: 65535,");
    expect(routes).toContain("messageId: 65538,");
  });
});
