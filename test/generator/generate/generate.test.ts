import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { generate } from "../../../generator/generate.js";
import { readAll, temporaryProject, writeFiles } from "../temporary-project.js";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const awkward = fileURLToPath(new URL("../targets/fixtures/awkward", import.meta.url));

const NOTHING = { diagnostics: [], written: [], removed: [], stale: [], stubs: [], reports: [] };

/** The reference project, newly generated. */
async function project(): Promise<string> {
  const root = temporaryProject();
  for (const folder of ["schema", "app"]) cpSync(join(repository, folder), join(root, folder), { recursive: true });
  await generate(root, { check: false });
  return root;
}

const edit = (root: string, path: string, change: (text: string) => string) => {
  const before = readFileSync(join(root, path), "utf8");
  const after = change(before);
  if (after === before) throw new Error(`nothing to change in ${path}`);
  writeFiles(root, { [path]: after });
};

const addWave = (text: string) =>
  text.replace(
    "      typing: notify(",
    '      /** Wave to the room. */\n      wave: request(2003, "chat.Typing", "chat.Typing"),\n      typing: notify(',
  );

it("leaves the repository as it is: what is committed is what is generated", async () => {
  expect(await generate(repository, { check: true })).toEqual(NOTHING);
});

it("writes the same bytes again, and touches no file that is right", async () => {
  for (const source of [repository, awkward]) {
    const root = temporaryProject();
    cpSync(join(source, "schema"), join(root, "schema"), { recursive: true });
    const first = await generate(root, { check: false });
    expect(first.written).toContain("generated/server/manifest.ts");
    const before = readAll(root);
    const times = Object.keys(before).map((path) => statSync(join(root, path)).mtimeMs);
    expect(await generate(root, { check: false })).toEqual(NOTHING);
    expect(readAll(root)).toEqual(before);
    expect(Object.keys(before).map((path) => statSync(join(root, path)).mtimeMs)).toEqual(times);
    rmSync(join(root, "generated"), { recursive: true });
    await generate(root, { check: false });
    expect(readAll(root)).toEqual(before);
  }
});

it("with check finds what is changed, missing and orphaned, and writes nothing", async () => {
  const root = await project();
  edit(root, "generated/server/chat.ts", (text) => `${text}\n`);
  rmSync(join(root, "generated/server/rpc.ts"));
  rmSync(join(root, "app/chat/room.ts"));
  rmSync(join(root, "schema/ids.lock.json"));
  cpSync(join(root, "generated/server/gate.ts"), join(root, "generated/server/old/gate.ts"));
  edit(root, "schema/connector.ts", (text) => text.replace("public: true", "public: false"));
  const before = readAll(root);
  const { stale, written, stubs } = await generate(root, { check: true });
  expect(readAll(root)).toEqual(before);
  expect(written).toEqual([]);
  expect(stubs.map(({ path }) => path)).toEqual(["app/chat/room.ts"]);
  expect(stale).toEqual([
    { path: "generated/client-typescript/routes.ts", kind: "changed" },
    { path: "generated/server/chat.ts", kind: "changed" },
    { path: "generated/server/manifest.ts", kind: "changed" },
    { path: "generated/server/old/gate.ts", kind: "orphaned" },
    { path: "generated/server/rpc.ts", kind: "missing" },
    { path: "schema/ids.lock.json", kind: "missing" },
    { path: "app/chat/room.ts", kind: "missing" },
  ]);
  const { removed } = await generate(root, { check: false });
  expect(removed).toEqual(["generated/server/old/gate.ts"]);
  expect(await generate(root, { check: true })).toEqual(NOTHING);
});

