/** What a server answers administrators: how it is, and what it is told to do. See `administrator.ts` for who asks. */
import { hostname } from "node:os";
import { BodyError } from "../../wire/body-error.js";
import { Slab } from "../../wire/slab.js";
import { Broadcast, Reach, ServerStatus, SessionKick } from "../bus/cluster-messages.js";
import { Operation } from "../bus/envelope.js";
import { kickUser } from "../cluster/kick-user.js";
import type { Answer } from "../cluster/operations.js";
import type { ServerState } from "../cluster/server-record.js";
import { wireState } from "../cluster/server-record.js";
import { Failure } from "../failure.js";
import type { Frontend } from "../frontend/frontend.js";
import type { ServerCore } from "../server-core.js";
import { SessionPhase } from "../session/frontend-session.js";

/** What ends a server that has a process of its own. */
export interface ServerEnd {
  drain(): Promise<void>;
  stop(): Promise<void>;
}

export interface AdministrationOptions {
  readonly core: ServerCore;
  /** Null on a backend. */
  readonly frontend: Frontend | null;
  readonly state: () => ServerState;
  /** Handlers that run. */
  readonly running: () => number;
  /** Clients' requests a second, lately. */
  readonly requestRate: () => number;
  /** Null: it shares its process with others, and ends with them. */
  readonly end: ServerEnd | null;
}

export function serveAdministration(options: AdministrationOptions): void {
  const { core } = options;
  const { operations, log } = core;
  const startedAt = core.timing.now();
  operations.serve(Operation.STATUS, () => ({ codec: ServerStatus, message: statusOf(options, startedAt) }));
  operations.serve(Operation.DRAIN, ({ from }) => {
    const end = endOf(options);
    log.info({ by: from.id }, "told to drain");
    // What it answers has left before it is gone.
    core.timing.defer(() => void end.drain());
    return undefined;
  });
  operations.serve(Operation.STOP, ({ from }) => {
    const end = endOf(options);
    log.info({ by: from.id }, "told to stop");
    core.timing.defer(() => void end.stop());
    return undefined;
  });
  operations.serve(Operation.BROADCAST, ({ from, read }) => {
    const push = read(Broadcast);
    const sessions = broadcast(options, push);
    log.info({ by: from.id, push: push.route, sessions }, "told to push to everyone");
    return reach(sessions);
  });
  operations.serve(Operation.KICK_EVERYWHERE, async ({ from, read }) => {
    const { uid, reason } = read(SessionKick);
    const sessions = await kickUser(core, uid, reason);
    log.info({ by: from.id, uid, reason, sessions }, "told to kick a user");
    return reach(sessions);
  });
}

const reach = (sessions: number): Answer => ({ codec: Reach, message: { sessions } });

function endOf({ core, end }: AdministrationOptions): ServerEnd {
  if (end !== null) return end;
  throw Failure.of("FORBIDDEN", `${core.id} shares its process with other servers, and ends with them`, "no");
}

function statusOf(options: AdministrationOptions, startedAt: number): ServerStatus {
  const { core, frontend, state, running, requestRate } = options;
  const { schemaHash, version } = core.tables.manifest;
  return {
    id: core.id,
    type: core.type.name,
    pid: process.pid,
    host: hostname(),
    state: wireState(state()),
    sessions: frontend === null ? 0 : frontend.sessions.size,
    // What servers ask each other, as in a drain, is nobody's request.
    running: running() + core.calls.size - core.operations.asking,
    requestsPerSecond: requestRate(),
    uptime: core.timing.now() - startedAt,
    schemaHash,
    version,
    memory: process.memoryUsage.rss(),
    servers: [...core.view.all()].map(({ id }) => id),
    supervisors: core.view.supervisors(),
  };
}

/** How many sessions it is for. Throws Failure. */
function broadcast({ core, frontend }: AdministrationOptions, { route, body }: Broadcast): number {
  const { version, pushes } = core.tables.manifest;
  const push = pushes.find((one) => one.route === route);
  if (push === undefined) {
    const text = `${core.id} has no push ${route}; its schema is version ${version}`;
    throw Failure.of("UNKNOWN_MESSAGE", text, "no");
  }
  if (frontend === null) throw Failure.of("FORBIDDEN", `${core.id} has no clients`, "no");
  const slab = new Slab(body.length);
  slab.bytes.set(body);
  try {
    push.message.decode(slab, 0, body.length);
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    throw Failure.of("BAD_BODY", `${route}: ${error.message}`, "no");
  }
  let sessions = 0;
  for (const { phase, protocol } of frontend.sessions) {
    if (phase === SessionPhase.OPEN && protocol.carries(push.messageId)) sessions++;
  }
  frontend.delivery.toEveryone(push, "", slab, 0, body.length);
  return sessions;
}
