import { cpSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { generate } from "../../../generator/generate.js";
import { APPLICATION_OPTIONS, compile, configure } from "../compile.js";
import { temporaryProject, writeFiles } from "../temporary-project.js";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const awkward = fileURLToPath(new URL("fixtures/awkward", import.meta.url));

async function generated(from: string, ...folders: string[]): Promise<string> {
  const root = temporaryProject();
  for (const folder of folders) cpSync(join(from, folder), join(root, folder), { recursive: true });
  const { diagnostics, reports } = await generate(root, { check: false });
  expect(diagnostics).toEqual([]);
  expect(reports).toEqual([]);
  return root;
}

describe("what is generated compiles", () => {
  it("with the reference application", async () => {
    const root = await generated(repository, "schema", "app");
    expect(await compile(root, APPLICATION_OPTIONS)).toBe("");
  });

  it("with fresh stubs, and where every name meets another", async () => {
    const root = await generated(awkward, "schema");
    expect(await compile(root, APPLICATION_OPTIONS)).toBe("");
  });

  it("for other people's clients", async () => {
    const root = temporaryProject();
    const examples = ["article", "journey", "mir", "pomelo", "teamtalk", "xinyue"];
    for (const name of examples) {
      cpSync(join(repository, "examples", name), join(root, name), { recursive: true });
      expect((await generate(join(root, name), { check: false })).diagnostics).toEqual([]);
    }
    expect(await compile(root, APPLICATION_OPTIONS)).toBe("");
  });

  it("with methods that were inserted into classes of all kinds", async () => {
    const root = await generated(repository, "schema", "app");
    const schema = readFileSync(join(root, "schema/chat.ts"), "utf8");
    writeFiles(root, {
      "schema/chat.ts": schema
        .replace("    room: {\n", '    room: {\n      wave: request(2003, "chat.Typing", "chat.SendResponse"),\n')
        .replace("      add: rpc", '      remove: rpc("chat.Member", "chat.Members"),\n      add: rpc'),
      "schema/connector.ts": readFileSync(join(root, "schema/connector.ts"), "utf8").replace(
        "      enter:",
        '      leave: request(1102, "chat.EnterRequest", "chat.EnterResponse"),\n      enter:',
      ),
      "app/gate/entry.ts": `import type * as g from '../../generated/server/index.js'
class Kept { readonly server: g.GateServer
  constructor(server: g.GateServer) { this.server = server } }
export class Entry extends Kept implements g.GateEntry { onStart() {} }
`,
    });
    configure(root, APPLICATION_OPTIONS);
    const { stubs, reports } = await generate(root, { check: false });
    expect(reports).toEqual([]);
    expect(stubs.flatMap(({ added }) => added)).toEqual([
      "gate.entry.query",
      "connector.entry.leave",
      "chat.room.wave",
      "chat.room.remove",
    ]);
    expect(await compile(root, APPLICATION_OPTIONS)).toBe("");
  });

  it("until a handler is missing, answers something else, or is wired wrongly", async () => {
    const root = await generated(repository, "schema", "app");
    writeFiles(root, {
      "app/broken.ts": `import { type ChatContext, type ChatRoom, type ChatServer, defineApplication, type SendRequest } from "../generated/server/index.js";
import application from "./index.js";
import { Room } from "./chat/room.js";
class Missing implements ChatRoom { send() { return { sentAt: 1 }; } typing() {} }
class Wrong implements ChatRoom {
  constructor(readonly server: ChatServer) {}
  send(request: SendRequest, _context: ChatContext) { return { at: request.text }; }
  typing() {}
  add() { return { names: [] }; }
}
defineApplication({ chat: { groups: { room: Wrong } } });
defineApplication({ gate: { groups: { entry: Room } }, connector: { groups: { entry: Room } }, chat: { groups: { room: Room } } });
application.servers;
new Missing();
`,
    });
    const complaints = await compile(root, { ...APPLICATION_OPTIONS, erasableSyntaxOnly: false });
    expect(complaints.match(/^app\/broken.ts\(\d+/gm)).toEqual([
      "app/broken.ts(4",
      "app/broken.ts(7",
      "app/broken.ts(11",
      "app/broken.ts(12",
      "app/broken.ts(12",
    ]);
  });
});

describe("a client compiles alone, whatever its program is set to", () => {
  const program = `import { CallError, ChatClient, ErrorCode } from "./chat/index.js";

const client = await ChatClient.connect({ gate: "http://127.0.0.1:3010", uid: "ann" });
const { members } = await client.connector.entry.enter({ room: "lobby", name: "ann" });
const off: () => void = client.chat.onChat((line) => members.push(line.text));
client.chat.room.typing({ name: "" });
try {
  const { sentAt } = await client.chat.room.send({ target: "*", text: "hi" }, { timeout: 100 });
  sentAt.toFixed();
} catch (error) {
  if (error instanceof CallError && error.code === ErrorCode.NO_SUCH_MEMBER) off();
}
client.close();
// @ts-expect-error: the field is called text
await client.chat.room.send({ target: "*", txt: "hi" });
`;
  const settings = {
    nodenext: { module: "nodenext", moduleResolution: "nodenext" },
    "a bundler": { module: "esnext", moduleResolution: "bundler" },
    "the strictest": {
      module: "preserve",
      moduleResolution: "bundler",
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
    },
  };
  for (const [name, options] of Object.entries(settings)) {
    it(name, async () => {
      const from = await generated(repository, "schema", "app");
      const root = temporaryProject({ "main.ts": program });
      mkdirSync(join(root, "chat"));
      renameSync(join(from, "generated/client-typescript"), join(root, "chat"));
      expect(await compile(root, { ...options, types: [] })).toBe("");
    });
  }
});
