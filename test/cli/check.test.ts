import { describe, expect, it } from "vitest";
import { gatesmith } from "./support/command.js";
import { edit, referenceProject } from "./support/project.js";

const PROBLEM = /^schema\/chat\.ts:(\d+):(\d+) (\S+) .*chat\.SendReqest/;

describe("gatesmith check", () => {
  it("sums up a schema without problems", async () => {
    const { code, stdout, stderr } = await gatesmith("check", "--root", referenceProject());
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^ok chat version 1: 3 server types, 4 routes, 1 remote, 4 pushes; schema [0-9a-f]{16}\n$/);
  });

  it("prints problems to stderr, with a hint", async () => {
    const root = referenceProject();
    edit(root, "schema/chat.ts", '"chat.SendRequest"', '"chat.SendReqest"');
    const { code, stdout, stderr } = await gatesmith("check", "--root", root);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(PROBLEM);
    expect(stderr).toContain('did you mean "chat.SendRequest"?');
    expect(stderr).toContain("error 1 problem in ");
  });

  it("prints problems to stdout for programs and for workflows", async () => {
    const root = referenceProject();
    edit(root, "schema/chat.ts", '"chat.SendRequest"', '"chat.SendReqest"');
    const json = await gatesmith("check", "--root", root, "--format", "json");
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject([
      { file: "schema/chat.ts", message: expect.stringContaining("SendReqest") },
    ]);
    const github = await gatesmith("check", "--root", root, "--format", "github");
    expect(github.code).toBe(1);
    expect(github.stdout).toMatch(/^::error file=schema\/chat\.ts,line=\d+,col=\d+,/);
  });

  it("prints an empty list for programs when there is no problem", async () => {
    const { code, stdout } = await gatesmith("check", "--root", referenceProject(), "--format", "json");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "[]\n" });
  });

  it("prints one diagnostic, and no stack, for a schema that does not load", async () => {
    const root = referenceProject();
    edit(root, "schema/chat.ts", "export const chat = backend(", "export const chat = = backend(");
    const { code, stderr } = await gatesmith("check", "--root", root);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^schema\/chat\.ts:4:\d+ /);
    expect(stderr).toContain("error 1 problem in ");
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
