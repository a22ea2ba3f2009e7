/**
 * The `local` driver: all servers in one process. Frames of one tick collect in a slab per link. Whoever flushes first has them all handed
 * over, and what is answered meanwhile as well, so that a request and its synchronous answer take one tick.
 */
import { Slab } from "../../wire/slab.js";
import type { Timing } from "../../wire/timing.js";
import type { Address, Bus, BusReceiver, Link } from "./bus.js";
import { BusCounters } from "./bus-counters.js";
import { DuplicateServerError } from "./bus-error.js";
import { framesWithin } from "./link-bound.js";

/** Bytes that may wait on one link before it refuses frames. */
const DEFAULT_LINK_BYTES = 16 * 1024 * 1024;

/** A link's slab is given back when a burst made it larger than this: there are as many links as pairs of servers. */
const KEPT_SLAB = 1024 * 1024;

/** Answers to answers within one flush; what is still going on after that waits for the next tick, so that sockets are served. */
const ROUNDS = 8;

/** Where the servers of one process meet. */
export class LocalHub {
  readonly timing: Timing;
  readonly linkBytes: number;
  readonly mostFrames: number;
  private readonly members = new Map<number, LocalBus>();
  private waiting: LocalLink[] = [];
  private handing = false;

  constructor(timing: Timing, linkBytes = DEFAULT_LINK_BYTES) {
    this.timing = timing;
    this.linkBytes = linkBytes;
    this.mostFrames = framesWithin(linkBytes);
  }

  /** Adds a server. Records announced before are handed to it at the next tick. Throws DuplicateServerError. */
  join(self: Address, receiver: BusReceiver): Bus {
    for (const member of this.members.values()) {
      if (member.self.id === self.id) throw new DuplicateServerError(self.id);
    }
    const bus = new LocalBus(this, self, receiver);
    this.members.set(self.incarnation, bus);
    for (const other of this.members.values()) {
      if (other !== bus && other.record !== null) this.deliver(bus, other.self, other.record);
    }
    return bus;
  }

  leave(bus: LocalBus): void {
    if (!this.members.delete(bus.self.incarnation)) return;
    for (const other of this.members.values()) {
      other.forget(bus.self);
      this.timing.defer(() => {
        if (!other.closed) other.receiver.left(bus.self);
      });
    }
  }

  member(incarnation: number): LocalBus | undefined {
    return this.members.get(incarnation);
  }

  announce(from: LocalBus, record: Uint8Array): void {
    for (const member of this.members.values()) this.deliver(member, from.self, record);
  }

  queue(link: LocalLink): void {
    this.waiting.push(link);
    link.from.receiver.pending();
  }

  /** Hands over everything that is queued now. */
  handOver(): void {
    // Whoever flushes from within a delivery has what it queued handed over in the next round.
    if (this.handing) return;
    this.handing = true;
    try {
      for (let round = 0; round < ROUNDS && this.waiting.length > 0; round++) {
        const links = this.waiting;
        this.waiting = [];
        for (const link of links) link.handOver();
      }
    } finally {
      this.handing = false;
    }
    for (const { from } of this.waiting) from.receiver.pending();
  }

  private deliver(to: LocalBus, from: Address, record: Uint8Array): void {
    this.timing.defer(() => {
      if (!to.closed && this.members.has(from.incarnation)) to.receiver.announced(from, record);
    });
  }
}

class LocalBus implements Bus {
  readonly self: Address;
  readonly counters = new BusCounters();
  readonly receiver: BusReceiver;
  record: Uint8Array | null = null;
  closed = false;
  readonly backlog = 0;
  private readonly hub: LocalHub;
  private readonly links = new Map<number, LocalLink>();

  constructor(hub: LocalHub, self: Address, receiver: BusReceiver) {
    this.hub = hub;
    this.self = self;
    this.receiver = receiver;
  }

  get up(): boolean {
    return !this.closed;
  }

  /** All stand still together: nobody waits for anybody. */
  awake(): boolean {
    return !this.closed;
  }

  link(peer: Address): Link {
    let link = this.links.get(peer.incarnation);
    if (link === undefined) {
      link = new LocalLink(this.hub, this, peer);
      this.links.set(peer.incarnation, link);
    }
    return link;
  }

  /** A peer is gone: no other has its incarnation. */
  forget(peer: Address): void {
    this.links.delete(peer.incarnation);
  }

  flush(): void {
    this.hub.handOver();
  }

  announce(record: Uint8Array): void {
    this.record = record;
    this.hub.announce(this, record);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.flush();
    this.closed = true;
    this.hub.leave(this);
  }
}

/** What a link has before its first frame: there are as many links as pairs of servers, and most pairs never talk. */
const NO_SLAB = new Slab(0);

class LocalLink implements Link {
  readonly peer: Address;
  slab = NO_SLAB;
  private spare = NO_SLAB;
  private readonly hub: LocalHub;
  readonly from: LocalBus;
  /** Where each queued frame begins; a frame ends where the next begins. */
  private starts: number[] = [];
  private spareStarts: number[] = [];
  private handing = false;
  private target: LocalBus | null = null;
  /** Where the last ended frame ends. What stands behind it is a frame that is being written, or that its writer gave up. */
  private tail = 0;

  constructor(hub: LocalHub, from: LocalBus, peer: Address) {
    this.hub = hub;
    this.from = from;
    this.peer = peer;
  }

  get waitingFrames(): number {
    return this.starts.length;
  }

  get waitingBytes(): number {
    return this.tail;
  }

  begin(bound: number): boolean {
    const { tail } = this;
    const { hub } = this;
    if (this.from.closed || tail + bound > hub.linkBytes || this.starts.length >= hub.mostFrames) return false;
    // Found once: a hub's map of incarnations is slow to ask for every frame.
    if (this.target === null && !this.findTarget()) return false;
    if (this.target!.closed) return false;
    const { slab } = this;
    slab.length = tail;
    slab.reserve(bound);
    return true;
  }

  private findTarget(): boolean {
    this.target = this.hub.member(this.peer.incarnation) ?? null;
    if (this.target === null) return false;
    this.slab = new Slab();
    this.spare = new Slab();
    return true;
  }

  end(): boolean {
    const { slab, tail, starts } = this;
    if (slab.length - tail > this.hub.linkBytes) {
      this.from.counters.oversized++;
      slab.length = tail;
      return false;
    }
    starts.push(tail);
    this.tail = slab.length;
    if (starts.length === 1) this.hub.queue(this);
    return true;
  }

  abandon(): void {
    this.slab.length = this.tail;
  }

  /** Delivers the tick's frames. Meanwhile new frames go to the other slab. */
  handOver(): void {
    const { slab, starts, tail } = this;
    const target = this.target === null || this.target.closed ? null : this.target;
    if (this.handing) throw new Error("a link was flushed from within its own delivery");
    this.slab = this.spare;
    this.starts = this.spareStarts;
    this.tail = 0;
    this.handing = true;
    try {
      if (target !== null) {
        this.from.counters.packetsOut++;
        this.from.counters.bytesOut += tail;
        target.counters.packetsIn++;
        target.counters.bytesIn += tail;
        const count = starts.length;
        for (let index = 0; index < count; index++) {
          const end = index + 1 < count ? starts[index + 1]! : tail;
          target.receiver.frame(this.from.self, slab, starts[index]!, end);
        }
      }
    } finally {
      this.handing = false;
      slab.length = 0;
      starts.length = 0;
      this.spare = slab.bytes.length > KEPT_SLAB ? new Slab() : slab;
      this.spareStarts = starts;
    }
  }
}
