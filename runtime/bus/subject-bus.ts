/**
 * The bus over anything that carries messages by subject: everybody listens to one subject, and each incarnation to one of its own. Knows
 * nothing of NATS: `nats-wire.ts` carries it there, and the simulator's hub in memory. A packet's first field is the sender's incarnation.
 */
import type { Logger } from "pino";
import { BodyError } from "../../wire/body-error.js";
import type { Slab } from "../../wire/slab.js";
import type { Timing } from "../../wire/timing.js";
import type { Address, Bus, BusReceiver, Link } from "./bus.js";
import { BusCounters } from "./bus-counters.js";
import type { BusNotice } from "./cluster-messages.js";
import { LinkSet } from "./link-set.js";
import { type Member, Membership, type MembershipCarrier } from "./membership.js";
import { decodeNotice, encodeNotice, ownFieldOf, PACKET_HEADER, PacketKind, packetKind } from "./packet.js";
import type { Outlet } from "./packet-link.js";
import { SubjectPeer } from "./subject-peer.js";

/** What carries the messages. Made with a `WireReceiver`. */
export interface Wire {
  /** False: nothing is taken. */
  readonly connected: boolean;
  /** Bytes of the largest message; 0 while it is not connected. */
  readonly largest: number;
  /** Bytes that were taken and are not known to have left this process. */
  readonly backlog: number;
  /** Frames in them. */
  readonly backlogFrames: number;
  /** To the subject of an incarnation, a message with so many frames. The bytes may be changed afterwards. */
  send(to: number, message: Uint8Array, frames: number): void;
  /** To everybody, the sender included. */
  broadcast(message: Uint8Array): void;
  /** Asks whether anybody listens to the subject of an incarnation. `absent` is called if it is certain that nobody does. */
  probe(incarnation: number): void;
  /** The connection is of no use, though it seems to be up. */
  reset(): void;
  /** Lets what was taken leave, and ends. */
  close(): Promise<void>;
}

export interface WireReceiver {
  connected(): void;
  disconnected(): void;
  /** One message. The slab's bytes are valid during the call only. */
  message(slab: Slab, start: number, end: number): void;
  absent(incarnation: number): void;
}

export interface SubjectBusOptions {
  readonly self: Address;
  readonly receiver: BusReceiver;
  readonly timing: Timing;
  readonly log: Logger;
  readonly linkBytes: number;
  /** Milliseconds. */
  readonly beat: number;
  readonly window: number;
}

export class SubjectBus implements Bus, WireReceiver, MembershipCarrier {
  readonly self: Address;
  readonly counters = new BusCounters();
  private readonly options: SubjectBusOptions;
  private readonly links: LinkSet;
  private readonly membership: Membership;
  private readonly peers = new Map<number, SubjectPeer>();
  private wire: Wire | null = null;
  private record: Uint8Array = new Uint8Array();
  /** Counts records. */
  private edition = 0;
  /** Counts our connections to the wire. */
  private epoch = 0;
  private closed = false;

  constructor(options: SubjectBusOptions) {
    const { self, receiver, timing, linkBytes } = options;
    this.self = self;
    this.options = options;
    this.links = new LinkSet(timing, self, receiver, linkBytes, this.counters);
    this.membership = new Membership({ ...options, carrier: this });
  }

  get up(): boolean {
    return !this.membership.over && this.wire?.connected === true;
  }

  get backlog(): number {
    return this.wire?.backlog ?? 0;
  }

  /** Takes its place among the others, over a wire that is connected. Rejects with BusError. */
  async join(wire: Wire): Promise<void> {
    this.wire = wire;
    this.connected();
    this.tellAll(PacketKind.JOIN);
    // Whoever has our id answers at once, or is asked by others while we wait.
    await this.membership.join(Promise.resolve(), this.options.beat / 4);
  }

  awake(): boolean {
    return this.membership.awake();
  }

  link(peer: Address): Link {
    return this.links.to(peer);
  }

  flush(): void {
    this.links.flush();
  }

  announce(record: Uint8Array): void {
    if (this.closed) return;
    this.record = record;
    this.edition++;
    const { receiver, timing } = this.options;
    timing.defer(() => {
      if (!this.closed) receiver.announced(this.self, record);
    });
    this.tellAll(PacketKind.RECORD);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.links.seal();
    for (const { member } of this.peers.values()) this.tell(member.address, PacketKind.LEAVE, 0);
    this.tellAll(PacketKind.LEAVE);
    this.closed = true;
    this.membership.stop();
    for (const peer of this.peers.values()) peer.stop();
    this.links.close();
    await this.wire?.close();
  }

  // ---- What the wire calls

