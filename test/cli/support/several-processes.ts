/** A generated project of the reference application whose servers are processes: over `ipc`, in an environment called `processes`. */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { Command, checkout } from "./command.js";
import { edit } from "./project.js";
import { runnableProject } from "./running-cluster.js";

export const SECRET = "the secret of a cluster in a test";

/** Times that a loaded machine does not exceed by itself. */
const BUS = `environments: { processes: { bus: { driver: "ipc", folder: FOLDER, beat: 400, window: 4000 } } },\n  servers: {`;

/** The secret comes by a variable. */
export async function projectOfProcesses(): Promise<string> {
  const root = await runnableProject();
  edit(root, "gatesmith.config.ts", "servers: {", BUS.replace("FOLDER", JSON.stringify(join(root, "bus"))));
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
