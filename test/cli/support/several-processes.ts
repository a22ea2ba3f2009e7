/** A generated project of the reference application whose servers are processes: over `ipc`, in its environment `processes`. */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { Command, checkout, type Finished } from "./command.js";
import { edit } from "./project.js";
import { runnableProject } from "./running-cluster.js";

export const SECRET = "the secret of a cluster in a test";

/** The secret comes by a variable. */
export async function projectOfProcesses(): Promise<string> {
  const root = await runnableProject();
  // Times that a loaded machine does not exceed by itself.
  const bus = `folder: ${JSON.stringify(join(root, "bus"))}, beat: 500, window: 10_000`;
  edit(root, "gatesmith.config.ts", 'folder: "/tmp/gatesmith-chat"', bus);
  return root;
}

type Variables = Readonly<Record<string, string>>;

/** Starts `gatesmith ...` in the checkout, for that environment; killed after the test if it still runs. */
export function startAmongProcesses(root: string, args: readonly string[], variables: Variables = {}): Command {
  return startIn("processes", root, args, { GATESMITH_BUS_SECRET: SECRET, ...variables });
}

/** Runs `gatesmith ...` for that environment to its end. */
export function amongProcesses(root: string, args: readonly string[], variables: Variables = {}): Promise<Finished> {
  return startAmongProcesses(root, args, variables).finished;
}

/** Starts `gatesmith ...` for any environment. */
export function startIn(environment: string, root: string, args: readonly string[], variables: Variables): Command {
  const words = ["--import", "tsx", "cli.ts", ...args, "--root", root, "--environment", environment];
  const command = new Command(process.execPath, words, checkout, variables);
  onTestFinished(() => {
    command.process.kill("SIGKILL");
  });
  return command;
}
