/** The harbor on real sockets: as many listeners as a test asks for, on ports of the system's choice. */
import { type Cluster, type ConfigurationInput, type StartOptions, startCluster } from "gatesmith/runtime";
import { expect, onTestFinished } from "vitest";
import type { RunningServer } from "../../../runtime/running-server.js";
import { leftovers } from "../../abuse/leftovers.js";
import { type LogLine, memoryLog } from "../lab/memory-log.js";
import application from "./harbor/app/index.js";
import { Call, Identity, Load, manifest, Names, Nothing, Order, Ship, Text } from "./harbor/generated/server/index.js";
import * as layouts from "./harbor/generated/server/layouts.js";
import { type Line, overTcp, overTls, overWebSocket } from "./lines.js";
import { type Wire, WireClient } from "./wire-client.js";

type ServerInput = NonNullable<NonNullable<ConfigurationInput["servers"]>[string]>;
export type ListenerInput = NonNullable<ServerInput["listeners"]>[number];

/** By name of the protocol. */
export const wires = {
  main: { request: layouts.mainRequest, response: layouts.mainResponse, manifest },
  next: { request: layouts.nextRequest, response: layouts.nextResponse, manifest },
  lines: { request: layouts.linesRequest, response: layouts.linesResponse, manifest, json: true },
} satisfies Record<string, Wire>;

export type WireName = keyof typeof wires;

export const Id = {
  ENTRY: 1001,
  MOOR: 2001,
  ECHO: 2002,
  WHO: 2003,
  CALL: 3001,
  DOCK_WHO: 3002,
  UNLOAD: 3003,
  FETCH: 3004,
  WAIT: 3005,
  ON_CALL: 3101,
  ON_MOORED: 3102,
  ON_LEFT: 3103,
  ON_LOAD: 3111,
  ON_DROP: 3112,
  ON_LATEST: 3113,
} as const;

export interface HarborOptions {
  readonly limits?: ConfigurationInput["limits"];
  readonly servers?: ConfigurationInput["servers"];
  readonly timing?: StartOptions["timing"];
}

export interface Harbor extends Cluster {
  readonly lines: readonly LogLine[];
  server(id: string): RunningServer;
  /** Where the listeners of a server are, in the configuration's order; one for each path of a WebSocket listener. */
  urls(id?: string): string[];
}

/** One of these on `connector-1`; the gate has a WebSocket listener unless `servers` says otherwise. */
export async function startHarbor(listeners: readonly ListenerInput[], options: HarborOptions = {}): Promise<Harbor> {
  const { log, lines } = memoryLog();
  const servers = { gate: { port: 0 }, connector: { listeners: [...listeners] }, ...options.servers };
  const cluster = await startCluster(application, { servers, limits: options.limits }, { log, timing: options.timing });
  onTestFinished(async () => {
    await cluster.stop();
    // What was queued for clients who have gone is forgotten with the tick.
    await new Promise((resolve) => setImmediate(resolve));
    expect(leftovers(cluster)).toEqual({});
  });
  return {
    ...cluster,
    lines,
    server: (id) => cluster.servers.find(({ core }) => core.id === id)!,
    urls: (id = "connector-1") => cluster.endpoints.filter(({ server }) => server === id).map(({ url }) => url),
  };
}

/** Opens a line to wherever the address says. */
export function lineTo(url: string): Promise<Line> {
  if (url.startsWith("tcp:")) return overTcp(url);
  return url.startsWith("tls:") ? overTls(url) : overWebSocket(url);
}

/** Connects, and says nothing. */
export async function connect(url: string, wire: WireName = "main"): Promise<WireClient> {
  return new WireClient(await lineTo(url), wires[wire]);
}

/** Connects, and says Hello where the protocol has one. */
export async function open(url: string, wire: WireName = "main"): Promise<WireClient> {
  const client = await connect(url, wire);
  if (wire !== "lines") await client.hello();
  return client;
}

/** Connects, and moors at a dock. */
export async function moored(url: string, name: string, dock = "east", wire: WireName = "main"): Promise<WireClient> {
  const client = await open(url, wire);
  await moor(client, name, dock);
  return client;
}

export const moor = (client: WireClient, name: string, dock = "east") =>
  client.call(Id.MOOR, [Ship, { name, dock }], Names);

export const echo = async (client: WireClient, text: string) =>
  (await client.call(Id.ECHO, [Text, { text }], Text)).text;

export const whoAmI = (client: WireClient) => client.call(Id.WHO, [Nothing, {}], Identity);

export { Call, Identity, Load, Names, Nothing, Order, Ship, Text };
