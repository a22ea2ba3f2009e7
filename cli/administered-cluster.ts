/** A running cluster as a verb reaches it: over its bus, as an administrator who knows the secret. */

import type { ServerStatus } from "../runtime/bus/cluster-messages.js";
import type { Peer } from "../runtime/cluster/peer.js";
import type { Administrator } from "../runtime/operate/administrator.js";
import type { BusConfiguration } from "../runtime/operate/bus-configuration.js";
import { didYouMean } from "../wire/did-you-mean.js";
import { CommandError } from "./command-error.js";
import { CONFIGURATION_FILE, loadProject, type Project } from "./load-application.js";
import { quoted } from "./quoted.js";
import { startFailure } from "./topology.js";
import { until } from "./until.js";

/** One server that was found, and what it says of itself; null when it says nothing. */
export interface FoundServer {
  readonly id: string;
  readonly peer: Peer | null;
  readonly status: ServerStatus | null;
}

export interface AdministeredCluster {
  readonly project: Project;
  readonly administrator: Administrator;
  /** By id; at least one. */
  readonly servers: readonly FoundServer[];
}

/** Joins the cluster of the project in a folder, meets everybody, and leaves when `task` is done. Throws `CommandError`. */
export async function withCluster(
  folder: string,
  environment: string | undefined,
  task: (cluster: AdministeredCluster) => Promise<void>,
): Promise<void> {
  const project = await loadProject(folder, environment);
  const { bus } = project.configuration;
  if (bus.driver === "local") {
    throw new CommandError(
      `${CONFIGURATION_FILE}: bus: the servers of a "local" bus share one process, and nobody else can reach them. With "ipc" or "nats" each has its own; --environment names an environment that has such a bus`,
    );
  }
  const administrator = await join(project, bus);
  try {
    const servers = await meet(administrator, bus);
    await task({ project, administrator, servers });
  } catch (error) {
    throw await startFailure(error);
  } finally {
    await administrator.close();
  }
}

async function join({ application }: Project, bus: BusConfiguration): Promise<Administrator> {
  const { joinAsAdministrator } = await import("../runtime/operate/administrator.js");
  const { createLog } = await import("../runtime/operate/log.js");
  const { processTiming: timing } = await import("../runtime/operate/process-timing.js");
  try {
    return await joinAsAdministrator({ bus, application: application.manifest.name, timing, log: createLog("silent") });
  } catch (error) {
    throw await startFailure(error);
  }
}

/** Those that supervise the servers' processes: everybody whom a server knows, or `least` of them, waited for a while. */
export async function supervisorsOf(
  { administrator, servers }: AdministeredCluster,
  least = 0,
): Promise<readonly Peer[]> {
  const known = new Set(servers.flatMap(({ status }) => status?.supervisors ?? []));
  const areThere = () => {
    const ids = administrator.supervisors.map(({ id }) => id);
    return ids.length >= least && [...known].every((id) => ids.includes(id));
  };
  await until(administrator, PATIENCE, areThere);
  return administrator.supervisors;
}

/** The server of an id. Throws `CommandError` when it is not there, or says nothing. */
export function serverNamed(servers: readonly FoundServer[], id: string): Peer {
  const found = servers.find((one) => one.id === id);
  if (found?.peer != null) return found.peer;
  if (found !== undefined) throw new CommandError(`${id} does not answer; others have not given it up yet`);
  const ids = servers.map((one) => one.id);
  const hint = didYouMean(id, ids);
  const text = `there is no server ${quoted(id)}; there are ${ids.join(", ")}${hint === null ? "" : `; ${hint}`}`;
  throw new CommandError(text);
}

/** Any server that takes part in the work. Throws `CommandError`. */
export function someServer(servers: readonly FoundServer[]): Peer {
  const ready = servers.find(({ peer }) => peer?.state === "ready") ?? servers.find(({ peer }) => peer !== null);
  if (ready?.peer != null) return ready.peer;
  throw new CommandError("no server answers");
}

/** What a server answers to an operation, with its refusal as a `CommandError`. */
export async function answerOf<T>(asked: Promise<T>): Promise<T> {
  const { Failure } = await import("../runtime/failure.js");
  try {
    return await asked;
  } catch (error) {
    throw error instanceof Failure ? new CommandError(error.message) : error;
  }
}

/** Milliseconds in which somebody comes who was there already, on a machine with much to do. */
const PATIENCE = 3_000;

/**
 * Asks every server that comes, and waits for those that others know: until each has answered, or for a while. Throws `CommandError`
 * when there is none.
 */
async function meet(administrator: Administrator, bus: BusConfiguration): Promise<readonly FoundServer[]> {
  const { Operation } = await import("../runtime/bus/envelope.js");
  const { ServerStatus } = await import("../runtime/bus/cluster-messages.js");
  const { processTiming: timing } = await import("../runtime/operate/process-timing.js");
  const statuses = new Map<string, ServerStatus | null>();
  const expected = new Set<string>();
  let wake = () => {};
  const ask = async (peer: Peer) => {
    expected.add(peer.id);
    try {
      const status = await administrator.ask(peer, Operation.STATUS, null, ServerStatus, "status");
      statuses.set(peer.id, status);
      for (const id of status.servers) expected.add(id);
    } catch {
      statuses.set(peer.id, null);
    }
    wake();
  };
  const asked = new Set<Peer>();
  const end = timing.now() + PATIENCE;
  for (;;) {
    for (const peer of administrator.servers.filter((one) => !asked.has(one))) {
      asked.add(peer);
      void ask(peer);
    }
    const complete = expected.size > 0 && [...expected].every((id) => statuses.has(id));
    const left = end - timing.now();
    if (complete || left <= 0) break;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const late = timing.after(left, () => wake());
    await Promise.race([administrator.change(), woken]);
    late.cancel();
  }
  if (expected.size === 0) throw nobody(administrator, bus);
  const peers = new Map(administrator.servers.map((peer) => [peer.id, peer]));
  return [...expected]
    .sort(byNumber)
    .map((id) => ({ id, peer: peers.get(id) ?? null, status: statuses.get(id) ?? null }));
}

/** chat-2 comes before chat-10. */
const byNumber = new Intl.Collator("en", { numeric: true }).compare;

function nobody({ counters }: Administrator, bus: BusConfiguration): CommandError {
  if (bus.driver === "ipc") {
    const refused = counters.unauthenticated > 0;
    return new CommandError(
      refused
        ? `the servers in ${bus.folder} have another secret: bus.secret must be the one they were started with`
        : `no server is there: none has a socket in ${bus.folder}. Start them with \`gatesmith start\` or \`gatesmith run\``,
    );
  }
  const where = bus.driver === "nats" ? ` at ${[bus.servers].flat().join(", ")}` : "";
  return new CommandError(`no server is there: none is heard${where}. Start them with \`gatesmith start\``);
}
