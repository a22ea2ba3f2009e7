import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gatesmith, startGatesmith } from "./support/command.js";
import { edit, referenceProject } from "./support/project.js";

const NEW_ROUTE = 'wave: request(2003, "chat.Typing", "chat.Member"),\n      typing:';

describe("gatesmith generate", () => {
  it("writes, then has nothing left to write", async () => {
    const root = referenceProject();
    const first = await gatesmith("generate", "--root", root);
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toMatch(/^wrote generated\/server\/ \(\d+ files\)$/m);
    expect(first.stdout).toMatch(/^ok \d+ files changed\n$/m);
    const again = await gatesmith("generate", "--root", root);
    expect(again).toEqual({ code: 0, stdout: "ok everything is up to date\n", stderr: "" });
  });

  it("tells with --check what is stale, missing and left over, and writes nothing", async () => {
    const root = referenceProject();
    await gatesmith("generate", "--root", root);
    expect(await gatesmith("generate", "--check", "--root", root)).toMatchObject({ code: 0 });
    edit(root, "generated/server/chat.ts", "ChatRoom", "ChatRoomz");
    const stale = readFileSync(join(root, "generated/server/chat.ts"), "utf8");
    rmSync(join(root, "generated/server/rpc.ts"));
    writeFileSync(join(root, "generated/server/old.ts"), stale);
    const { code, stdout, stderr } = await gatesmith("generate", "--check", "--root", root);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("changed generated/server/chat.ts\n");
    expect(stderr).toContain("orphaned generated/server/old.ts\n");
    expect(stderr).toContain("missing generated/server/rpc.ts\n");
    expect(stderr).toContain("error 3 files are not what the schema says. Run `gatesmith generate`");
    expect(readFileSync(join(root, "generated/server/chat.ts"), "utf8")).toBe(stale);
  });

  it("adds the handler of a new route, and says so", async () => {
    const root = referenceProject();
    await gatesmith("generate", "--root", root);
    edit(root, "schema/chat.ts", "typing:", NEW_ROUTE);
    const { code, stdout } = await gatesmith("generate", "--root", root);
    expect(code).toBe(0);
    expect(stdout).toContain("extended app/chat/room.ts: chat.room.wave\n");
    expect(readFileSync(join(root, "app/chat/room.ts"), "utf8")).toMatch(/^ {2}wave\(/m);
  });

  it("reports a handler whose route is gone", async () => {
    const root = referenceProject();
    await gatesmith("generate", "--root", root);
    edit(root, "schema/chat.ts", "typing: notify", "noting: notify");
    const { code, stderr } = await gatesmith("generate", "--root", root);
    // A retired id under another name is a mistake of the schema, unless the rename is declared.
    expect(code).toBe(1);
    expect(stderr).toMatch(/^schema\/chat\.ts:\d+:\d+ /);
    edit(root, "schema/chat.ts", "rate: { perSecond: 2", 'was: "chat.room.typing", rate: { perSecond: 2');
    const renamed = await gatesmith("generate", "--root", root);
    expect(renamed.code).toBe(0);
    expect(renamed.stderr).toMatch(/^note app\/chat\/room\.ts:\d+:\d+ .*typing/m);
  });

  it("keeps the last good output with --watch while the schema is broken", async () => {
    const root = referenceProject();
    const watching = startGatesmith("generate", "--watch", "--root", root);
    await watching.printed(/watch \d+ files changed/);
    const before = readFileSync(join(root, "generated/server/chat.ts"), "utf8");
    edit(root, "schema/chat.ts", "typing:", "typing: =");
    await watching.printed(/watch 1 problem: nothing was written/);
    expect(readFileSync(join(root, "generated/server/chat.ts"), "utf8")).toBe(before);
    edit(root, "schema/chat.ts", "typing: =", NEW_ROUTE);
    await watching.printed(/extended app\/chat\/room\.ts: chat\.room\.wave/);
    expect(readFileSync(join(root, "generated/server/chat.ts"), "utf8")).toContain("wave(");
    expect((await watching.interrupt()).code).toBe(0);
  });
});
