/** What a cluster keeps for its clients, looked up behind the curtain: after everybody has gone it must be nothing. */
import type { TestCluster } from "gatesmith/testing";
import type { SessionMirrors } from "../../runtime/backend/session-mirrors.js";
import type { RunningServer } from "../../runtime/running-server.js";

/** The private parts of a server that hold something for a session, a uid, a channel or a question. */
interface Inside {
  readonly userHome: { readonly holders: Map<string, unknown>; readonly queues: Map<string, unknown> };
  readonly channelHome: { readonly channels: Map<string, unknown> };
  readonly channels: Iterable<unknown> & { readonly bySession: Map<unknown, unknown> };
  readonly mirrors: SessionMirrors;
  readonly dispatcher: { readonly running: number };
  readonly frontend: {
    readonly sessions: { readonly size: number };
    readonly bindings: { readonly binding: Set<unknown>; readonly endings: Map<string, unknown> };
    readonly outbox: {
      readonly entries: number;
      readonly dirty: unknown[];
      readonly slab: { readonly length: number };
    };
  } | null;
}

const inside = (server: RunningServer) => server as unknown as Inside;

/** Everything a server still holds, by what it is; nothing that is zero. */
export function leftoversOf(server: RunningServer): Record<string, number> {
  const { userHome, channelHome, channels, mirrors, dispatcher, frontend } = inside(server);
  const { core } = server;
  const all: Record<string, number> = {
    mirrors: [...core.view.all()].reduce((sum, peer) => sum + [...mirrors.of(peer)].length, 0),
    calls: core.calls.size,
    deadlines: core.wheel.size,
    retries: core.retries.size,
    uids: userHome.holders.size,
    claims: userHome.queues.size,
    homedChannels: channelHome.channels.size,
    localChannels: [...channels].length,
    members: channels.bySession.size,
    running: dispatcher.running,
    sessions: frontend?.sessions.size ?? 0,
    binding: frontend?.bindings.binding.size ?? 0,
    endings: frontend?.bindings.endings.size ?? 0,
    unsentFrames: frontend?.outbox.entries ?? 0,
    unsentSessions: frontend?.outbox.dirty.length ?? 0,
    unsentBytes: frontend?.outbox.slab.length ?? 0,
  };
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count !== 0));
}

/** The leftovers of all servers that have any, by id. `{}` is a clean cluster. */
export function leftovers(cluster: {
  readonly servers: TestCluster["servers"];
}): Record<string, Record<string, number>> {
  const found: Record<string, Record<string, number>> = {};
  for (const server of cluster.servers) {
    const left = leftoversOf(server);
    if (Object.keys(left).length > 0) found[server.core.id] = left;
  }
  return found;
}
