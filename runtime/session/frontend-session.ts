/**
 * A session on the connector that owns it. One object a connection: a handle that an application keeps can never reach the client that
 * uses the same slot later.
 */
import { CloseCode } from "../../wire/close-code.js";
import type { SessionState } from "../bus/cluster-messages.js";
import type { Peer } from "../cluster/peer.js";
import { Failure } from "../failure.js";
import type { FrontendProtocol } from "../frontend/frontend-protocol.js";
import type { FrontendSocket } from "../frontend/frontend-socket.js";
import type { HeldRequests } from "../frontend/held-requests.js";
import type { LatestFrames } from "../frontend/latest-frames.js";
import type { StreamBuffer } from "../frontend/stream-buffer.js";
import { type BindOptions, type Session, sessionId } from "./session.js";
import type { Data, SessionDataSchema } from "./session-data.js";
import type { SessionWork, WorkingSession } from "./session-work.js";

export const SessionPhase = {
  /** Connected, and has not said Hello. */
  CONNECTING: 0,
  OPEN: 1,
  CLOSED: 2,
} as const;

export type SessionPhase = (typeof SessionPhase)[keyof typeof SessionPhase];

/** What a session has at one server that knows it. A session's uses are a chain: nearly always of none, one or two. */
export interface SessionUse {
  readonly peer: Peer;
  /** The server the session's requests of this type go to now. */
  current: boolean;
  /** Version of the session the peer has been told; 0 is none. */
  told: number;
  /** Requests of the session that wait for that server. */
  inFlight: number;
  /** Notifies went there, and nobody has asked since whether they are done. */
  notified: boolean;
  /** For which versions of session and view the router chose this peer. */
  chosenVersion: number;
  chosenView: number;
  next: SessionUse | null;
}

/** What a session asks of the connector that owns it. */
export interface SessionBindings {
  readonly schema: SessionDataSchema;
  bind(session: FrontendSession, uid: string, options: BindOptions | undefined): Promise<void>;
  unbind(session: FrontendSession): Promise<void>;
  close(session: FrontendSession, code: CloseCode, reason: string): Promise<void>;
}

export class FrontendSession implements Session<Data>, WorkingSession {
  readonly slot: number;
  readonly generation: number;
  readonly owner: number;
  readonly socket: FrontendSocket;
  readonly protocol: FrontendProtocol;
  phase: SessionPhase = SessionPhase.CONNECTING;
  uid: string | null = null;
  data: Data;
  /** Counts changes of uid and data, from 1. */
  version = 1;
  /** The uid as the internal header carries it, when it is a decimal number; else 0. */
  userIdHigh = 0;
  userIdLow = 0;
  /** Incarnation of the uid's home that knows of this session. */
  userHome = 0;
  /** Bound with `allow`. */
  sharesUser = false;
  work: SessionWork | null = null;

  // What the connector counts.
  /** On the monotonic clock, when it connected. */
  readonly openedAt: number;
  /** On the monotonic clock, when anything was last heard. */
  lastHeard: number;
  lastSequence = 0;
  /** Whether the client's schema is one that this server has never heard of, and that claims to understand this server's. */
  newer = false;
  /** Requests without an answer yet. */
  inFlight = 0;
  /** Requests that wait until the server before is done with the session. */
  held: HeldRequests | null = null;
  strikes = 0;
  /** Rate limits: when the next request of each rated route is due. Made with the first. */
  dueTimes: Float64Array | null = null;

  /** Streams: what has arrived of a frame that is not complete, and since when. */
  rest: StreamBuffer | null = null;
  restSince = 0;

  // What waits to be sent; the outbox's own.
  pushSequence = 0;
  firstEntry = -1;
  lastEntry = -1;
  pendingBytes = 0;
  /** The socket did not take everything: what may be dropped is dropped until it drains. */
  congested = false;
  /** More waits for it than may: it is closed at the end of the tick, and neither heard nor sent anything until then. */
  doomed = false;
  /** Overflow `latest`: the newest frame per push and key, while congested. */
  latest: LatestFrames | null = null;

  /** The servers that know the session, the latest first. */
  firstUse: SessionUse | null = null;

  private readonly bindings: SessionBindings;

  constructor(
    slot: number,
    generation: number,
    owner: number,
    socket: FrontendSocket,
    protocol: FrontendProtocol,
    now: number,
    bindings: SessionBindings,
  ) {
    this.slot = slot;
    this.generation = generation;
    this.owner = owner;
    this.socket = socket;
    this.protocol = protocol;
    this.openedAt = now;
    this.lastHeard = now;
    this.bindings = bindings;
    this.data = bindings.schema.initial;
  }

  get id(): string {
    return sessionId(this.owner, this.slot, this.generation);
  }

  get clientIp(): string {
    return this.socket.remoteAddress;
  }

  get closed(): boolean {
    return this.phase === SessionPhase.CLOSED;
  }

  bind(uid: string, options?: BindOptions): Promise<void> {
    return handled(this.bindings.bind(this, uid, options));
  }

  unbind(): Promise<void> {
    return handled(this.bindings.unbind(this));
  }

  update(patch: Data): Promise<void> {
    if (this.closed) return handled(Promise.reject(Failure.of("OUTCOME_UNKNOWN", `session ${this.id} is over`, "no")));
    this.data = this.bindings.schema.patched(this.data, patch);
    this.version++;
    return DONE;
  }

  kick(reason = ""): Promise<void> {
    this.bindings.close(this, CloseCode.KICKED, reason);
    return DONE;
  }

  /** The state as other servers are told it. */
  state(): SessionState {
    return {
      version: this.version,
      uid: this.uid ?? undefined,
      clientIp: this.clientIp,
      data: this.bindings.schema.encode(this.data),
    };
  }
}

const DONE = Promise.resolve();

/** A handler that does not await an answer must not bring the process down when it is a refusal. */
function handled(promise: Promise<void>): Promise<void> {
  promise.catch(() => {});
  return promise;
}
