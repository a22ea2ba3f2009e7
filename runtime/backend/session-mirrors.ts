/** The sessions of other servers that this one has heard of: made by the first state, ended exactly once. */

import type { Slab } from "../../wire/slab.js";
import { SessionState } from "../bus/cluster-messages.js";
import { ENVELOPE_BYTES, type Envelope, encodeEnvelope, FrameKind, Operation } from "../bus/envelope.js";
import type { Peer } from "../cluster/peer.js";
import type { ServerCore } from "../server-core.js";
import { SessionMirror } from "../session/session-mirror.js";
import { MOST_SESSIONS } from "../session/session-table.js";

/** Those of one server. */
class SessionsOfServer {
  /** By slot. */
  readonly mirrors: (SessionMirror | undefined)[] = [];
  /** By slot, the generation of the last session whose end was seen here: what is said of it later is not taken. */
  readonly endedGenerations: number[] = [];
}

export class SessionMirrors {
  private readonly core: ServerCore;
  private readonly byHome = new Map<Peer, SessionsOfServer>();
  /** The session is over, and everything it sent has been taken. */
  private readonly ended: (session: SessionMirror) => void;

  constructor(core: ServerCore, ended: (session: SessionMirror) => void) {
    this.core = core;
    this.ended = ended;
    core.operations.serve(Operation.SETTLED, async ({ from, slot, generation, deadline }) => {
      // Seldom asked, and soon over: nobody needs to be told of every handler's end for it.
      while (this.find(from, slot, generation)?.work?.idle === false && core.clock.now() < deadline) {
        await new Promise<void>((resolve) => core.retries.later(resolve));
      }
      return undefined;
    });
    core.operations.serve(Operation.CLOSED, async ({ owner, slot, generation }) => {
      const home = core.view.peer(owner);
      const mirror = home === undefined ? null : this.find(home, slot, generation);
      if (mirror === null) return undefined;
      this.end(mirror);
      // Those who know it from here tell its owner so, but perhaps only after that has heard from all that it knows of.
      await Promise.allSettled([...(mirror.introducedTo ?? [])].map((peer) => this.endAt(peer, mirror)));
      return undefined;
    });
  }

  find(home: Peer, slot: number, generation: number): SessionMirror | null {
    const mirror = this.byHome.get(home)?.mirrors[slot];
    return mirror !== undefined && mirror.generation === generation ? mirror : null;
  }

  /**
   * A session's state arrived, from its owner or from a server that passes it on. False: it is of no session there can be. Throws
   * BodyError.
   */
  state(from: Peer, envelope: Envelope, slab: Slab, start: number, end: number): boolean {
    const { slot, generation, owner } = envelope;
    // The tables of mirrors are as long as their highest slot.
    if (slot >= MOST_SESSIONS || generation === 0) return false;
    const home = owner === from.incarnation ? from : this.core.view.peer(owner);
    // The owner is gone, and with it the session: there is nobody to mirror.
    if (home === undefined || !home.alive) return true;
    const state = SessionState.decode(slab, start, end);
    let all = this.byHome.get(home);
    if (all === undefined) {
      all = new SessionsOfServer();
      this.byHome.set(home, all);
    }
    const known = all.mirrors[slot];
    if (known !== undefined && known.generation === generation) {
      known.apply(state);
      if (home === from) known.uncertain = false;
      return true;
    }
    // Whoever passes the state on has not heard of the session's end yet.
    if (generation <= (all.endedGenerations[slot] ?? 0)) return true;
    // A later session has the slot already: this one is over.
    if (known !== undefined && known.generation > generation) return true;
    if (known !== undefined) this.end(known);
    const mirror = new SessionMirror(home, slot, generation, this.core.sessionData, this.core.operations);
    mirror.apply(state);
    all.mirrors[slot] = mirror;
    if (home !== from) this.use(mirror);
    return true;
  }

  /** A connector is gone: its sessions are over. */
  left(peer: Peer): void {
    for (const mirror of this.of(peer)) this.end(mirror);
    this.byHome.delete(peer);
  }

  /** The sessions of one server. */
  *of(home: Peer): IterableIterator<SessionMirror> {
    for (const mirror of this.byHome.get(home)?.mirrors ?? []) if (mirror !== undefined) yield mirror;
  }

  /**
   * Something between a connector and this server was lost, perhaps that this one wants to hear of its sessions' ends, perhaps a session's
   * state: what the connector sent behind it, before it knew of the loss, would run with an old one.
   */
  gap(peer: Peer): void {
    for (const mirror of this.of(peer)) {
      mirror.uncertain = true;
      this.use(mirror);
    }
  }

  private end(mirror: SessionMirror): void {
    if (mirror.closed) return;
    mirror.closed = true;
    const all = this.byHome.get(mirror.home)!;
    all.mirrors[mirror.slot] = undefined;
    all.endedGenerations[mirror.slot] = mirror.generation;
    this.ended(mirror);
  }

  private endAt(peer: Peer, session: SessionMirror): Promise<unknown> {
    if (!peer.alive) return Promise.resolve();
    return this.core.operations.ask(peer, Operation.CLOSED, session, null, null, `end of session ${session.id}`);
  }

  /** Tells the owner that this server, too, wants to hear of the session's end, and of its state before the next frame. */
  private use(mirror: SessionMirror): void {
    const { home, slot, generation, owner } = mirror;
    if (!home.alive || mirror.closed) return;
    if (!home.link.begin(ENVELOPE_BYTES)) {
      // Each gap asks for all of them once more.
      this.core.retries.endLater(() => this.use(mirror));
      return;
    }
    const { slab } = home.link;
    encodeEnvelope(slab, slab.length, FrameKind.SESSION_USE, 0, 0, 0, 0, slot, generation, owner, 0);
    slab.length += ENVELOPE_BYTES;
    home.link.end();
  }
}
