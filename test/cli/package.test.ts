/** The package as its users get it: packed, installed in an empty folder, and used to make, run and call a project. */
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Command, checkout, type Finished } from "./support/command.js";
import { edit, temporaryFolder } from "./support/project.js";

const MINUTES = 60_000;

async function run(folder: string, program: string, ...args: string[]): Promise<Finished> {
  const finished = await new Command(program, args, folder).finished;
  if (finished.code !== 0) {
    throw new Error(
      `${program} ${args.join(" ")} ended with ${finished.code}:\n${finished.stdout}\n${finished.stderr}`,
    );
  }
  return finished;
}

const npm = (folder: string, ...args: string[]) => run(folder, "npm", ...args);
const install = (folder: string, ...args: string[]) =>
  npm(folder, "install", "--prefer-offline", "--no-audit", "--no-fund", ...args);

describe("the packed package", () => {
  it(
    "makes a project that generates, type checks, passes its tests, runs and is called",
    async () => {
      const folder = temporaryFolder();
      const packed = await npm(checkout, "pack", "--pack-destination", folder, "--json");
      const [{ filename, files }] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf("[")));
      const tarball = join(folder, filename);
      const paths: string[] = files.map(({ path }: { path: string }) => path);
      expect(paths).toEqual(
        expect.arrayContaining(["dist/cli.js", "client/index.ts", "wire/slab.ts", "schema/index.ts"]),
      );
      expect(paths.filter((path) => /^(test\/(?!chat\.test)|generator|runtime|bench|node_modules)/.test(path))).toEqual(
        [],
      );

      const empty = temporaryFolder();
      await install(empty, tarball);
      await run(empty, "npx", "gatesmith", "init", "x", "--gatesmith", tarball);
      const project = join(empty, "x");
      edit(project, "gatesmith.config.ts", "port: 3010", "port: 0");
      edit(project, "gatesmith.config.ts", "port: 3050", "port: 0");
      await install(project);
      expect((await npm(project, "run", "generate")).stdout).toMatch(/^ok \d+ files changed$/m);
      const tested = await npm(project, "test");
      expect(tested.stdout).toContain("ok everything is up to date");
      expect(tested.stdout).toMatch(/Tests +\d+ passed/);

      const command = new Command(join(project, "node_modules/.bin/gatesmith"), ["start"], project);
      onTestFinished(() => {
        command.process.kill("SIGKILL");
      });
      const [, gate] = await command.printed(/(http:\S+)\/entry\?uid=somebody/);
      const enter = ["connector.entry.enter", '{"room":"lobby","name":"ann"}'];
      const called = await run(project, "npx", "gatesmith", "call", "--gate", gate!, ...enter);
      expect(called.stdout).toBe('{"reply":"connector.entry.enter","body":{"members":["ann"]}}\n');
      const { code, stdout, stderr } = await command.interrupt();
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toContain("cluster stopped");
    },
    15 * MINUTES,
  );
});
