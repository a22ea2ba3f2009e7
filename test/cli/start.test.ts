import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Command, checkout, gatesmith, startGatesmith } from "./support/command.js";
import { edit } from "./support/project.js";
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

  it("loads no part of the generator that costs anything", async () => {
    const root = await runnableProject();
    // Written when the process ends: the modules it had loaded, of both kinds.
    const spy = join(root, "spy.mjs");
    writeFileSync(
      spy,
      `import { register } from "node:module";
       import { createRequire } from "node:module";
       import { MessageChannel } from "node:worker_threads";
       const { port1, port2 } = new MessageChannel();
       const loaded = [];
       port1.on("message", (url) => loaded.push(url));
       port1.unref();
       const hooks = "let port; export const initialize = (data) => { port = data; };" +
         "export const load = async (url, context, next) => { port.postMessage(url); return next(url, context); };";
       register("data:text/javascript," + encodeURIComponent(hooks), { data: port2, transferList: [port2] });
       const required = createRequire(import.meta.url).cache;
       process.on("exit", () => console.error(JSON.stringify([...loaded, ...Object.keys(required)])));`,
    );
    const args = ["--import", "tsx", "--import", spy, "cli.ts", "start", "--root", root];
    const command = new Command(process.execPath, args, checkout);
    await command.printed(/5 servers run/);
    const { stderr } = await command.interrupt();
    const loaded: string[] = JSON.parse(stderr);
    expect(loaded.some((url) => url.endsWith("/runtime/start-cluster.ts"))).toBe(true);
    const heavy = /node_modules\/(ts-morph|@ts-morph|typescript|jiti|protobufjs)\/|\/generator\/(?!package\.ts)/;
    expect(loaded.filter((url) => heavy.test(url))).toEqual([]);
  });

  it.each([
    ["gatesmith.config.ts", "export default", "export const configuration =", /no default export.*defineConfig/],
    [
      "gatesmith.config.ts",
      "servers: {",
      "servers: = {",
      /gatesmith\.config\.ts does not load: .*\n?gatesmith\.config\.ts:4:\d+/,
    ],
    ["gatesmith.config.ts", "count: 2, port: 0", "count: -2, port: 0", /servers\.connector\.count: .*>=0/],
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
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(complaint);
    expect(stderr).not.toContain("node_modules");
    expect(stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(3);
  });

  it("says that the generated files are missing", async () => {
    const root = await runnableProject();
    edit(root, "app/index.ts", "../generated/server/index.js", "../generated/nowhere/index.js");
    const { code, stderr } = await gatesmith("start", "--root", root);
    expect(code).toBe(1);
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
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^error .*127\\.0\\.0\\.1.*${port}`));
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
