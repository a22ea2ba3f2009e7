/** The part of `gatesmith start` that supervises a process for each server. */
import { hostname } from "node:os";
import pc from "picocolors";
import { createLog } from "../runtime/operate/log.js";
import { processTiming } from "../runtime/operate/process-timing.js";
import type { ServerPlace } from "../runtime/operate/server-place.js";
import { Supervisor } from "../runtime/operate/supervisor.js";
import { SupervisorPlace } from "../runtime/operate/supervisor-place.js";
import { announcement } from "./announcement.js";
import { ExitCode } from "./command-error.js";
import { onSecondSignal } from "./interruption.js";
import type { Project } from "./load-application.js";
import type { Listening } from "./run.js";
import { forkServer } from "./server-process.js";

/** Milliseconds that a server may take to end after its drain. */
const PATIENCE = 30_000;

/** As it may stand in a member's id. */
const machineName = () =>
  hostname()
    .replace(/[^A-Za-z0-9-]+/g, "-")
    .slice(0, 32);

/** Runs these servers until `interrupted`, or until none is left. Resolves to the exit code. */
export async function supervise(
  { root, application, configuration }: Project,
  environment: string | undefined,
  places: readonly ServerPlace[],
  interrupted: Promise<void>,
): Promise<ExitCode> {
  const log = createLog(configuration.log.level).child({ server: "supervisor" });
  const listening = new Map<string, Listening>();
  const kinds = new Map(application.manifest.servers.map(({ name, kind }) => [name, kind]));
  const supervisor = new Supervisor({
    spawn: ({ id }, events) => {
      const started = (pid: number | undefined) => log.info({ process: id, pid }, "process started");
      const report = (where: Listening) => void listening.set(id, where);
      return forkServer(id, { root, environment, started, report }, events);
    },
    isFrontend: (type) => kinds.get(type) !== "backend",
    timing: processTiming,
    log,
    // A drain ends by itself; what comes after it is the application's.
    patience: configuration.limits.drainTimeout + PATIENCE,
  });
  const place = new SupervisorPlace({
    supervisor,
    configuration,
    manifest: application.manifest,
    name: configuration.bus.driver === "nats" ? machineName() : undefined,
    timing: processTiming,
    log,
  });
  let announced = false;
  supervisor.onChange(() => {
    const { servers } = supervisor;
    if (announced || servers.some(({ state }) => state !== "ready")) return;
    announced = true;
    const endpoints = servers.flatMap(({ id }) => listening.get(id)!.urls.map((url) => ({ server: id, url })));
    const gates = servers.flatMap(({ id }) => listening.get(id)!.gates);
    process.stdout.write(announcement({ count: servers.length, endpoints, gates }, "a process each"));
  });
  onSecondSignal(() => supervisor.kill());
  supervisor.start(places);
  void place.stay();
  void interrupted.then(() => {
    log.info("told to stop");
    supervisor.stop();
  });
  const well = await supervisor.ended;
  await place.close();
  if (well) {
    log.info("cluster stopped");
    return ExitCode.OK;
  }
  const lost = supervisor.servers.filter(({ state }) => state === "given up").map(({ id }) => id);
  process.stderr.write(`${pc.red("error")} ${lost.join(", ")} could not be kept running: the log says why\n`);
  return ExitCode.FAILED;
}
