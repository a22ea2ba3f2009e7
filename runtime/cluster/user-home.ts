/**
 * The home of uids: the one connector that answers for who has a uid, chosen by rendezvous. A bind is a compare-and-set here; claims
 * of one uid are served one after the other. What stands in its table is what frontends have said, and nothing else.
 */
import { CloseCode } from "../../wire/close-code.js";
import type { Slab } from "../../wire/slab.js";
import { Conflict, Reach, SessionBind, SessionKick } from "../bus/cluster-messages.js";
import { ENVELOPE_BYTES, type Envelope, encodeEnvelope, FrameKind, Operation } from "../bus/envelope.js";
import { Failure } from "../failure.js";
import type { ServerCore } from "../server-core.js";
import type { SessionReference } from "../session/session-reference.js";
import type { Question } from "./operations.js";
import type { Peer } from "./peer.js";

interface Holder extends SessionReference {
  /** Bound with `allow`: others may have the uid as well. */
  readonly shared: boolean;
}

export class UserHome {
  private readonly core: ServerCore;
  private readonly holders = new Map<string, Holder[]>();
  /** Per uid, those that are not decided and not taken back. */
  private readonly claims = new Map<string, Set<Question>>();
  /** Per uid, the end of the queue of claims. */
  private readonly queues = new Map<string, Promise<void>>();

  constructor(core: ServerCore) {
    this.core = core;
    core.operations.serve(Operation.CLAIM, async (question) => {
      const { uid, conflict } = question.read(SessionBind);
      checkOwner(question);
      const claims = this.claims.get(uid) ?? new Set<Question>();
      this.claims.set(uid, claims.add(question));
      try {
        await this.inTurn(uid, async () => {
          await core.homes.reached(uid, question.from, false);
          await this.claim(uid, question, conflict);
        });
      } finally {
        claims.delete(question);
        if (claims.size === 0 && this.claims.get(uid) === claims) this.claims.delete(uid);
      }
      return undefined;
    });
    core.operations.serve(Operation.RELEASE, (question) => {
      checkOwner(question);
      const { uid } = question.read(SessionBind);
      // Whoever lost the answer to its claim gives the uid back, perhaps before the claim's turn has come.
      const claims = this.claims.get(uid);
      for (const claim of claims ?? []) if (same(claim, question)) claims!.delete(claim);
      this.release(uid, question);
      return undefined;
    });
    core.operations.serve(Operation.KICK_USER, async (question) => {
      const { uid, code, reason } = question.read(SessionKick);
      await core.homes.reached(uid, question.from, true);
      const holders = this.holders.get(uid) ?? [];
      await Promise.all(holders.map((holder) => this.evict(uid, holder, code, reason)));
      return { codec: Reach, message: { sessions: holders.length } };
    });
    core.homes.onForgotten((frontend) => this.left(frontend));
  }

  /** Users this server is home for. */
  get size(): number {
    return this.holders.size;
  }

  /** Who has which uid. */
  *entries(): IterableIterator<[uid: string, holder: SessionReference]> {
    for (const [uid, holders] of this.holders) for (const holder of holders) yield [uid, holder];
  }

  /** All that have sessions with uids. */
  *frontends(): IterableIterator<Peer> {
    for (const [, { owner }] of this.entries()) {
      const peer = this.core.view.peer(owner);
      if (peer !== undefined) yield peer;
    }
  }

  /** Passes a push to a uid on to the connectors of its sessions. */
  forwardPush(uid: string, linkId: number, headerBytes: number, slab: Slab, start: number, end: number): void {
    this.core.pushLosses.passesToUser(this.core.tables.pushByLink[linkId]);
    const holders = this.holders.get(uid);
    if (holders === undefined) {
      this.core.counters.droppedPushes++;
      return;
    }
    for (const { slot, generation, owner } of holders) {
      const peer = this.core.view.peer(owner);
      if (peer === undefined || !peer.direct.begin(ENVELOPE_BYTES + end - start)) {
        this.core.counters.droppedPushes++;
        if (peer !== undefined)
          this.core.pushLosses.lost(peer, FrameKind.PUSH_SESSION, this.core.tables.pushByLink[linkId]);
        continue;
      }
      const out = peer.direct.slab;
      const at = out.length;
      encodeEnvelope(out, at, FrameKind.PUSH_SESSION, 0, linkId, headerBytes, 0, slot, generation, owner, 0);
      out.length = at + ENVELOPE_BYTES;
      out.append(slab, start, end);
      peer.direct.end();
    }
  }

