/** `gatesmith start`: runs the whole topology in this process until it is told to stop. */
import type { Command } from "commander";
import pc from "picocolors";
import type { Cluster } from "../runtime/index.js";
import { untilInterrupted } from "./interruption.js";
import {
  APPLICATION_FILE,
  CONFIGURATION_FILE,
  environmentOption,
  loadProject,
  type Project,
} from "./load-application.js";
import { projectRoot, rootOption } from "./project-root.js";
import { checkTopology, startFailure } from "./topology.js";

interface StartOptions {
  root: string;
  environment?: string;
}

export function addStart(program: Command): void {
  program
    .command("start")
    .summary("run the cluster")
    .description(
      `Runs every server of ${CONFIGURATION_FILE} in this process, until SIGINT or SIGTERM asks it to stop. A second signal does not wait for what is still running.`,
    )
    .addOption(rootOption())
    .addOption(environmentOption())
    .addHelpText("after", "\nExample:\n  $ gatesmith start --root ./chat")
    .action(start);
}

async function start(options: StartOptions): Promise<void> {
  const interrupted = untilInterrupted();
  const root = projectRoot(options.root, CONFIGURATION_FILE, APPLICATION_FILE);
  const project = await loadProject(root, options.environment);
  const cluster = await startCluster(project);
  process.stdout.write(announcement(cluster));
  await interrupted;
  await cluster.stop();
  // The application may have left something open, and nobody is there to use it.
  process.exit();
}

async function startCluster(project: Project): Promise<Cluster> {
  const { application, configuration } = project;
  const { placesOf } = await import("../runtime/operate/server-place.js");
  await checkTopology(project, placesOf(configuration, application.manifest), false);
  const runtime = await import("../runtime/index.js");
  try {
    return await runtime.startCluster(application, configuration);
  } catch (error) {
    throw await startFailure(error);
  }
}

/** Where clients connect, for a person to read among the log's lines. */
function announcement({ servers, gates, endpoints }: Cluster): string {
  const lines = endpoints.map(({ server, url }) => `  ${server.padEnd(16)} ${url}`);
  for (const gate of gates) lines.push(`  ${"which connector?".padEnd(16)} ${gate}/entry?uid=somebody`);
  const count = servers.length === 1 ? "1 server runs" : `${servers.length} servers run`;
  return `${pc.green("ok")} ${count}; Ctrl-C stops them. Clients connect to:\n${lines.join("\n")}\n`;
}
