/** One server's links by peer, and the pump that writes them: a tick's frames to one peer leave together, at the tick's end. */
import type { Slab } from "../../wire/slab.js";
import type { Timing } from "../../wire/timing.js";
import type { Address, Bus, BusReceiver, Link } from "./bus.js";
import type { BusCounters } from "./bus-counters.js";
import { framesWithin } from "./link-bound.js";
import { LocalHub } from "./local-bus.js";
import { type LinkPump, type Outlet, PacketLink } from "./packet-link.js";

/** A tick that takes longer than this writes meanwhile. Milliseconds. */
const LONGEST_WAIT = 1;

/** Frames between two looks at the clock. */
const FRAMES_BETWEEN = 16;

export class LinkSet implements LinkPump {
  readonly linkBytes: number;
  readonly mostFrames: number;
  readonly counters: BusCounters;
  private readonly timing: Timing;
  private readonly receiver: BusReceiver;
  private readonly links = new Map<number, PacketLink>();
  /** Carries frames to oneself, like any others. */
  private readonly inward: Bus;
  private waiting: PacketLink[] = [];
  /** When the first of the waiting links got its first frame. */
  private since = 0;
  private frames = 0;

  constructor(timing: Timing, self: Address, receiver: BusReceiver, linkBytes: number, counters: BusCounters) {
    this.timing = timing;
    this.receiver = receiver;
    this.linkBytes = linkBytes;
    this.mostFrames = framesWithin(linkBytes);
    this.counters = counters;
    this.inward = new LocalHub(timing, linkBytes).join(self, {
      frame: (from: Address, slab: Slab, start: number, end: number) => receiver.frame(from, slab, start, end),
      pending: () => receiver.pending(),
      announced() {},
      suspected() {},
      gap() {},
      left() {},
      evicted() {},
    });
  }

  /** The link to a peer, made if there is none. */
  to(peer: Address): Link {
    return peer.incarnation === this.inward.self.incarnation ? this.inward.link(peer) : this.outward(peer);
  }

  connect(peer: Address, outlet: Outlet): void {
    this.outward(peer).connect(outlet);
  }

  disconnect(peer: Address): void {
    this.links.get(peer.incarnation)?.disconnect();
  }

  /** Packets sent to the peer so far. */
  sentTo(peer: Address): number {
    return this.links.get(peer.incarnation)?.number ?? 0;
  }

  drained(peer: Address): void {
    this.links.get(peer.incarnation)?.drained();
  }

  /** The peer is gone for good. Its link stays down, in whose hands it may be. */
  forget(peer: Address): void {
    this.links.get(peer.incarnation)?.disconnect();
    this.links.delete(peer.incarnation);
  }

  queue(link: PacketLink): void {
    this.waiting.push(link);
    if (this.waiting.length > 1) return;
    this.since = this.timing.now();
    this.receiver.pending();
  }

  ended(): void {
    if (++this.frames < FRAMES_BETWEEN) return;
    this.frames = 0;
    const now = this.timing.now();
    if (now - this.since < LONGEST_WAIT) return;
    this.since = now;
    for (const link of this.waiting) link.flush();
  }

  /** Writes everything that is queued now. */
  flush(): void {
    // What is for this server itself is taken, and may lead to more for others.
    this.inward.flush();
    const links = this.waiting;
    if (links.length === 0) return;
    this.waiting = [];
    for (const link of links) link.endTick();
  }

  /** Writes everything that is queued, and takes nothing any more. */
  seal(): void {
    void this.inward.close();
    this.flush();
    for (const link of this.links.values()) link.seal();
  }

  /** Whether everything for the peer has been written. */
  isIdle(peer: Address): boolean {
    return this.links.get(peer.incarnation)?.idle ?? true;
  }

  /** Every link is down. */
  close(): void {
    for (const link of this.links.values()) link.disconnect();
  }

  private outward(peer: Address): PacketLink {
    let link = this.links.get(peer.incarnation);
    if (link === undefined) {
      link = new PacketLink(peer, this);
      this.links.set(peer.incarnation, link);
    }
    return link;
  }
}
