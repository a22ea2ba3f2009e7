/** The reference application's cluster on real sockets and free ports, one process, no log. */
import { type Cluster, type ConfigurationInput, type RunnableApplication, startCluster } from "gatesmith/runtime";
import { pino } from "pino";
import application from "../../app/index.js";
import type { Counters } from "../../runtime/operate/counters.js";
import type { RunningServer } from "../../runtime/running-server.js";

export interface RealCluster extends Cluster {
  /** Where clients of a frontend connect. */
  url(id: string): string;
  server(id: string): RunningServer;
  counters(id: string): Counters;
}

export interface RealOptions {
  readonly limits?: ConfigurationInput["limits"];
  /** Lines of the log are written here; nowhere without. */
  readonly log?: { write(line: string): void };
  readonly run?: RunnableApplication;
}

export async function startReal(options: RealOptions = {}): Promise<RealCluster> {
  const { limits, log = { write() {} }, run = application } = options;
  const servers = { gate: { port: 0 }, connector: { count: 2, port: 0 }, chat: { count: 2 } };
  const cluster = await startCluster(run, { servers, limits }, { log: pino({ level: "info" }, log) });
  const server = (id: string) => cluster.servers.find(({ core }) => core.id === id)!;
  return {
    ...cluster,
    url: (id) => cluster.endpoints.find((endpoint) => endpoint.server === id)!.url,
    server,
    counters: (id) => server(id).core.counters,
  };
}

/** The reference application without declared rates: for whoever has to be busy without being refused for it. */
export const unrated: RunnableApplication = {
  ...application,
  manifest: {
    ...application.manifest,
    handlers: application.manifest.handlers.map((handler) => ({ ...handler, rate: null })),
  },
};
