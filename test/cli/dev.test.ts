import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Command, startGatesmith } from "./support/command.js";
import { edit, referenceProject } from "./support/project.js";

async function develop(): Promise<{ root: string; dev: Command }> {
  const root = referenceProject();
  edit(root, "gatesmith.config.ts", "port: 3010", "port: 0");
  edit(root, "gatesmith.config.ts", "port: 3050", "port: 0");
  const dev = startGatesmith("dev", "--root", root);
  onTestFinished(() => {
    dev.process.kill("SIGKILL");
  });
  await dev.printed(/5 servers run/);
  return { root, dev };
}

/** Forgets what was printed, so that only what comes is waited for. */
function forget(dev: Command): void {
  dev.stdout = "";
  dev.stderr = "";
}

const gateOf = async (dev: Command) => (await dev.printed(/(http:\S+)\/entry\?uid=somebody/))[1]!;

const isUp = (gate: string) =>
  fetch(`${gate}/entry?uid=ann`).then(
    (answer) => answer.ok,
    () => false,
  );

describe("gatesmith dev", () => {
  it("generates, runs the cluster, and stops both", async () => {
    const { root, dev } = await develop();
    expect(existsSync(join(root, "generated/server/index.ts"))).toBe(true);
    const gate = await gateOf(dev);
    expect(await isUp(gate)).toBe(true);
    const { code, stderr } = await dev.interrupt();
    expect(code).toBe(0);
    expect(stderr).not.toContain("error");
    expect(await isUp(gate)).toBe(false);
  });

  it("starts the cluster again when the application changes, once", async () => {
    const { root, dev } = await develop();
    forget(dev);
    edit(root, "app/chat/room.ts", 'const EVERYBODY = "*";', 'const EVERYBODY = "**";');
    await dev.printed(/cluster stopped[\s\S]*5 servers run/);
    expect(await isUp(await gateOf(dev))).toBe(true);
    expect(dev.stdout.match(/5 servers run/g)).toHaveLength(1);
    expect((await dev.interrupt()).code).toBe(0);
  });

  it("keeps the cluster running while the schema is broken", async () => {
    const { root, dev } = await develop();
    const gate = await gateOf(dev);
    forget(dev);
    edit(root, "schema/chat.ts", '"chat.SendRequest"', '"chat.SendReqest"');
    await dev.printed(/did you mean "chat\.SendRequest"\?/);
    await dev.printed(/the cluster runs on with the last good schema/);
    expect(await isUp(gate)).toBe(true);
    edit(root, "schema/chat.ts", '"chat.SendReqest"', '"chat.SendRequest"');
    edit(root, "schema/chat.ts", "typing:", 'wave: request(2003, "chat.Typing", "chat.Member"),\n      typing:');
    await dev.printed(/extended app\/chat\/room\.ts: chat\.room\.wave/);
    await dev.printed(/cluster stopped[\s\S]*5 servers run/);
    expect(await isUp(gate)).toBe(false);
    expect((await dev.interrupt()).code).toBe(0);
  });

  it("starts a cluster that crashed with the next change", async () => {
    const { root, dev } = await develop();
    forget(dev);
    edit(root, "app/index.ts", "export default", "throw new Error('on purpose');\nexport default");
    await dev.printed(/app\/index\.ts does not load: on purpose/);
    await dev.printed(/the cluster ended \(exit code 3\); the next change starts it again/);
    edit(root, "app/index.ts", "throw new Error('on purpose');\n", "");
    await dev.printed(/5 servers run/);
    expect((await dev.interrupt()).code).toBe(0);
  });

  it("takes the cluster with it when it is killed", async () => {
    const { dev } = await develop();
    const gate = await gateOf(dev);
    dev.process.kill("SIGKILL");
    await dev.finished;
    await expect.poll(() => isUp(gate), { timeout: 10_000 }).toBe(false);
  });
});
