/** The measured cluster with each server in a process of its own: connectors and a backend, on the bus that is given. */
import type { ConfigurationInput } from "../runtime/operate/configuration.js";
import { type ServerOptions, type ServerProcess, startServer } from "./server-process.js";

export interface ClusterProcesses {
  readonly connectors: readonly ServerProcess[];
  readonly work: ServerProcess;
  stop(): Promise<void>;
}

export async function startClusterProcesses(
  connectors: number,
  bus: ConfigurationInput["bus"],
  options: ServerOptions,
): Promise<ClusterProcesses> {
  const configuration: ConfigurationInput = {
    bus,
    servers: { gate: { count: 0 }, connector: { count: connectors, port: 0 }, work: { count: 1 } },
    log: { level: "warn" },
  };
  const ids = Array.from({ length: connectors }, (_, index) => `connector-${index + 1}`);
  // At once: a connector listens when it knows all the others.
  const starting = [...ids, "work-1"].map((id) =>
    startServer("cluster/member.ts", { ...options, words: [id, JSON.stringify(configuration)] }),
  );
  const outcomes = await Promise.allSettled(starting);
  const servers = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return { connectors: servers.slice(0, -1), work: servers.at(-1)!, stop };
}
