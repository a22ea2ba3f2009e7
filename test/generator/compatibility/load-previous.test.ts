/** The schema to compare with comes from a folder or from git, and leaves nothing behind. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadPrevious } from "../../../generator/compatibility/load-previous.js";
import { changed, SMALL_PROTO, smallProject } from "../load/small-schema.js";
import { listFiles, temporaryProject, writeFiles } from "../temporary-project.js";

function git(folder: string, ...args: string[]): string {
  const settings = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
  return execFileSync("git", [...settings, ...args], { cwd: folder, encoding: "utf8", stdio: "pipe" });
}

/** A repository with one commit, tagged `v1`, of these files. */
function repository(files: Record<string, string>): string {
  const top = temporaryProject(files);
  git(top, "init", "--quiet", "--initial-branch=main");
  git(top, "add", ".");
  git(top, "commit", "--quiet", "--message=first");
  git(top, "tag", "v1");
  return top;
}

const SMALL = { "schema/index.ts": changed([]), "schema/chat.proto": SMALL_PROTO };
const NEXT = { "schema/index.ts": changed([["version: 1", "version: 2"]]) };

const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`gatesmith-against-${process.pid}-`));

let before: string[];
beforeEach(() => {
  before = leftovers();
});
afterEach(() => expect(leftovers()).toEqual(before));

describe("a commit", () => {
  it("is read without touching the work tree or the index", async () => {
    const top = repository(SMALL);
    writeFiles(top, NEXT);
    writeFiles(top, { "staged.txt": "one" });
    git(top, "add", "staged.txt");
    const [status, files] = [git(top, "status", "--porcelain"), listFiles(top)];
    const { previous, diagnostics } = await loadPrevious(top, "v1");
    expect(diagnostics).toEqual([]);
    expect(previous).toMatchObject({ version: 1, linked: false });
    expect(git(top, "status", "--porcelain")).toBe(status);
    expect(listFiles(top)).toEqual(files);
  });

  it.each(["v1", "main", "HEAD", "HEAD~0"])("may be named %s", async (ref) => {
    const top = repository(SMALL);
    expect((await loadPrevious(top, ref)).previous?.version).toBe(1);
    expect((await loadPrevious(top, git(top, "rev-parse", "--short", "HEAD").trim())).previous?.version).toBe(1);
  });

  it("brings along what the schema imports, from wherever in the repository, and its lock file", async () => {
    const index = changed([
      ["typeId: 3", "typeId: ids.chat"],
      ["2001", "send"],
      ["version: 1", "version: Number(release.version)"],
    ]);
    const imports =
      'import * as ids from "../../shared/ids.js";\nimport { send } from "../lib/numbers.mjs";\nimport release from "./release.json" with { type: "json" };\n';
    const lock =
      '{ "format": 1, "messages": { "up": {}, "down": {} }, "links": { "chat.room.send": 7 }, "lineage": [], "since": {} }';
    const top = repository({
      "package.json": '{ "type": "module" }',
      "game/schema/index.ts": `${imports}${index}`.replace("./*.proto", "../../protos/*.proto"),
      "game/schema/release.json": '{ "version": "4" }',
      "game/schema/ids.lock.json": lock,
      "game/lib/numbers.mjs": 'export { base as send } from "./base.mjs";\n',
      "game/lib/base.mjs": "export const base = 2001;\n",
      "shared/ids.ts": 'export * from "./more/index.js";\n',
      "shared/more/index.ts": "export const chat: number = 30;\n",
      "protos/chat.proto": `import "common/mood.proto";\n${SMALL_PROTO}`.replace(
        /^(import.*)\n(syntax.*)\n/,
        "$2\n$1\n",
      ),
      "protos/common/mood.proto": 'syntax = "proto3";\npackage common;\nenum Mood { CALM = 0; }\n',
    });
    for (const folder of ["game", "shared", "protos"]) rmSync(join(top, folder), { recursive: true });
    writeFiles(join(top, "game"), SMALL);
    const { previous, diagnostics } = await loadPrevious(join(top, "game"), "v1");
    expect(diagnostics).toEqual([]);
    expect(previous).toMatchObject({ version: 4, linked: true });
    expect(previous!.facts.servers.chat?.typeId).toBe(30);
    expect(previous!.facts.routes["chat.room.send"]).toMatchObject({ id: [2001], link: 7 });
    expect(previous!.places!.route("chat.room.send")?.file).toBe("schema/index.ts");
  });

  it("finds packages where the work tree has them", async () => {
    const top = repository({
      ...SMALL,
      ".gitignore": "node_modules\n",
      "schema/index.ts": `import { chat as number } from "our-ids";\n${changed([["typeId: 3", "typeId: number"]])}`,
      "node_modules/our-ids/package.json": '{ "name": "our-ids", "type": "module", "exports": "./index.js" }',
      "node_modules/our-ids/index.js": "export const chat = 31;\n",
    });
    const { previous, diagnostics } = await loadPrevious(top, "HEAD");
    expect(diagnostics).toEqual([]);
    expect(previous!.facts.servers.chat?.typeId).toBe(31);
    expect(listFiles(join(top, "node_modules"))).toHaveLength(2);
  });

  it("may break a rule of today", async () => {
    const top = repository({ ...SMALL, "schema/index.ts": changed([["typeId: 3", "typeId: 99999"]]) });
    expect((await loadPrevious(top, "v1")).previous!.facts.servers.chat?.typeId).toBe(99_999);
  });

  it("whose schema does not load says why, at its places", async () => {
    const top = repository({ ...SMALL, "schema/index.ts": changed([["typeId: 3", "typeId: ="]]) });
    writeFiles(top, SMALL);
    const { previous, diagnostics } = await loadPrevious(top, "v1");
    expect(previous).toBeNull();
    expect(diagnostics).toMatchObject([{ rule: "schema-syntax", position: { file: "schema/index.ts", line: 11 } }]);
  });
});

describe("a folder", () => {
  it("is taken before a branch of the same name", async () => {
    const top = repository(SMALL);
    const folder = smallProject([["version: 1", "version: 3"]]);
    expect((await loadPrevious(top, folder)).previous?.version).toBe(3);
  });

  it("without a schema, which git does not know either, is refused", async () => {
    const top = repository(SMALL);
    mkdirSync(join(top, "empty"));
    await expect(loadPrevious(top, join(top, "empty"))).rejects.toThrow(
      /cannot compare with ".*empty": the folder has no schema\/index\.ts, and git knows no such commit in /,
    );
  });
});

describe("nothing to compare with", () => {
  it("says what was looked for, and where", async () => {
    const top = repository(SMALL);
    await expect(loadPrevious(top, "v9")).rejects.toThrow(
      `cannot compare with "v9": there is no such folder, and git knows no such commit in ${top}. Where git has fetched a part only, fetch that commit first.`,
    );
  });

  it("is what a folder outside every repository has", async () => {
    await expect(loadPrevious(smallProject(), "main")).rejects.toThrow(/^cannot compare with "main": there is no such/);
  });

  it("is a commit from before there was a schema", async () => {
    const top = repository({ "README.md": "soon" });
    writeFiles(top, SMALL);
    await expect(loadPrevious(top, "v1")).rejects.toThrow(`there was no schema/index.ts in ${top} then`);
  });

  it("is what looks like an option of git", async () => {
    await expect(loadPrevious(repository(SMALL), "--help")).rejects.toThrow('cannot compare with "--help"');
  });
});
