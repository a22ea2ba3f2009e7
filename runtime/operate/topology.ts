/** Whether a topology can work at all: found out, and said all at once, before anything of it starts. */
import { createServer } from "node:net";
import type { Logger } from "pino";
import type { Timing } from "../../wire/timing.js";
import { BusError } from "../bus/bus-error.js";
import { SocketFolder } from "../bus/socket-folder.js";
import type { Manifest } from "../manifest.js";
import type { Configuration } from "./configuration.js";
import { FILE } from "./configuration-problems.js";
import { portsOf } from "./listener-configuration.js";
import type { ServerPlace } from "./server-place.js";

export interface TopologyOptions {
  /** Those that shall start here. */
  readonly places: readonly ServerPlace[];
  /** They, or others of the cluster, are in processes of their own. */
  readonly processes: boolean;
  readonly timing: Timing;
  readonly log: Logger;
}

export interface TopologyProblems {
  /** What will be the same next time: one line each. */
  readonly wrong: readonly string[];
  /** What is not to be had now: a port that somebody has, a NATS server that does not answer. */
  readonly missing: readonly string[];
  /** The bus is among what is missing. */
  readonly busFault: boolean;
}

/**
 * What stands in the way of these servers. Asks the system: ports are opened and closed again, the bus's folder is made, the NATS server
 * is connected to. All of that at once, and no longer than NATS takes to be given up.
 */
export async function topologyProblems(
  configuration: Configuration,
  manifest: Manifest,
  options: TopologyOptions,
): Promise<TopologyProblems> {
  const [bus, ports] = await Promise.all([
    busProblem(configuration, manifest, options),
    portProblems(configuration, options.places),
  ]);
  const missing = bus === null ? ports : [bus, ...ports];
  const wrong = [...memberProblems(configuration, manifest), ...localProblem(configuration, options)];
  return { wrong, missing, busFault: bus !== null };
}

/** Which ports of these servers cannot be had, and why: one line each. */
export async function portProblems(configuration: Configuration, places: readonly ServerPlace[]): Promise<string[]> {
  const problems = await Promise.all(places.flatMap((place) => socketsOf(place, configuration)).map(taken));
  return problems.filter((problem) => problem !== null);
}

/** Clients find a connector by a gate, where the schema has one; without either there is nobody to serve. */
function memberProblems({ servers }: Configuration, manifest: Manifest): string[] {
  const problems: string[] = [];
  for (const kind of ["gate", "connector"] as const) {
    const types = manifest.servers.filter((type) => type.kind === kind).map(({ name }) => name);
    if (types.some((type) => servers[type]!.count > 0)) continue;
    if (types.length > 0)
      problems.push(`${FILE}: servers.${types[0]}.count: there is no ${kind}, and clients need one`);
    else if (kind === "connector") problems.push("the schema has no connector, and clients need one");
  }
  return problems;
}

function localProblem({ bus }: Configuration, { processes }: TopologyOptions): string[] {
  if (!processes || bus.driver !== "local") return [];
  return [
    `${FILE}: bus: the local bus stays within one process: for servers in processes of their own it is "ipc" or "nats"`,
  ];
}

interface Socket {
  readonly id: string;
  readonly host: string;
  readonly port: number;
}

function socketsOf({ id, type, number }: ServerPlace, { servers }: Configuration): Socket[] {
  return portsOf(servers[type]!, number).map((taken) => ({ id, ...taken }));
}

const REASONS = new Map([
  ["EADDRINUSE", "somebody listens there already"],
  ["EACCES", "this user may not listen there"],
  ["EADDRNOTAVAIL", "this machine has no such address"],
  ["ENOTFOUND", "nobody knows a machine of this name"],
]);

/** Why a port cannot be had, or null. */
async function taken({ id, host, port }: Socket): Promise<string | null> {
  // Of a server whose number is above the configuration's count.
  if (port > 65_535) return `${id} would listen on ${port}; the last port is 65535`;
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      resolve(`${id} cannot listen on ${host}:${port}: ${REASONS.get(error.code ?? "") ?? error.message}`);
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

/** What an administrator is called that asks servers something. */
const LONGEST_GUEST = "administrator_7fffffff";

async function busProblem(
  { bus }: Configuration,
  manifest: Manifest,
  { places, timing, log }: TopologyOptions,
): Promise<string | null> {
  try {
    if (bus.driver === "ipc") await new SocketFolder(bus.folder).check([...places.map(({ id }) => id), LONGEST_GUEST]);
    if (bus.driver === "nats") {
      const { checkNats } = await import("../bus/nats-bus.js");
      await checkNats({ configuration: bus, prefix: `gatesmith.${manifest.name}`, timing, log });
    }
    return null;
  } catch (error) {
    if (!(error instanceof BusError)) throw error;
    return `${FILE}: ${error.message}`;
  }
}
