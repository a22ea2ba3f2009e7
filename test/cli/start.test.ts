import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { gatesmith, startGatesmith } from "./support/command.js";
import { GENERATOR, loadedModules, startWatched } from "./support/loaded-modules.js";
import { edit, neverStart } from "./support/project.js";
import { runCluster, runnableProject } from "./support/running-cluster.js";

describe("gatesmith start", () => {
  it("says where clients connect, and stops when it is interrupted", async () => {
    const { command, gate } = await runCluster();
    const answer = await fetch(`${gate}/entry?uid=ann`);
    expect(await answer.json()).toMatchObject({ server: expect.stringMatching(/^connector-[12]$/) });
    const { code, stdout, stderr } = await command.interrupt();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("5 servers run; Ctrl-C stops them");
    expect(stdout.trimEnd().split("\n").at(-1)).toContain('"msg":"cluster stopped"');
  });

  it("stops for SIGTERM as well", async () => {
    const { command } = await runCluster();
    command.process.kill("SIGTERM");
    expect((await command.finished).code).toBe(0);
  });

  it("waits for no application that is still starting", async () => {
    const root = await runnableProject();
    neverStart(root);
    const command = startGatesmith("start", "--root", root);
    await command.printed(/waiting for a store/);
    expect(await command.interrupt()).toMatchObject({ code: 0, stderr: "" });
  });

  it("loads no part of the generator that costs anything", async () => {
    const root = await runnableProject();
    const command = startWatched(root, ["start", "--root", root]);
    await command.printed(/5 servers run/);
    const { stderr } = await command.interrupt();
    const loaded = loadedModules(stderr);
    expect(loaded.some((url) => url.endsWith("/runtime/start-cluster.ts"))).toBe(true);
    expect(loaded.filter((url) => GENERATOR.test(url))).toEqual([]);
  });

  it.each([
    ["gatesmith.config.ts", "export default", "export const configuration =", /no default export.*defineConfig/],
    [
      "gatesmith.config.ts",
      "servers: {",
      "servers: = {",
      /gatesmith\.config\.ts does not load: .*\n?gatesmith\.config\.ts:4:\d+/,
    ],
    [
      "gatesmith.config.ts",
      "count: 2, port: 0",
      "count: -2, port: 0",
      /servers\.connector\.count: it should be at least 0; it is -2/,
    ],
    [
      "app/index.ts",
      "export default defineApplication",
      "export const application = defineApplication",
      /app\/index\.ts has no default export/,
    ],
    ["app/index.ts", "export default defineApplication(", "export default (", /the default export is no application/],
    [
      "app/chat/room.ts",
      'const EVERYBODY = "*";',
      'throw new Error("on purpose");',
      /app\/index\.ts does not load: on purpose\n +at app\/chat\/room\.ts:\d+:\d+/,
    ],
    [
      "app/index.ts",
      '"./chat/room.js"',
      '"./chat/rooms.js"',
      /app\/index\.ts does not load: Cannot find module .*rooms\.js/,
    ],
  ])("says in one diagnostic that %s with %j as %j does not load", async (file, from, to, complaint) => {
    const root = await runnableProject();
    edit(root, file, from, to);
    const { code, stdout, stderr } = await gatesmith("start", "--root", root);
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(complaint);
    expect(stderr).not.toContain("node_modules");
    expect(stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(3);
  });

  it("says that the generated files are missing", async () => {
    const root = await runnableProject();
    edit(root, "app/index.ts", "../generated/server/index.js", "../generated/nowhere/index.js");
    const { code, stderr } = await gatesmith("start", "--root", root);
    expect(code).toBe(3);
    expect(stderr).toContain("Run `gatesmith generate` first.");
  });

  it("says which port is taken", async () => {
    const root = await runnableProject();
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, "127.0.0.1", resolve));
    const { port } = squatter.address() as { port: number };
    edit(root, "gatesmith.config.ts", "gate: { port: 0 }", `gate: { port: ${port} }`);
    const { code, stderr } = await startGatesmith("start", "--root", root).finished;
    squatter.close();
    expect(code).toBe(5);
    expect(stderr).toMatch(new RegExp(`^error .*127\\.0\\.0\\.1.*${port}`));
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
