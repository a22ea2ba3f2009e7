/** `gatesmith run`: one server of the topology, in this process. What a container runs, and what `start` runs for each server. */
import type { Command } from "commander";
import type { StartedServer } from "../runtime/index.js";
import { ExitCode } from "./command-error.js";
import { signalOf, untilInterrupted } from "./interruption.js";
import { environmentOption, loadProject, type Project } from "./load-application.js";
import { rootOption } from "./project-root.js";
import { refuseRunning } from "./running-already.js";
import { checkTopology, startFailure } from "./topology.js";

interface RunOptions {
  root: string;
  environment?: string;
}

/** Where a server answers clients. */
export interface Listening {
  readonly gates: readonly string[];
  readonly urls: readonly string[];
}

/** What a child tells the `start` that forked it: that its server works, and that it ends because somebody asked it to. */
export type ServerWord = { readonly ready: Listening } | { readonly asked: true };

export function addRun(program: Command): void {
  program
    .command("run")
    .summary("run one server: what a container runs")
    .description(
      "Runs one server of the topology in this process. SIGINT or SIGTERM makes it finish what it has and send its clients elsewhere; a second signal does not wait. Its number may be above the configuration's count.",
    )
    .argument("<server>", "a server type and a number: chat-2")
    .addOption(rootOption())
    .addOption(environmentOption())
    .addHelpText(
      "after",
      `
Exit codes:
  0  it was asked to stop
  1  it crashed
  3  it cannot run as it is configured
  4  a server with this id runs already
  5  a port, the bus or what else it needs cannot be had now

Example:
  $ gatesmith run chat-2 --environment production`,
    )
    .action(run);
}

async function run(server: string, options: RunOptions): Promise<void> {
  const interrupted = untilInterrupted();
  // At once: whatever its end is then, it is not to be started again.
  void interrupted.then(() => tell({ asked: true }));
  const project = await loadProject(options.root, options.environment);
  const started = await startServer(server, project, interrupted);
  if (started !== null) {
    void tell({ ready: { gates: started.gates, urls: started.urls } });
    await Promise.race([interrupted.then(() => started.drain()), endOf(started)]);
  }
  // Also by an operator; and not by the application, which may say process.exit() at any time.
  await tell({ asked: true });
  // The application may have left something open, and nobody is there to use it.
  process.exit(ExitCode.OK);
}

/** Null: it was asked to end before it was ready. */
async function startServer(
  server: string,
  project: Project,
  interrupted: Promise<void>,
): Promise<StartedServer | null> {
  const { application, configuration } = project;
  const runtime = await import("../runtime/index.js");
  const { placeOf } = await import("../runtime/operate/server-place.js");
  try {
    // Whoever supervises has looked already, for all at once; and a restart need not wait for it.
    if (process.send === undefined) await checkTopology(project, [placeOf(server, application.manifest)], true);
    return await runtime.startServer(application, configuration, { server, signal: signalOf(interrupted) });
  } catch (error) {
    if (error instanceof runtime.StoppedError) return null;
    // It may be that server which has the port of its health and metrics.
    if (error instanceof runtime.ListenError) await refuseRunning(project, [placeOf(server, application.manifest)]);
    throw await startFailure(error);
  }
}

/** Resolves when it is said, or nobody listens. */
function tell(word: ServerWord): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send!(word, () => resolve());
    else resolve();
  });
}

/** Also when an operator stopped it over the bus. Rejects when it ended by itself. */
async function endOf(started: StartedServer): Promise<void> {
  try {
    await started.ended;
  } catch (error) {
    throw await startFailure(error);
  }
}
