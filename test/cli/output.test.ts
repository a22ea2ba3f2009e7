/** What is printed may go nowhere: to a reader that has gone, as `head` does, or to a disk that is full. */
import { describe, expect, it, onTestFinished } from "vitest";
import { Command, checkout, startGatesmith } from "./support/command.js";
import { amongProcesses, projectOfProcesses, SECRET, startAmongProcesses } from "./support/several-processes.js";
import { withoutSurvivors } from "./support/supervised-log.js";

const LONG = { timeout: 60_000 };

/** Which servers are ready. */
async function readyServers(root: string): Promise<string[]> {
  const { stdout } = await amongProcesses(root, ["list"]);
  return [...stdout.matchAll(/^(\S+-\d) .* ready /gm)].map(([, id]) => id!);
}

/** Starts `gatesmith ...` where nothing more can be written on standard output. */
function startOnFullDisk(args: readonly string[], variables: Readonly<Record<string, string>> = {}): Command {
  const words = [process.execPath, "--import", "tsx", "cli.ts", ...args];
  const command = new Command("/bin/sh", ["-c", 'exec "$0" "$@" > /dev/full', ...words], checkout, variables);
  onTestFinished(() => {
    command.process.kill("SIGKILL");
  });
  return command;
}

describe("output that nobody reads", { timeout: 120_000 }, () => {
  it("ends no cluster", async () => {
    const root = await projectOfProcesses();
    const command = withoutSurvivors(startAmongProcesses(root, ["start"]));
    await command.printed(/process started/);
    command.process.stdout!.destroy();
    await expect.poll(() => readyServers(root), LONG).toHaveLength(5);
    command.process.kill("SIGTERM");
    expect(await command.finished).toMatchObject({ code: 0, stderr: "" });
  });

  it("is no fault of a verb", async () => {
    const check = startGatesmith("check");
    check.process.stdout!.destroy();
    expect(await check.finished).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("output that cannot be written", { timeout: 120_000 }, () => {
  it("ends no server, and keeps none from ending", async () => {
    const root = await projectOfProcesses();
    const run = startOnFullDisk(["run", "chat-1", "--root", root], {
      GATESMITH_ENVIRONMENT: "processes",
      GATESMITH_BUS_SECRET: SECRET,
    });
    await expect.poll(() => readyServers(root), LONG).toEqual(["chat-1"]);
    run.process.kill("SIGTERM");
    expect(await run.finished).toMatchObject({ code: 0, stderr: "" });
  });

  it("is a fault of a verb, which says so", async () => {
    const { code, stderr } = await startOnFullDisk(["check"]).finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error standard output cannot be written: .*ENOSPC/);
  });
});
