/** `gatesmith start`: runs the topology until it is told to stop, in this process or with a process for each server. */
import type { Command } from "commander";
import type { Cluster } from "../runtime/index.js";
import type { ServerPlace } from "../runtime/operate/server-place.js";
import { announcement } from "./announcement.js";
import { CommandError, ExitCode } from "./command-error.js";
import { signalOf, untilInterrupted } from "./interruption.js";
import { CONFIGURATION_FILE, environmentOption, loadProject, type Project } from "./load-application.js";
import { rootOption } from "./project-root.js";
import { refuseRunning } from "./running-already.js";
import type { supervise } from "./supervision.js";
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
      `Runs the servers of ${CONFIGURATION_FILE} until SIGINT or SIGTERM asks it to stop; a second signal does not wait for what is still running. With the local bus all servers share this process. With ipc or nats each has a process of its own, which is started again when it ends by itself.`,
    )
    .argument("[servers...]", "only these, where others run elsewhere: server types, or ids like chat-2")
    .addOption(rootOption())
    .addOption(environmentOption())
    .addHelpText(
      "after",
      `
Examples:
  $ gatesmith start --root ./chat
  $ gatesmith start gate connector --environment production`,
    )
    .action(start);
}

async function start(names: readonly string[], options: StartOptions): Promise<void> {
  const interrupted = untilInterrupted();
  const project = await loadProject(options.root, options.environment);
  const { driver } = project.configuration.bus;
  if (driver === "local" && names.length > 0) {
    const text = `${names.join(", ")} would be alone: with the local bus every server runs here. Name servers with ipc or nats.`;
    throw new CommandError(text, ExitCode.USAGE);
  }
  const places = await placesOf(project, names);
  await checkTopology(project, places, driver !== "local");
  await refuseRunning(project, places);
  const code = await (driver === "local"
    ? runTogether(project, interrupted)
    : superviseApart(project, options.environment, places, interrupted));
  // The application may have left something open, and nobody is there to use it.
  process.exit(code);
}

async function placesOf({ application, configuration }: Project, names: readonly string[]): Promise<ServerPlace[]> {
  const { manifest } = application;
  const places = await import("../runtime/operate/server-place.js");
  const all = places.placesOf(configuration, manifest);
  try {
    return names.length === 0 ? all : places.chosenPlaces(names, all, manifest);
  } catch (error) {
    throw await startFailure(error);
  }
}

async function superviseApart(...parameters: Parameters<typeof supervise>): Promise<ExitCode> {
  const supervision = await import("./supervision.js");
  return supervision.supervise(...parameters);
}

async function runTogether(project: Project, interrupted: Promise<void>): Promise<ExitCode> {
  const cluster = await startCluster(project, interrupted);
  if (cluster !== null) {
    process.stdout.write(announcement({ ...cluster, count: cluster.servers.length }));
    await interrupted;
    await cluster.stop();
  }
  return ExitCode.OK;
}

/** Null: it was asked to stop before it was ready. */
async function startCluster(
  { application, configuration }: Project,
  interrupted: Promise<void>,
): Promise<Cluster | null> {
  const runtime = await import("../runtime/index.js");
  try {
    return await runtime.startCluster(application, configuration, { signal: signalOf(interrupted) });
  } catch (error) {
    if (error instanceof runtime.StoppedError) return null;
    throw await startFailure(error);
  }
}
