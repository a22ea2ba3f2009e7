import { describe, expect, it } from "vitest";
import { gatesmith } from "./support/command.js";
import { temporaryFolder } from "./support/project.js";

const VERBS = [
  ...["init", "generate", "check", "dev", "start", "run", "add"],
  ...["list", "drain", "stop", "kick", "broadcast"],
  ...["call", "explain"],
];

describe("the command line", () => {
  it("lists its verbs", async () => {
    const { code, stdout, stderr } = await gatesmith("--help");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const verb of VERBS) expect(stdout).toMatch(new RegExp(`^  ${verb} `, "m"));
  });

  it.each(VERBS)("shows an example in the help of %s", async (verb) => {
    const { code, stdout, stderr } = await gatesmith(verb, "--help");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(new RegExp(`^Usage: gatesmith ${verb} `));
    expect(stdout).toMatch(new RegExp(`^Examples?:\\n  \\$ gatesmith ${verb} ?`, "m"));
  });

  it.each([
    [["chekc"], "error: unknown command 'chekc'", "(Did you mean check?)"],
    [["check", "--fromat", "json"], "error: unknown option '--fromat'", "(Did you mean --format?)"],
    [["check", "--format", "xml"], "Allowed choices are text, json, github", ""],
    [["call", "chat.room.send"], "error: missing required argument 'json'", ""],
    [["call", "a", "{}", "--wait", "soon"], "It must be a whole number of milliseconds", ""],
    [["call", "a", "{}", "b"], "b has no message behind it", ""],
    [["call", "a", "{}", "--gate", "http://h", "--url", "ws://h"], "--gate and --url are both given", ""],
    [["generate", "--check", "--watch"], "--check and --watch are both given", ""],
    [["explain", "xyz"], '"x" is no hexadecimal digit', ""],
    [["explain", "abc"], "3 hexadecimal digits make no whole number of bytes", ""],
    [["kick", "ann", "--reason", "x".repeat(101)], "--reason has 101 bytes; at most 100 reach a client", ""],
    [["kick", ""], "an empty uid is nobody's", ""],
    [["kick", "x".repeat(60_000)], "a uid has at most 256 characters; this one has 60000", ""],
    [["init"], "error: missing required argument 'folder'", ""],
  ])("answers %j with exit code 2, on stderr", async (args, complaint, hint) => {
    const { code, stdout, stderr } = await gatesmith(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(complaint);
    expect(stderr).toContain(hint);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each([
    ...["generate", "check", "dev", "explain", "call", "broadcast"].map((verb) => [verb, 1] as const),
    // For whoever starts servers, and may start them again, there is no more to hope for than with a wrong configuration.
    ...["start", "run", "add", "list", "drain", "stop", "kick"].map((verb) => [verb, 3] as const),
  ])("says that %s needs a project, with exit code %i", async (verb, exitCode) => {
    const args =
      {
        run: ["chat-1"],
        add: ["chat"],
        drain: ["chat-1"],
        stop: ["chat-1"],
        kick: ["ann"],
        broadcast: ["a.b", "{}"],
        explain: ["00"],
        call: ["chat.room.send", "{}"],
      }[verb] ?? [];
    const folder = temporaryFolder();
    const { code, stdout, stderr } = await gatesmith(verb, ...args, "--root", folder);
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: "" });
    expect(stderr).toMatch(/schema\/index\.ts|gatesmith\.config\.ts/);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("says that a folder is none", async () => {
    const { code, stderr } = await gatesmith("check", "--root", "./no-such-folder");
    expect(code).toBe(1);
    expect(stderr).toMatch(/no-such-folder is no folder/);
  });
});