describe("a schema that changes", () => {
  it("adds one method to the class, and a number to the lock file", async () => {
    const root = await project();
    const [room, lock] = [readFileSync(join(root, "app/chat/room.ts"), "utf8"), readLinks(root)];
    edit(root, "schema/chat.ts", addWave);
    const { stubs, reports } = await generate(root, { check: false });
    expect(reports).toEqual([]);
    expect(stubs).toEqual([{ path: "app/chat/room.ts", kind: "extended", added: ["chat.room.wave"] }]);
    const wave = `
  /** Wave to the room. */
  wave(_request: Parameters<ChatRoom["wave"]>[0], _context: ChatContext): ReturnType<ChatRoom["wave"]> {
    return this.server.notImplemented("chat.room.wave");
  }
`;
    expect(readFileSync(join(root, "app/chat/room.ts"), "utf8")).toBe(room.replace(/\}\n$/, `${wave}}\n`));
    expect(readLinks(root)).toEqual({ ...lock, "chat.room.wave": 10 });
  });

  it("reports the method of a route that is gone, and leaves it", async () => {
    const root = await project();
    edit(root, "schema/chat.ts", (text) => text.replace(/ *\/\*\* Tell the others[^\n]*\n *typing:[^\n]*\n/, ""));
    const before = readFileSync(join(root, "app/chat/room.ts"), "utf8");
    const { reports, stubs, diagnostics } = await generate(root, { check: false });
    expect(diagnostics).toEqual([]);
    expect(stubs).toEqual([]);
    const line = before.split("\n").findIndex((text) => text.includes("  typing(")) + 1;
    expect(reports).toEqual([
      {
        message: expect.stringMatching(
          /^from now on, clients .* of version 1 .* are refused: chat\.room\.typing is gone$/,
        ),
        position: { file: "schema/chat.ts", line: 8, column: 5 },
      },
      {
        message: "chat.room.typing is no longer in the schema: nothing calls this",
        position: { file: "app/chat/room.ts", line, column: 3 },
      },
    ]);
    expect(readFileSync(join(root, "app/chat/room.ts"), "utf8")).toBe(before);
  });

  it("renames a route, and reports the method that has the old name", async () => {
    const root = await project();
    edit(root, "schema/chat.ts", (text) =>
      text
        .replace("typing: notify(", "writing: notify(")
        .replace("{ rate: { perSecond: 2", '{ was: "chat.room.typing", rate: { perSecond: 2'),
    );
    const { reports, stubs } = await generate(root, { check: false });
    expect(stubs).toEqual([{ path: "app/chat/room.ts", kind: "extended", added: ["chat.room.writing"] }]);
    expect(reports.map(({ message }) => message)).toEqual([
      "chat.room.typing is called chat.room.writing now: nothing calls this",
    ]);
    expect(readLinks(root)["chat.room.writing"]).toBe(4);
  });

  it("adds a group's file, and wires it", async () => {
    const root = await project();
    edit(root, "schema/chat.ts", (text) =>
      text.replace(
        "  handlers: {\n",
        '  handlers: {\n    lobby: { look: request(2010, "chat.Typing", "chat.Members") },\n',
      ),
    );
    const { stubs } = await generate(root, { check: false });
    expect(stubs).toEqual([
      { path: "app/chat/lobby.ts", kind: "created", added: ["chat.lobby.look"] },
      { path: "app/index.ts", kind: "extended", added: ["chat.lobby"] },
    ]);
    expect(readFileSync(join(root, "app/index.ts"), "utf8")).toContain(
      "chat: { groups: { room: Room, lobby: Lobby } },",
    );
  });

  it("and is broken writes nothing, and says what is wrong", async () => {
    const root = await project();
    edit(root, "schema/chat.ts", (text) => addWave(text).replace("2003", "2001"));
    const before = readAll(root);
    const { diagnostics, written, stubs } = await generate(root, { check: false });
    expect(diagnostics.map(({ rule, position }) => [rule, position.file])).toEqual([
      ["duplicate-message-id", "schema/chat.ts"],
    ]);
    expect([...written, ...stubs]).toEqual([]);
    expect(readAll(root)).toEqual(before);
  });
});

it("takes a relative root", async () => {
  const root = await project();
  cpSync(join(root, "generated/server/gate.ts"), join(root, "generated/server/old/gate.ts"));
  const { removed } = await generate(relative(process.cwd(), root), { check: false });
  expect(removed).toEqual(["generated/server/old/gate.ts"]);
  expect(existsSync(join(root, "generated/server/old"))).toBe(false);
});

it("says which file it could not write", async () => {
  const root = await project();
  rmSync(join(root, "generated/server/manifest.ts"));
  mkdirSync(join(root, "generated/server/manifest.ts/inside"), { recursive: true });
  const { diagnostics } = await generate(root, { check: false });
  expect(diagnostics).toMatchObject([{ rule: "file-access", position: { line: 1, column: 1 } }]);
  expect(diagnostics[0]!.position.file).toMatch(/^generated\/server\/\.?manifest\.ts/);
});

function readLinks(root: string): Record<string, number> {
  return JSON.parse(readFileSync(join(root, "schema/ids.lock.json"), "utf8")).links;
}
