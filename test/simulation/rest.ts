/**
 * What must be true when all is calm: every server knows every other and nobody else, and keeps what live sessions explain and nothing
 * more. Looks behind the curtain, where an application cannot.
 */
import type { SessionMirrors } from "../../runtime/backend/session-mirrors.js";
import type { LocalChannels } from "../../runtime/channel/local-channels.js";
import type { Peer } from "../../runtime/cluster/peer.js";
import type { RunningServer } from "../../runtime/running-server.js";
import type { FrontendSession } from "../../runtime/session/frontend-session.js";
import { sessionId } from "../../runtime/session/session.js";
import type { SimulatedCluster } from "./simulated-cluster.js";

/** The private parts of a server that hold something for a session, a uid, a channel or a question. */
interface Inside {
  readonly userHome: {
    readonly holders: Map<string, { readonly slot: number; readonly generation: number; readonly owner: number }[]>;
    readonly queues: Map<string, unknown>;
  };
  readonly channelHome: { readonly channels: Map<string, Map<Peer, number>> };
  readonly channels: LocalChannels;
  readonly mirrors: SessionMirrors;
  readonly dispatcher: { readonly running: number };
  readonly frontend: {
    readonly bindings: { readonly binding: Map<unknown, unknown>; readonly endings: Map<string, unknown> };
    readonly outbox: { readonly entries: number; readonly dirty: readonly unknown[] };
  } | null;
}

const inside = (server: RunningServer) => server as unknown as Inside;
const idOf = (server: RunningServer) => server.core.id;

export function checkAtRest(cluster: SimulatedCluster): void {
  const { ledger, servers } = cluster;
  const running = [...cluster.running()];
  for (const { id, running } of servers)
    ledger.hold("all is back to normal", running !== null, () => `${id} does not run`);
  checkViews(cluster, running);
  checkEnds(cluster);
  for (const server of running) {
    checkWork(cluster, server);
    checkMirrors(cluster, server, running);
    checkChannels(cluster, server, running);
  }
  checkUids(cluster, running);
  checkMembers(cluster, running);
}

function checkViews({ ledger }: SimulatedCluster, running: readonly RunningServer[]): void {
  const expected = running.map(({ core }) => `${core.id} ${core.incarnation} ready`).sort();
  for (const server of running) {
    const seen = [...server.core.view.all()]
      .map(({ id, incarnation, state }) => `${id} ${incarnation} ${state}`)
      .sort();
    const agrees = seen.join() === expected.join();
    ledger.hold(
      "views agree",
      agrees,
      () => `${idOf(server)} sees ${seen.join(", ")}; there are ${expected.join(", ")}`,
    );
    const suspects = [...server.core.view.all()].filter(({ suspect }) => suspect).map(({ id }) => id);
    ledger.hold("views agree", suspects.length === 0, () => `${idOf(server)} suspects ${suspects.join(", ")}`);
  }
}

/** What is under way at a server; nothing that is zero. */
function workOf(server: RunningServer): [string, number][] {
  const { userHome, dispatcher, frontend } = inside(server);
  const { core } = server;
  const work = {
    calls: core.calls.size,
    deadlines: core.wheel.size,
    retries: core.retries.size,
    changes: core.sentChanges.size,
    claims: userHome.queues.size,
    running: dispatcher.running,
    binding: frontend?.bindings.binding.size ?? 0,
    endings: frontend?.bindings.endings.size ?? 0,
    unsentFrames: frontend?.outbox.entries ?? 0,
    unsentSessions: frontend?.outbox.dirty.length ?? 0,
  };
  return Object.entries(work).filter(([, count]) => count !== 0);
}

/** Every server runs, and nothing is under way at any. */
export function isQuiet({ servers }: SimulatedCluster): boolean {
  return servers.every(({ running }) => running !== null && workOf(running).length === 0);
}

function checkWork({ ledger }: SimulatedCluster, server: RunningServer): void {
  const work = workOf(server).map((one) => one.join(" "));
  ledger.hold("nothing is left behind", work.length === 0, () => `${idOf(server)} keeps ${work.join(", ")}`);
}

function ownerOf(running: readonly RunningServer[], incarnation: number): RunningServer | undefined {
  return running.find(({ core }) => core.incarnation === incarnation);
}

function sessionAt(
  running: readonly RunningServer[],
  owner: number,
  slot: number,
  generation: number,
): FrontendSession | null {
  return ownerOf(running, owner)?.frontend?.sessions.find(slot, generation) ?? null;
}

function checkMirrors({ ledger }: SimulatedCluster, server: RunningServer, running: readonly RunningServer[]): void {
  const { core } = server;
  for (const peer of core.view.all()) {
    for (const mirror of inside(server).mirrors.of(peer)) {
      const session = sessionAt(running, mirror.owner, mirror.slot, mirror.generation);
      ledger.hold("nothing is left behind", session !== null, () => `${core.id} mirrors ${mirror.id}, which is over`);
      if (session === null) continue;
      const told = usesOf(session).find((use) => use.peer.incarnation === core.incarnation);
      ledger.hold(
        "session closed exactly once",
        told !== undefined,
        () => `${core.id} knows ${mirror.id}, whose connector does not know that`,
      );
      if (told?.told !== session.version) continue;
      const same = mirror.uid === session.uid && JSON.stringify(mirror.data) === JSON.stringify(session.data);
      ledger.hold("the session is up to date", same, () => `${core.id} has another ${mirror.id} than its connector`);
    }
  }
}