  /** A connector is gone, and its sessions with it. */
  left(peer: Peer): void {
    for (const [uid, holders] of this.holders) {
      const staying = holders.filter((holder) => holder.owner !== peer.incarnation);
      if (staying.length === 0) this.holders.delete(uid);
      else if (staying.length < holders.length) this.holders.set(uid, staying);
    }
  }

  /** A frontend registers a session that has a uid. */
  here(from: Peer, uid: string, { code, slot, generation, owner }: Envelope): void {
    if (owner !== from.incarnation || !from.homes.begun) return;
    const holder: Holder = { slot, generation, owner, shared: code !== 0 };
    const holders = this.holders.get(uid) ?? [];
    if (holders.some((one) => same(one, holder))) return;
    // Two frontends that did not know each other. One session must go, and the other was here before.
    if (!holder.shared && holders.some(({ shared }) => !shared)) {
      this.core.log.warn({ uid, from: from.id }, "a uid was bound twice while servers did not know each other");
      void this.evict(uid, holder, CloseCode.REPLACED, "the same user came again").catch(() => {});
      return;
    }
    this.holders.set(uid, [...holders, holder]);
  }

  /** A frontend has registered a session elsewhere. */
  gone(from: Peer, uid: string, { slot, generation, owner }: Envelope): void {
    if (owner === from.incarnation && from.homes.begun) this.release(uid, { slot, generation, owner });
  }

  private async claim(uid: string, question: Question, conflict: Conflict): Promise<void> {
    const { slot, generation, owner } = question;
    const claimant: Holder = { slot, generation, owner, shared: conflict === Conflict.ALLOW };
    this.checkDeadline(uid, question);
    for (;;) {
      const others = (this.holders.get(uid) ?? []).filter((holder) => !same(holder, claimant));
      if (others.length > 0 && conflict === Conflict.REJECT_NEW) {
        throw Failure.of("FORBIDDEN", `uid ${uid} is bound to another session`, "no");
      }
      if (others.length === 0 || conflict === Conflict.ALLOW) break;
      await Promise.all(
        others.map((holder) => this.evict(uid, holder, CloseCode.REPLACED, "the same user came again")),
      );
      for (const holder of others) this.release(uid, holder);
      this.checkDeadline(uid, question);
      // Meanwhile the uid may have moved, or others that have it may have become known.
      await this.core.homes.reached(uid, question.from, false);
    }
    if (!this.claims.get(uid)?.has(question)) {
      throw Failure.of("OUTCOME_UNKNOWN", `bind of uid ${uid}: it was taken back`, "no");
    }
    // The claimant's connector may be gone by now, and with it whoever would ever release the uid.
    if (this.core.view.peer(owner) === undefined) return;
    const holders = this.holders.get(uid) ?? [];
    if (!holders.some((holder) => same(holder, claimant))) this.holders.set(uid, [...holders, claimant]);
  }

  /** Whoever asked has given up, and says so with a release that may have passed already: a claim now would stand for ever. */
  private checkDeadline(uid: string, { deadline }: Question): void {
    if (this.core.clock.now() < deadline) return;
    throw Failure.of("TIMEOUT", `bind of uid ${uid}: its turn came too late`, "no");
  }

  private release(uid: string, session: SessionReference): void {
    const staying = (this.holders.get(uid) ?? []).filter((holder) => !same(holder, session));
    if (staying.length === 0) this.holders.delete(uid);
    else this.holders.set(uid, staying);
  }

  private async evict(uid: string, holder: SessionReference, code: number, reason: string): Promise<void> {
    const peer = this.core.view.peer(holder.owner);
    if (peer === undefined) return;
    const request = { codec: SessionKick, message: { uid, code, reason } };
    try {
      await this.core.operations.ask(peer, Operation.KICK, holder, request, null, `kick of uid ${uid}`);
    } catch (error) {
      // A session is over when its connector is.
      if (peer.alive) throw error;
    }
  }

  private async inTurn(uid: string, task: () => Promise<void>): Promise<void> {
    const turn = (this.queues.get(uid) ?? Promise.resolve()).then(task);
    const settled = turn.catch(() => {});
    this.queues.set(uid, settled);
    try {
      await turn;
    } finally {
      if (this.queues.get(uid) === settled) this.queues.delete(uid);
    }
  }
}

/** A connector speaks for its own sessions only. */
function checkOwner({ from, owner }: Question): void {
  if (owner === from.incarnation) return;
  throw Failure.of("FORBIDDEN", `${from.id} names a session of another server`, "no");
}

function same(one: SessionReference, other: SessionReference): boolean {
  return one.slot === other.slot && one.generation === other.generation && one.owner === other.owner;
}
