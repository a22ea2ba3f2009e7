/** A generated project of the reference application whose servers are processes: over `ipc`, in its environment `processes`. */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { Command, checkout } from "./command.js";
import { edit } from "./project.js";
import { runnableProject } from "./running-cluster.js";

export const SECRET = "the secret of a cluster in a test";

/** The secret comes by a variable. */
export async function projectOfProcesses(): Promise<string> {
  const root = await runnableProject();
  // Times that a loaded machine does not exceed by itself.
  const bus = `folder: ${JSON.stringify(join(root, "bus"))}, beat: 400, window: 4_000`;
  edit(root, "gatesmith.config.ts", 'folder: "/tmp/gatesmith-chat"', bus);
  return root;
}

/** Starts `gatesmith ...` in the checkout, for that environment; killed after the test if it still runs. */
export function startAmongProcesses(root: string, args: readonly string[], variables: Record<string, string> = {}) {
  const words = ["--import", "tsx", "cli.ts", ...args, "--root", root, "--environment", "processes"];
  const command = new Command(process.execPath, words, checkout, { GATESMITH_BUS_SECRET: SECRET, ...variables });
  onTestFinished(() => {
    command.process.kill("SIGKILL");
  });
  return command;
}

/** Runs `gatesmith ...` for that environment to its end. */
export function amongProcesses(root: string, args: readonly string[], variables: Record<string, string> = {}) {
  return startAmongProcesses(root, args, variables).finished;
}
