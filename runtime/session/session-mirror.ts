/** A session as a backend knows it: a copy of the uid and data that its connector owns, kept up to date ahead of every frame. */
import { CloseCode } from "../../wire/close-code.js";
import { Conflict, SessionBind, SessionKick, SessionPatch, type SessionState } from "../bus/cluster-messages.js";
import { Operation } from "../bus/envelope.js";
import type { Answer, Operations } from "../cluster/operations.js";
import type { Peer } from "../cluster/peer.js";
import { Failure } from "../failure.js";
import { type BindOptions, type Session, sessionId } from "./session.js";
import type { Data, SessionDataSchema } from "./session-data.js";
import type { SessionReference } from "./session-reference.js";
import type { SessionWork, WorkingSession } from "./session-work.js";

const conflicts = { "kick-old": Conflict.KICK_OLD, "reject-new": Conflict.REJECT_NEW, allow: Conflict.ALLOW };

/** The wire's word for a bind's `conflict`. */
export function wireConflict(options: BindOptions | undefined): Conflict {
  return conflicts[options?.conflict ?? "kick-old"];
}

export class SessionMirror implements Session<Data>, WorkingSession, SessionReference {
  /** The connector that owns the session. */
  readonly home: Peer;
  readonly slot: number;
  readonly generation: number;
  uid: string | null = null;
  data: Data;
  clientIp = "";
  closed = false;
  /** Something of its connector was lost, perhaps a newer state: until the next one its requests are not taken. */
  uncertain = false;
  work: SessionWork | null = null;
  /** Servers that this one has told of the session. */
  introducedTo: Set<Peer> | null = null;
  private version = 0;
  /** Changes made here that the owner has not confirmed; a state sent before it saw them must not undo them. */
  private unconfirmed: Data[] = [];
  private readonly schema: SessionDataSchema;
  private readonly operations: Operations;

  constructor(home: Peer, slot: number, generation: number, schema: SessionDataSchema, operations: Operations) {
    this.home = home;
    this.slot = slot;
    this.generation = generation;
    this.schema = schema;
    this.operations = operations;
    this.data = schema.initial;
  }

  get id(): string {
    return sessionId(this.owner, this.slot, this.generation);
  }

  get owner(): number {
    return this.home.incarnation;
  }

  /** The owner told the session's state. Throws BodyError. */
  apply(state: SessionState): void {
    if (state.version < this.version) return;
    this.version = state.version;
    this.uid = state.uid ?? null;
    this.clientIp = state.clientIp;
    this.data = Object.assign({}, this.schema.decode(state.data), ...this.unconfirmed);
  }

  /** The state as another server may be told it. */
  state(): SessionState {
    const { version, clientIp } = this;
    return { version, uid: this.uid ?? undefined, clientIp, data: this.schema.encode(this.data) };
  }

  bind(uid: string, options?: BindOptions): Promise<void> {
    return this.ask(Operation.BIND, "bind", { codec: SessionBind, message: { uid, conflict: wireConflict(options) } });
  }

  unbind(): Promise<void> {
    return this.ask(Operation.UNBIND, "unbind", null);
  }

  update(patch: Data): Promise<void> {
    this.data = this.schema.patched(this.data, patch);
    this.unconfirmed.push(patch);
    const answer = this.ask(Operation.UPDATE, "update", {
      codec: SessionPatch,
      message: this.schema.encodePatch(patch),
    });
    const confirmed = answer.finally(() => {
      this.unconfirmed = this.unconfirmed.filter((one) => one !== patch);
    });
    confirmed.catch(() => {});
    return confirmed;
  }

  kick(reason = ""): Promise<void> {
    const message: SessionKick = { uid: "", code: CloseCode.KICKED, reason };
    return this.ask(Operation.KICK, "kick", { codec: SessionKick, message });
  }

  private ask(operation: number, what: string, request: Answer | null): Promise<void> {
    if (this.closed || !this.home.alive) {
      const failure = Failure.of("OUTCOME_UNKNOWN", `${what}: session ${this.id} is over`, "no");
      const refused = Promise.reject(failure);
      refused.catch(() => {});
      return refused;
    }
    return this.operations.ask<void>(this.home, operation, this, request, null, `${what} of session ${this.id}`);
  }
}
