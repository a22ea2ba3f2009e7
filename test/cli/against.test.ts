import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { generate } from "../../generator/generate.js";
import { gatesmith } from "./support/command.js";
import { edit, referenceProject, temporaryFolder } from "./support/project.js";

/** A generated reference project, committed and tagged `released`. */
async function releasedProject(): Promise<string> {
  const root = referenceProject();
  expect((await generate(root, { check: false })).diagnostics).toEqual([]);
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, stdio: "pipe" });
  git("init", "--quiet");
  git("add", ".");
  git("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "--message=release");
  git("tag", "released");
  return root;
}

const check = (root: string, ...args: string[]) => gatesmith("check", "--root", root, "--against", ...args);

describe("gatesmith check --against", () => {
  it("is content with what only adds", async () => {
    const root = await releasedProject();
    edit(root, "schema/index.ts", "version: 1", "version: 2");
    edit(root, "schema/messages/chat.proto", "message ChatLine {", "message ChatLine {\n  string mood = 9;");
    const { code, stdout, stderr } = await check(root, "released");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe("ok chat version 2 breaks nothing of version 1 at released at level source\n");
  });

  it("prints breaks with their level, the place now and the place before, and exits 1", async () => {
    const root = await releasedProject();
    edit(root, "schema/chat.ts", "\n/** Keeps", "\n\n/** Keeps");
    edit(root, "schema/chat.ts", "notify(2002,", "notify(2012,");
    edit(root, "schema/chat.ts", '    onAdd: push(2103, "chat.Member"),\n', "");
    edit(root, "schema/messages/chat.proto", "string target = 3;", "string whom = 3;");
    const { code, stdout, stderr } = await check(root, "released");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    for (const expected of [
      /^schema\/chat\.ts:13:22 message-id-changed WIRE chat\.room\.typing had message id 2002, and has 2012\n {4}give it back 2002, .*\n {4}before: schema\/chat\.ts:12:22$/m,
      /^schema\/chat\.ts:16:3 push-removed ROUTE chat\.onAdd is gone\n {4}.*\n {4}before: schema\/chat\.ts:21:12$/m,
      /^schema\/messages\/chat\.proto:\d+:10 field-name SOURCE field 3 of chat\.ChatLine was target, and is whom$/m,
    ]) {
      expect(stderr).toMatch(expected);
    }
    expect(stderr).toContain("error 3 changes break version 1 at released at level source or within\n");
  });

  it("takes in the stricter levels, and leaves out the others; for programs, too", async () => {
    const root = await releasedProject();
    edit(root, "schema/chat.ts", "notify(2002,", "notify(2012,");
    edit(root, "schema/chat.ts", '    onAdd: push(2103, "chat.Member"),\n', "");
    edit(root, "schema/messages/chat.proto", "string target = 3;", "string whom = 3;");
    const all = { wire: "message-id-changed", route: "push-removed", source: "field-name" };
    for (const [index, level] of Object.keys(all).entries()) {
      const { code, stdout } = await check(root, "released", "--level", level, "--format", "json");
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toEqual(
        Object.entries(all)
          .slice(0, index + 1)
          .map(([broken, rule]) => expect.objectContaining({ rule, level: broken, previous: expect.any(Object) })),
      );
    }
    edit(root, "schema/chat.ts", "notify(2012,", "notify(2002,");
    const { code, stdout } = await check(root, "released", "--level", "wire", "--format", "json");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "[]\n" });
    const { stdout: annotations } = await check(root, "released", "--level", "route", "--format", "github");
    expect(annotations).toMatch(
      /^::error file=schema\/chat\.ts,line=15,col=3,title=push-removed ROUTE::chat\.onAdd is gone%0A/,
    );
  });

  it("says what it cannot compare with, and what --level is for", async () => {
    const root = referenceProject();
    const nowhere = await check(root, "v0.1");
    expect(nowhere.code).toBe(1);
    expect(nowhere.stderr).toMatch(
      /^error cannot compare with "v0\.1": there is no such folder, and git knows no such commit in /,
    );
    const usage = await gatesmith("check", "--root", root, "--level", "wire");
    expect(usage.code).toBe(2);
    expect(usage.stderr).toContain("--level says how to compare, so --against must say with what");
  });

  it("tells apart what is wrong with the schema it compares with", async () => {
    const previous = referenceProject();
    edit(previous, "schema/chat.ts", "typeId: 103,", "typeId: ,");
    const { code, stdout, stderr } = await check(referenceProject(), previous, "--format", "json");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^schema\/chat\.ts:5:11 schema-syntax /);
    expect(stderr).toMatch(/error cannot compare with ".*": 1 problem in its schema\n$/);
  });
});

describe("gatesmith generate", () => {
  it("says so when what was generated before is refused from now on", async () => {
    const root = await releasedProject();
    edit(root, "schema/messages/chat.proto", "string target = 3;", "int32 target = 3;");
    const { code, stderr } = await gatesmith("generate", "--root", root);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^note schema\/messages\/chat\.proto:\d+:3 from now on, clients and servers of version 1 \(schema [0-9a-f]{16}\) are refused: field 3 of chat\.ChatLine was string, and is int32\n$/,
    );
  });

  it("takes over the lineage of a commit, when nothing of that is broken", async () => {
    const root = await releasedProject();
    const lineage = (folder: string) => JSON.parse(readFileSync(join(folder, "schema/ids.lock.json"), "utf8")).lineage;
    const released = lineage(root);
    edit(root, "schema/messages/chat.proto", "string target = 3;", "int32 target = 3;");
    expect((await gatesmith("generate", "--root", root)).code).toBe(0);
    expect(lineage(root)).toHaveLength(1);
    const refused = await gatesmith("generate", "--root", root, "--against", "released");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("field-type-changed WIRE field 3 of chat.ChatLine was string, and is int32");
    edit(root, "schema/messages/chat.proto", "int32 target = 3;", "string target = 3;\n  string mood = 9;");
    const stale = await gatesmith("generate", "--root", root, "--against", "released", "--check");
    expect(stale.code).toBe(1);
    expect(stale.stderr).toContain("changed schema/ids.lock.json");
    expect((await gatesmith("generate", "--root", root, "--against", "released")).code).toBe(0);
    expect(lineage(root).slice(1)).toEqual(released);
    expect((await gatesmith("generate", "--root", root, "--check")).code).toBe(0);
    const moved = join(temporaryFolder(), "elsewhere");
    cpSync(root, moved, { recursive: true });
    rmSync(join(moved, "schema/ids.lock.json"));
    const again = await gatesmith("generate", "--root", moved, "--against", root);
    expect(again).toMatchObject({ code: 0, stderr: "" });
    expect(lineage(moved)).toEqual(lineage(root));
  });
});