function usesOf(session: FrontendSession) {
  const uses = [];
  for (let use = session.firstUse; use !== null; use = use.next) uses.push(use);
  return uses;
}

function checkChannels(cluster: SimulatedCluster, server: RunningServer, running: readonly RunningServer[]): void {
  const { ledger } = cluster;
  const { core } = server;
  const { channels, channelHome } = inside(server);
  for (const channel of channels) {
    const dead = channel.members.filter(({ closed }) => closed).length;
    ledger.hold("nothing is left behind", dead === 0, () => `${core.id}: ${dead} members of ${channel.name} are gone`);
    const home = core.router.home(channel.typeIndex, channel.name);
    const atHome = running.find((one) => one.core.incarnation === home?.incarnation);
    const known =
      atHome === undefined ? [] : [...(inside(atHome).channelHome.channels.get(channel.name)?.keys() ?? [])];
    const isKnown = known.some(({ incarnation }) => incarnation === core.incarnation);
    ledger.hold(
      "no push is missed",
      isKnown,
      () => `${home?.id}, home of ${channel.name}, does not know of ${core.id}'s members`,
    );
  }
  for (const [name, holders] of channelHome.channels) {
    for (const holder of holders.keys()) {
      const there = ownerOf(running, holder.incarnation);
      const has = there !== undefined && [...inside(there).channels].some((one) => one.name === name);
      ledger.hold(
        "nothing is left behind",
        has,
        () => `${core.id} counts ${holder.id} in for ${name}, which has no member there`,
      );
    }
  }
}

function checkUids(cluster: SimulatedCluster, running: readonly RunningServer[]): void {
  const { ledger, sharing } = cluster;
  const held = new Set<string>();
  for (const server of running) {
    for (const [uid, holders] of inside(server).userHome.holders) {
      for (const { slot, generation, owner } of holders) {
        const id = sessionId(owner, slot, generation);
        held.add(`${uid} ${id}`);
        const session = sessionAt(running, owner, slot, generation);
        ledger.hold(
          "nothing is left behind",
          session?.uid === uid,
          () => `${idOf(server)} holds ${uid} for ${id}, which has ${session?.uid ?? "ended"}`,
        );
        const home = server.core.router.home(server.core.userHomeType, uid);
        ledger.hold(
          "nothing is left behind",
          home === server.core.self(),
          () => `${idOf(server)} holds ${uid}, whose home is ${home?.id}`,
        );
      }
    }
  }
  const owners = new Map<string, FrontendSession>();
  for (const server of running) {
    for (const session of server.frontend?.sessions ?? []) {
      const { uid } = session;
      if (uid === null) continue;
      ledger.hold(
        "one owner of a uid",
        held.has(`${uid} ${session.id}`),
        () => `${uid}'s home does not know of ${session.id}`,
      );
      const other = owners.get(uid);
      const alone = other === undefined || sharing.has(session.id) || sharing.has(other.id);
      ledger.hold(
        "one owner of a uid",
        alone,
        () => `uid ${uid} is bound to ${other?.id} and ${session.id}, after all has healed`,
      );
      owners.set(uid, session);
    }
  }
}

/** Every server that runs has heard of the end of the sessions it was given, and of no other's. */
function checkEnds(cluster: SimulatedCluster): void {
  const { ledger, uses } = cluster;
  const alive = new Set([...cluster.sessions()].map(({ id }) => id));
  for (const server of cluster.running()) {
    const life = cluster.lifeOf(server.handle);
    for (const [id, { closed }] of uses.get(life)!) {
      const expected = alive.has(id) ? 0 : 1;
      ledger.hold(
        "session closed exactly once",
        closed === expected,
        () => `${life} heard ${closed} times of the end of ${id}, which ${expected === 0 ? "goes on" : "is over"}`,
      );
    }
  }
}

/** Whoever has joined is a member, unless a fault may have cost it. */
function checkMembers({ ledger }: SimulatedCluster, running: readonly RunningServer[]): void {
  const channelsOf = new Map<string, ReadonlySet<string>>();
  for (const server of running) {
    const { channels } = inside(server);
    for (const session of server.frontend?.sessions ?? [])
      channelsOf.set(session.id, new Set([...channels.of(session)].map(({ name }) => name)));
  }
  for (const seen of ledger.sessions.values()) {
    if (!seen.open) continue;
    const channels = channelsOf.get(seen.id);
    ledger.hold(
      "all is back to normal",
      channels !== undefined,
      () => `${seen.client} believes in ${seen.id}, which is over`,
    );
    for (const name of seen.channels.keys()) {
      const isMember = channels?.has(name) === true;
      // What a server says to a home, a join as well, goes with the packets that are lost there; and the client is told.
      if (!isMember && seen.gapAt >= 0) seen.channels.delete(name);
      else ledger.hold("no push is missed", isMember, () => `${seen.client} has joined ${name}, and is no member`);
    }
  }
}
