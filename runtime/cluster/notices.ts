/**
 * Frames without a body that must not be lost to a full link, nor overtake each other: joins, registrations, what servers say about
 * homes. What a link does not take waits here, and all that comes later behind it.
 */
import { PushTarget } from "../bus/cluster-messages.js";
import { ENVELOPE_BYTES, encodeEnvelope } from "../bus/envelope.js";
import type { Notice } from "./notice.js";
import type { Peer } from "./peer.js";
import type { Retries } from "./retries.js";

export class Notices {
  private readonly retries: Retries;

  constructor(retries: Retries) {
    this.retries = retries;
  }

  /** Sends it now, or as soon as the link takes it; never, if the peer goes. */
  say(peer: Peer, notice: Notice): void {
    if (this.flushed(peer) && this.send(peer, notice)) return;
    if (peer.waiting.push(notice) === 1) this.tryLater(peer);
  }

  /** Sends what waits. True: nothing does any more, and other frames may follow. */
  flushed(peer: Peer): boolean {
    const { waiting } = peer;
    if (waiting.length === 0) return true;
    let sent = 0;
    while (sent < waiting.length && this.send(peer, waiting[sent]!)) sent++;
    if (sent > 0) peer.waiting = waiting.slice(sent);
    return peer.waiting.length === 0;
  }

  private tryLater(peer: Peer): void {
    this.retries.later(() => {
      if (!peer.alive) peer.waiting = [];
      else if (!this.flushed(peer)) this.tryLater(peer);
    });
  }

  private send(peer: Peer, { kind, code, correlation, type, name, session, origin = 0 }: Notice): boolean {
    const link = peer.direct;
    if (!peer.alive || !link.begin(ENVELOPE_BYTES)) return false;
    const { slab } = link;
    const start = slab.length;
    slab.length += ENVELOPE_BYTES;
    if (type !== "" || name !== "") PushTarget.encode({ type, name, key: "" }, slab);
    const headerBytes = slab.length - start - ENVELOPE_BYTES;
    const { slot, generation, owner } = session;
    encodeEnvelope(slab, start, kind, code, 0, headerBytes, correlation, slot, generation, owner, origin);
    link.end();
    return true;
  }
}
