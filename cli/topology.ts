/** What the verbs that run servers ask before they start any. */
import type { ServerPlace } from "../runtime/operate/server-place.js";
import { CommandError, ExitCode } from "./command-error.js";
import { CONFIGURATION_FILE, type Project } from "./load-application.js";
import { refuseRunning } from "./running-already.js";

/** Throws `CommandError` with everything that stands in the way of these servers, a line each. */
export async function checkTopology(
  project: Project,
  places: readonly ServerPlace[],
  processes: boolean,
): Promise<void> {
  const { configuration, application } = project;
  const { topologyProblems } = await import("../runtime/operate/topology.js");
  const { processTiming: timing } = await import("../runtime/operate/process-timing.js");
  const { createLog } = await import("../runtime/operate/log.js");
  const options = { places, processes, timing, log: createLog("silent") };
  const { wrong, missing, busFault } = await topologyProblems(configuration, application.manifest, options);
  const problems = [...wrong, ...missing];
  if (problems.length === 0) return;
  // A port may be taken by the very server that shall start.
  if (processes && wrong.length === 0 && !busFault) await refuseRunning(project, places);
  throw new CommandError(problems.join("\n"), wrong.length > 0 ? ExitCode.CONFIGURATION : ExitCode.UNAVAILABLE);
}

/** What a start may fail with, and a person can do something about, as a `CommandError`; anything else as it is. */
export async function startFailure(error: unknown): Promise<unknown> {
  const runtime = await import("../runtime/index.js");
  if (!(error instanceof Error)) return error;
  if (error instanceof runtime.DuplicateServerError) return new CommandError(error.message, ExitCode.DUPLICATE);
  const wrong = [runtime.ConfigurationError, runtime.ApplicationError];
  if (wrong.some((type) => error instanceof type)) return new CommandError(error.message, ExitCode.CONFIGURATION);
  const missing = [runtime.BusError, runtime.ListenError];
  if (missing.some((type) => error instanceof type)) {
    // What is about a setting begins with its path.
    const place = /^(bus\b|subjects )/.test(error.message) ? `${CONFIGURATION_FILE}: ` : "";
    return new CommandError(place + error.message, ExitCode.UNAVAILABLE);
  }
  return error;
}
