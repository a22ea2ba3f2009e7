/** A cluster of the reference project that `gatesmith start` runs, on ports that the system chose. */
import { onTestFinished } from "vitest";
import { generate } from "../../../generator/generate.js";
import { type Command, startGatesmith } from "./command.js";
import { edit, referenceProject } from "./project.js";

export interface RunningCluster {
  readonly root: string;
  readonly command: Command;
  /** http://127.0.0.1:port */
  readonly gate: string;
  /** ws://127.0.0.1:port/ */
  readonly connector: string;
}

/** A generated project whose ports are free ones, ready for `start`. */
export async function runnableProject(): Promise<string> {
  const root = referenceProject();
  edit(root, "gatesmith.config.ts", "port: 3010", "port: 0");
  edit(root, "gatesmith.config.ts", "port: 3050", "port: 0");
  const { diagnostics } = await generate(root, { check: false });
  if (diagnostics.length > 0) throw new Error(diagnostics[0]!.message);
  return root;
}

/** Starts a project, waits until it listens, and kills it after the test if it still runs. */
export async function runCluster(project?: string): Promise<RunningCluster> {
  const root = project ?? (await runnableProject());
  const command = startGatesmith("start", "--root", root);
  onTestFinished(() => {
    command.process.kill("SIGKILL");
  });
  const [, connector] = await command.printed(/connector-1 +(ws:\S+)/);
  const [, gate] = await command.printed(/(http:\S+)\/entry\?uid=somebody/);
  return { root, command, gate: gate!, connector: connector! };
}