  connected(): void {
    if (this.closed) return;
    this.epoch++;
    if (this.epoch === 1) return;
    this.counters.reconnects++;
    this.membership.detector.release();
    for (const peer of this.peers.values()) peer.greet();
    this.tellAll(this.membership.joining ? PacketKind.JOIN : PacketKind.RECORD);
  }

  disconnected(): void {
    if (this.closed) return;
    this.membership.detector.hold();
    for (const peer of this.peers.values()) peer.disconnected();
    for (const peer of this.peers.values()) peer.interruption();
  }

  message(slab: Slab, start: number, end: number): void {
    if (this.closed || !this.membership.awake()) return;
    const kind = end - start < PACKET_HEADER ? 0 : packetKind(slab, start);
    if (kind === 0) {
      this.counters.faults++;
      return;
    }
    const source = ownFieldOf(slab, start);
    if (source === this.self.incarnation) {
      if (kind === PacketKind.BEAT) this.membership.detector.echo();
      return;
    }
    if (kind === PacketKind.FRAMES) {
      this.frames(source, slab, start, end);
      return;
    }
    try {
      this.notice(source, kind, decodeNotice(slab, start, end));
    } catch (error) {
      if (!(error instanceof BodyError)) throw error;
      this.counters.faults++;
    }
  }

  absent(incarnation: number): void {
    this.membership.absent(incarnation);
  }

  // ---- What the membership calls

  tell(to: Address, kind: number, about: number): void {
    this.send(to, kind, { about });
  }

  tellAll(kind: number): void {
    const { wire, record, self } = this;
    if (wire === null || !wire.connected) return;
    const says = kind === PacketKind.RECORD ? { record } : {};
    wire.broadcast(encodeNotice(kind, { id: self.id, ...says }, self.incarnation));
    if (kind === PacketKind.BEAT) for (const peer of this.peers.values()) peer.beat();
  }

  met(member: Member): void {
    const { address } = member;
    const peer = new SubjectPeer(member, {
      links: this.links,
      membership: this.membership,
      receiver: this.options.receiver,
      counters: this.counters,
      epoch: () => this.epoch,
      record: () => this.record,
      edition: () => this.edition,
      send: (kind, notice) => this.send(address, kind, notice),
      outlet: this.outletTo(address.incarnation),
    });
    this.peers.set(address.incarnation, peer);
    peer.greet();
  }

  challenge(holder: Address): void {
    if (this.wire?.connected) this.wire.probe(holder.incarnation);
  }

  forget({ address }: Member): void {
    this.peers.get(address.incarnation)?.stop();
    this.peers.delete(address.incarnation);
    this.links.forget(address);
  }

  evicted(): void {
    this.links.seal();
  }

  deaf(): void {
    this.options.log.warn("the bus does not bring back this server's own beats: connecting anew");
    this.wire?.reset();
  }

  // ---- Packets

  private frames(source: number, slab: Slab, start: number, end: number): void {
    const peer = this.peers.get(source);
    if (peer === undefined) {
      this.counters.faults++;
      return;
    }
    this.membership.detector.heard(peer.member.watched);
    this.counters.packetsIn++;
    this.counters.bytesIn += end - start;
    peer.frames(slab, start, end);
  }

  private notice(source: number, kind: number, notice: BusNotice): void {
    const address = { id: notice.id, incarnation: source };
    if (kind === PacketKind.DEAD) {
      this.membership.declaredDead(address, notice.about);
      return;
    }
    const member = this.membership.meet(address);
    const peer = this.peers.get(source);
    if (member === null || peer === undefined) return;
    this.membership.detector.heard(member.watched);
    if (peer.notice(kind, notice)) return;
    switch (kind) {
      case PacketKind.JOIN:
        if (member.rival) this.membership.rivalJoins(member);
        return;
      case PacketKind.RECORD:
        if (notice.record.length > 0) this.membership.recorded(member, notice.record);
        return;
      default:
        this.membership.notice(member, kind, notice.about);
    }
  }

  /** False: the wire is down. */
  private send(to: Address, kind: number, notice: Partial<BusNotice>): boolean {
    const { wire, self } = this;
    if (wire === null || !wire.connected) return false;
    wire.send(to.incarnation, encodeNotice(kind, { id: self.id, ...notice }, self.incarnation), 0);
    return true;
  }

  private outletTo(incarnation: number): Outlet {
    const wire = this.wire!;
    const { self } = this;
    return {
      get largest() {
        return wire.largest;
      },
      get backlog() {
        return wire.backlog;
      },
      get backlogFrames() {
        return wire.backlogFrames;
      },
      ownField: () => self.incarnation,
      write: (packet, frames) => {
        wire.send(incarnation, packet, frames);
        return true;
      },
    };
  }
}
