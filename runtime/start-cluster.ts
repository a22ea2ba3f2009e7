/** Starts all servers of a configuration in this process, on the `local` bus and real sockets or in memory. */
import type { Logger } from "pino";
import type { Timing } from "../wire/timing.js";
import type { Endpoint, GateServer, RunnableApplication } from "./backend/application.js";
import { LocalHub } from "./bus/local-bus.js";
import { listenWebSocket, type WebSocketListener } from "./frontend/websocket-listener.js";
import { ManifestTables } from "./manifest-tables.js";
import { type Configuration, type ConfigurationInput, checkConfiguration } from "./operate/configuration.js";
import { createLog } from "./operate/log.js";
import { processTiming } from "./operate/process-timing.js";
import { RunningServer } from "./running-server.js";

export interface StartOptions {
  readonly timing?: Timing;
  readonly log?: Logger;
  /** False: no sockets. Clients are connected by `gatesmith/testing`. */
  readonly listen?: boolean;
}

export interface Cluster {
  readonly servers: readonly RunningServer[];
  readonly configuration: Configuration;
  /** Where the gates answer `GET /entry?uid=`: `http://host:port`. */
  readonly gates: readonly string[];
  /** Where clients connect, by server id. */
  readonly endpoints: readonly Endpoint[];
  /** Ends all sessions, runs the application's `onStop`, closes the ports. */
  stop(): Promise<void>;
}

/**
 * Starts a cluster. Throws ConfigurationError, ApplicationError, ListenError, or what the application's `onStart` throws; whatever had
 * been started is stopped first.
 */
export async function startCluster(
  application: RunnableApplication,
  input: ConfigurationInput,
  options: StartOptions = {},
): Promise<Cluster> {
  const { manifest } = application;
  const configuration = checkConfiguration(input, manifest);
  const timing = options.timing ?? processTiming;
  const log = options.log ?? createLog(configuration.log.level);
  const tables = new ManifestTables(manifest);
  const hub = new LocalHub(timing, configuration.limits.linkBytes);
  const { limits } = configuration;
  const servers: RunningServer[] = [];
  const listeners: WebSocketListener[] = [];
  const gates: string[] = [];
  const endpoints: Endpoint[] = [];
  for (const type of manifest.servers) {
    for (let number = 1; number <= configuration.servers[type.name]!.count; number++) {
      servers.push(new RunningServer({ application, tables, type: type.name, number, timing, limits, log }));
    }
  }
  const stop = async () => {
    for (const listener of listeners) listener.close();
    // Frontends first: what their sessions still have going on is finished by backends that are there.
    const frontends = servers.filter((server) => server.frontend !== null);
    const backends = servers.filter((server) => server.frontend === null);
    await Promise.all(frontends.map((server) => server.stop()));
    await Promise.all(backends.map((server) => server.stop()));
    log.info("cluster stopped");
  };
  try {
    for (const server of servers) await server.start(hub.join(server.address, server));
    for (const server of servers) {
      const { frontend, core } = server;
      let url = "";
      if (frontend !== null) {
        const { host, port, advertise } = configuration.servers[core.type.name]!;
        const isGate = core.type.kind === "gate";
        let bound = port! === 0 ? core.number : port! + core.number - 1;
        if (options.listen !== false) {
          const handle = server.handle as GateServer<unknown, object, object>;
          const listener = await listenWebSocket({
            host,
            port: port! === 0 ? 0 : bound,
            receiver: frontend,
            frameBytes: limits.frameBytes,
            choose: isGate ? (uid) => handle.choose(uid) : null,
          });
          listeners.push(listener);
          bound = listener.port;
          if (isGate) gates.push(`http://${host}:${bound}`);
        }
        url = (advertise ?? `ws://${host}:{port}/`).replace("{port}", String(bound));
        endpoints.push({ url, server: core.id });
      }
      server.becomeReady(url);
      core.log.info(url === "" ? {} : { url }, "server ready");
    }
    await new Promise<void>((resolve) => timing.defer(() => timing.defer(resolve)));
    for (const server of servers) await server.allReady();
  } catch (error) {
    await stop();
    throw error;
  }
  return { servers, configuration, gates, endpoints, stop };
}
