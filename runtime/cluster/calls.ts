/**
 * Questions that wait for an answer from another server: correlation, one deadline wheel, and an end for each when its peer dies.
 * Forwarded requests, remote calls and the runtime's own operations all wait here. Entries are pooled.
 */
import type { Slab } from "../../wire/slab.js";
import type { Route } from "../manifest-tables.js";
import type { FrontendSession, SessionUse } from "../session/frontend-session.js";
import { Deadlined, type DeadlineWheel } from "./deadline-wheel.js";
import type { Peer } from "./peer.js";

/** Who asked. Exactly one of the three is called for each call. */
export interface Completion {
  /** `code` 0: the bytes are the answer's body; otherwise they are a Failure. Valid during the call only. */
  answered(call: PendingCall, code: number, slab: Slab, start: number, end: number): void;
  timedOut(call: PendingCall): void;
  /** The peer is gone, or the answer may be lost. */
  lost(call: PendingCall): void;
}

export class PendingCall extends Deadlined {
  readonly index: number;
  correlation: number;
  peer: Peer | null = null;
  completion: Completion | null = null;
  /** Forwarded requests: whose it is. */
  session: FrontendSession | null = null;
  route: Route | null = null;
  use: SessionUse | null = null;
  sequence = 0;
  /** Other questions: whatever the asker wants back. */
  note: unknown = null;
  private readonly calls: Calls;

  constructor(calls: Calls, index: number) {
    super();
    this.calls = calls;
    this.index = index;
    this.correlation = ((1 << 16) | index) >>> 0;
  }

  expire(): void {
    this.calls.expired(this);
  }
}

/** More questions than this in flight from one server are refused: the index has 16 bits. */
const MOST_CALLS = 65_536;

/**
 * A freed entry waits behind this many others before it is used again. Its generation has 16 bits: in turn with so many it comes back
 * to the same correlation after 16 million questions, long after the latest of late answers.
 */
const LEAST_FREE = 256;

export class Calls {
  private readonly wheel: DeadlineWheel;
  private readonly entries: PendingCall[] = [];
  /** The free entries, first freed first: a ring of their indexes. */
  private readonly free = new Uint16Array(MOST_CALLS);
  private firstFree = 0;
  private freeCount = 0;

  constructor(wheel: DeadlineWheel) {
    this.wheel = wheel;
  }

  /** Questions in flight. */
  get size(): number {
    return this.entries.length - this.freeCount;
  }

  /** Starts waiting. Null: too many are in flight. */
  open(peer: Peer, deadline: number, completion: Completion): PendingCall | null {
    const call = this.take();
    if (call === null) return null;
    call.peer = peer;
    call.completion = completion;
    call.deadline = deadline;
    this.wheel.add(call);
    return call;
  }

  /** Stops waiting without an end, for a question that could not be sent or is no longer of interest. */
  abandon(call: PendingCall): void {
    this.wheel.remove(call);
    this.release(call);
  }

  /** An answer arrived. False: nobody waits for it any more. */
  answered(from: Peer, correlation: number, code: number, slab: Slab, start: number, end: number): boolean {
    const call = this.entries[correlation & 0xffff];
    if (call === undefined || call.correlation !== correlation || call.peer !== from) return false;
    this.wheel.remove(call);
    try {
      call.completion!.answered(call, code, slab, start, end);
    } finally {
      this.release(call);
    }
    return true;
  }

  /** The peer died, or something between it and this server was lost: all that waits for it ends. */
  lost(peer: Peer): void {
    for (const call of this.entries) {
      if (call.peer !== peer) continue;
      this.wheel.remove(call);
      call.completion!.lost(call);
      this.release(call);
    }
  }

  expired(call: PendingCall): void {
    call.completion!.timedOut(call);
    this.release(call);
  }

  private take(): PendingCall | null {
    const full = this.entries.length === MOST_CALLS;
    if (this.freeCount > LEAST_FREE || (full && this.freeCount > 0)) {
      const index = this.free[this.firstFree]!;
      this.firstFree = (this.firstFree + 1) % MOST_CALLS;
      this.freeCount--;
      return this.entries[index]!;
    }
    if (full) return null;
    const call = new PendingCall(this, this.entries.length);
    this.entries.push(call);
    return call;
  }

  private release(call: PendingCall): void {
    call.peer = null;
    call.completion = null;
    call.session = null;
    call.route = null;
    call.use = null;
    call.note = null;
    // The next use of this index answers to another correlation; generation 0 is skipped.
    const generation = (call.correlation >>> 16) + 1;
    call.correlation = (((generation > 0xffff ? 1 : generation) << 16) | call.index) >>> 0;
    this.free[(this.firstFree + this.freeCount) % MOST_CALLS] = call.index;
    this.freeCount++;
  }
}
