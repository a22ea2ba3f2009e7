import { existsSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { ts } from "ts-morph";
import { expect, it } from "vitest";
import { loadProject } from "../../../generator/load/index.js";
import { clientTypescriptTarget } from "../../../generator/targets/client-typescript/index.js";
import { isGenerated } from "../../../generator/targets/first-line.js";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const awkward = fileURLToPath(new URL("fixtures/awkward", import.meta.url));

async function emit(root: string): Promise<Map<string, string>> {
  const { model, diagnostics } = await loadProject(root);
  expect(diagnostics).toEqual([]);
  return new Map(clientTypescriptTarget.emit(model!).map(({ path, text }) => [path, text]));
}

it("imports nothing but its own files, and has none that nothing imports", async () => {
  for (const root of [repository, awkward]) {
    const files = await emit(root);
    const imported = new Set(["index.ts"]);
    for (const [path, text] of files) {
      expect(isGenerated(text)).toBe(true);
      for (const { fileName: specifier } of ts.preProcessFile(text).importedFiles) {
        const target = posix.join(posix.dirname(path), specifier).replace(/\.js$/, ".ts");
        expect(specifier).toMatch(/^\.\.?\/.*\.js$/);
        expect([...files.keys()]).toContain(target);
        imported.add(target);
      }
    }
    expect([...files.keys()].filter((path) => !imported.has(path))).toEqual([]);
  }
});

it("shows what a client may see, and no more", async () => {
  const chat = await emit(repository);
  const all = [...chat.values()].join("\n");
  expect(chat.get("layouts.ts")).toContain("export const mainRequest");
  expect(chat.get("layouts.ts")).toContain("export const mainResponse");
  expect(chat.get("layouts.ts")).not.toMatch(/\binternal\b/);
  for (const hidden of ["SessionData", "AddMember", "Members", "room.add", "linkId", "gatesmith/runtime"]) {
    expect(all).not.toContain(hidden);
  }
  const awkwardClient = await emit(awkward);
  const places = awkwardClient.get("messages/world/places.ts")!;
  expect(places).toContain("export interface Outer_Inner ");
  expect(places).toContain("export const Outer_Kind = ");
  expect(places).not.toMatch(/Secret|interface (Outer|Nothing|Line) /);
  expect(awkwardClient.get("routes.ts")).not.toContain("connector");
});

it("is called after the schema, and gives way where a server type has the name of a member", async () => {
  expect((await emit(repository)).get("client.ts")).toContain("export class ChatClient {");
  const client = (await emit(awkward)).get("client.ts")!;
  expect(client).toContain("export class AwkwardGame2Client {");
  expect(client).toContain("  readonly state_: StateRoutes;");
  expect(client).toContain("  get state(): ConnectionState {");
});

it("carries the schema's doc comments", async () => {
  const files = await emit(repository);
  expect(files.get("client.ts")).toContain(
    "    /** Say something to the room, or to one member. */\n    send(request: SendRequest, options?: CallOptions): Promise<SendResponse>;",
  );
  expect(files.get("client.ts")).toContain("   * A line was said, to everybody or to you.\n");
  expect(files.get("errors.ts")).toContain("  /** Somebody in the room has this name. */\n  NAME_TAKEN: 1001,");
  expect(files.get("messages/chat.ts")).toContain("  /** A member's name, or `*` for everybody. */\n  target: string;");
});

it("copies the client runtime whole, and of wire/ what is needed", async () => {
  const paths = [...(await emit(repository)).keys()];
  expect(paths).toContain("runtime/index.ts");
  expect(paths).toContain("wire/slab.ts");
  const copied = paths.filter((path) => /^(runtime|wire)\//.test(path));
  for (const path of copied) expect(existsSync(`${repository}/${path.replace(/^runtime\//, "client/")}`)).toBe(true);
  expect(paths).not.toContain("wire/scan-key.ts");
  expect(paths).not.toContain("wire/generated-code.ts");
});
