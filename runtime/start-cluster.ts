/** Starts all servers of a configuration in this process, on the `local` bus and real sockets or in memory. */
import { crc32 } from "node:zlib";
import type { Logger } from "pino";
import { useNativeCrc32 } from "../wire/crc32.js";
import type { Timing } from "../wire/timing.js";
import type { Endpoint, RunnableApplication } from "./backend/application.js";
import { LocalHub } from "./bus/local-bus.js";
import type { Listener } from "./frontend/listener.js";
import { ManifestTables } from "./manifest-tables.js";
import { type Configuration, type ConfigurationInput, checkConfiguration } from "./operate/configuration.js";
import { createLog } from "./operate/log.js";
import { openOperateEndpoint } from "./operate/open-operate-endpoint.js";
import type { OperateEndpoint } from "./operate/operate-endpoint.js";
import { processTiming } from "./operate/process-timing.js";
import { unlessStopped } from "./operate/stopped-error.js";
import { RunningServer } from "./running-server.js";
import { openServerListeners } from "./server-listeners.js";

export interface StartOptions {
  readonly timing?: Timing;
  readonly log?: Logger;
  /** False: no sockets. Clients are connected by `gatesmith/testing`. */
  readonly listen?: boolean;
  /** Stops it while it is not ready yet: then the start rejects with StoppedError. */
  readonly signal?: AbortSignal;
}

export interface Cluster {
  readonly servers: readonly RunningServer[];
  readonly configuration: Configuration;
  /** Where the gates answer `GET /entry?uid=`: `http://host:port`. */
  readonly gates: readonly string[];
  /** Where clients connect, by server id. */
  readonly endpoints: readonly Endpoint[];
  /** Where servers answer `/healthz`, `/readyz` and `/metrics`: `http://host:port`, by server id. */
  readonly operate: ReadonlyMap<string, string>;
  /** Drains one server, then stops it and closes its ports. Rejects with RangeError when there is none with this id. */
  drain(id: string): Promise<void>;
  /** Ends all sessions, runs the application's `onStop`, closes the ports. Resolves when no connection is left. */
  stop(): Promise<void>;
}

/**
 * Starts a cluster. A part of one will do: that there is a gate and a connector is asked by `gatesmith start`, not here. Throws
 * ConfigurationError, ApplicationError, ListenError, StoppedError when `signal` came first, or what the application's `onStart` throws;
 * whatever had been started is stopped first.
 */
export async function startCluster(
  application: RunnableApplication,
  input: ConfigurationInput,
  options: StartOptions = {},
): Promise<Cluster> {
  useNativeCrc32(crc32);
  const { manifest } = application;
  const configuration = checkConfiguration(input, manifest);
  const timing = options.timing ?? processTiming;
  const log = options.log ?? createLog(configuration.log.level);
  const tables = new ManifestTables(manifest);
  const hub = new LocalHub(timing, configuration.limits.linkBytes);
  const { limits } = configuration;
  const servers: RunningServer[] = [];
  const listeners = new Map<RunningServer, readonly Listener[]>();
  const operate = new Map<RunningServer, OperateEndpoint>();
  const gates: string[] = [];
  const endpoints: Endpoint[] = [];
  for (const type of manifest.servers) {
    for (let number = 1; number <= configuration.servers[type.name]!.count; number++) {
      servers.push(new RunningServer({ application, tables, type: type.name, number, timing, limits, log }));
    }
  }
  const stopOne = async (server: RunningServer) => {
    for (const listener of listeners.get(server) ?? []) listener.close();
    await server.stop();
    await operate.get(server)?.close();
  };
  const drain = async (id: string) => {
    const server = servers.find(({ core }) => core.id === id);
    if (server === undefined) throw new RangeError(`no server is called ${id}`);
    await server.drain();
    await stopOne(server);
  };
  const stop = async () => {
    // Frontends first: what their sessions still have going on is finished by backends that are there.
    const frontends = servers.filter((server) => server.frontend !== null);
    const backends = servers.filter((server) => server.frontend === null);
    await Promise.all(frontends.map(stopOne));
    await Promise.all(backends.map(stopOne));
    await Promise.all([...listeners.values()].flat().map((listener) => listener.ended()));
    log.info("cluster stopped");
  };
  try {
    for (const server of options.listen === false ? [] : servers) {
      const { id, type, number } = server.core;
      const well = { server: () => server, illness: () => null };
      const endpoint = await openOperateEndpoint(configuration, { id, type: type.name, number, timing, ...well });
      if (endpoint !== null) operate.set(server, endpoint);
    }
    for (const server of servers) await unlessStopped(server.start(hub.join(server.address, server)), options.signal);
    for (const server of servers) {
      const opened = await openServerListeners(server, configuration, timing, options.listen !== false);
      listeners.set(server, opened.listeners);
      gates.push(...opened.gates);
      for (const { url } of opened.records) endpoints.push({ url, server: server.core.id });
      server.becomeReady(opened.records);
    }
    await new Promise<void>((resolve) => timing.defer(() => timing.defer(resolve)));
    for (const server of servers) await unlessStopped(server.allReady(), options.signal);
  } catch (error) {
    await stop();
    throw error;
  }
  const urls = new Map([...operate].map(([server, { url }]) => [server.core.id, url]));
  return { servers, configuration, gates, endpoints, operate: urls, drain, stop };
}
