/** The sessions of one frontend by slot. Slots are reused, generations are not. */
import type { FrontendSession } from "./frontend-session.js";

/** Sessions of one frontend, at most. Slots beyond come from nobody's table. */
export const MOST_SESSIONS = 1_000_000;

export class SessionTable {
  readonly capacity: number;
  private readonly sessions: (FrontendSession | null)[] = [];
  private readonly generations: Uint32Array;
  private readonly free: number[] = [];

  /** @param capacity sessions at once; further ones are refused */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.generations = new Uint32Array(capacity);
  }

  get size(): number {
    return this.sessions.length - this.free.length;
  }

  /** Takes a free slot and puts there what `make` returns. Null: the table is full. */
  open(make: (slot: number, generation: number) => FrontendSession): FrontendSession | null {
    let slot = this.free.pop();
    if (slot === undefined) {
      if (this.sessions.length === this.capacity) return null;
      slot = this.sessions.length;
      this.sessions.push(null);
    }
    // Generation 0 means "no session" in envelopes.
    const generation = this.generations[slot]! === 0xffff_ffff ? 1 : this.generations[slot]! + 1;
    this.generations[slot] = generation;
    const session = make(slot, generation);
    this.sessions[slot] = session;
    return session;
  }

  /** The session, if it is still the one the generation says. */
  find(slot: number, generation: number): FrontendSession | null {
    const session = this.sessions[slot];
    return session !== undefined && session !== null && session.generation === generation ? session : null;
  }

  release(session: FrontendSession): void {
    if (this.find(session.slot, session.generation) === null) return;
    this.sessions[session.slot] = null;
    this.free.push(session.slot);
  }

  /** All sessions there are now; opening and releasing meanwhile is allowed. */
  *[Symbol.iterator](): IterableIterator<FrontendSession> {
    for (const session of this.sessions) if (session !== null) yield session;
  }
}
