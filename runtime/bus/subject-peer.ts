/**
 * One peer of a `SubjectBus`, and the links to and from it. A link is opened by HELLO and WELCOME, each with the number of the packets sent
 * so far, and TALLY repeats these numbers: so both ends know what was lost, also while one of them was away, and also the last of it. TALLY
 * brings the peer's record, too, until it is known to have come: what was announced to everybody may be lost like anything else.
 */
import type { Slab } from "../../wire/slab.js";
import type { BusReceiver } from "./bus.js";
import type { BusCounters } from "./bus-counters.js";
import type { BusNotice } from "./cluster-messages.js";
import type { LinkSet } from "./link-set.js";
import type { Member, Membership } from "./membership.js";
import { continuedOf, numberOf, PACKET_HEADER, PacketKind } from "./packet.js";
import { PacketIntake } from "./packet-intake.js";
import type { Outlet } from "./packet-link.js";

/** What a peer needs of its bus. */
export interface SubjectPeerOptions {
  readonly links: LinkSet;
  readonly membership: Membership;
  readonly receiver: BusReceiver;
  readonly counters: BusCounters;
  /** Counts this server's connections to the wire. */
  readonly epoch: () => number;
  readonly record: () => Uint8Array;
  /** Counts the records that were announced. */
  readonly edition: () => number;
  /** Says something to the peer, if it can be said now. False: it cannot. */
  readonly send: (kind: number, notice: Partial<BusNotice>) => boolean;
  readonly outlet: Outlet;
}

export class SubjectPeer {
  readonly member: Member;
  private readonly options: SubjectPeerOptions;
  private readonly intake: PacketIntake;
  /** Its epoch when it last said HELLO; 0 before. */
  private itsEpoch = 0;
  /** HELLO was said in our epoch. */
  private greeted = false;
  /** The wire was down, and it has not answered since. */
  private interrupted = false;
  /** How many packets it knows to have been sent to it, whether it got them or not. */
  private known = 0;
  /** How often packets of it were missing, and how often it knows of. */
  private losses = 0;
  private knownLosses = 0;
  /** Which of our records it is known to have. */
  private knownEdition = 0;
  /** How often it missed packets of ours, as far as we know. */
  private missed = 0;

  constructor(member: Member, options: SubjectPeerOptions) {
    const { links, receiver } = options;
    this.member = member;
    this.options = options;
    this.intake = new PacketIntake(member.address, links.linkBytes, (from, slab, start, end) =>
      receiver.frame(from, slab, start, end),
    );
  }

  /** Nothing of it is taken any more. */
  stop(): void {
    this.intake.stop();
  }

  /** Asks to open the link to it. */
  greet(): void {
    const { epoch, record, send } = this.options;
    this.greeted = send(PacketKind.HELLO, { epoch: epoch(), record: record(), sent: this.sent }) || this.greeted;
  }

  /** The wire is down: the link is, and answers that come while nobody listens are lost. Calls nobody: see `interruption`. */
  disconnected(): void {
    const { links, membership } = this.options;
    this.greeted = false;
    this.interrupted = true;
    links.disconnect(this.member.address);
    membership.linked(this.member, false);
  }

  /** Says that the wire went down, once no link is up over which its runtime could want to say so to others. */
  interruption(): void {
    this.gap();
  }

  /** A beat is due: what it has to know is said until it is answered. */
  beat(): void {
    if (!this.member.linked) this.greet();
    else if (this.knownLosses !== this.losses || this.known !== this.sent || !this.knowsRecord) this.tally();
  }

  /** A packet of frames. */
  frames(slab: Slab, start: number, end: number): void {
    const { counters } = this.options;
    if (!this.intake.packet(numberOf(slab, start), continuedOf(slab, start))) this.lost();
    if (!this.member.announced) {
      counters.faults++;
      this.lost();
      return;
    }
    if (this.intake.take(slab, start + PACKET_HEADER, end)) return;
    counters.faults++;
    this.lost();
  }

  /** A notice about the links. False: it is about something else. */
  notice(kind: number, notice: BusNotice): boolean {
    switch (kind) {
      case PacketKind.HELLO:
        this.hello(notice);
        return true;
      case PacketKind.WELCOME:
        this.welcome(notice);
        return true;
      case PacketKind.TALLY:
        this.tallied(notice);
        return true;
      case PacketKind.TALLIED:
        this.known = notice.sent;
        this.knownLosses = notice.about;
        this.knownEdition = notice.epoch;
        return true;
      default:
        return false;
    }
  }

  private get knowsRecord(): boolean {
    return this.knownEdition === this.options.edition();
  }

  private get sent(): number {
    return this.options.links.sentTo(this.member.address);
  }

  /** It wants to open its link to us. */
  private hello({ epoch, sent, record }: BusNotice): void {
    const again = this.itsEpoch !== 0 && this.itsEpoch !== epoch;
    this.itsEpoch = epoch;
    // It was away: what it was to be told meanwhile is lost, whether or not it had sent something.
    if (!this.intake.expect(sent)) this.lost();
    else if (again) this.gap();
    if (record.length > 0) this.options.membership.recorded(this.member, record);
    // In this order: when it is told that its link is up, ours can be.
    if (!this.greeted) this.greet();
    this.options.send(PacketKind.WELCOME, { epoch, sent: this.sent });
  }

  private welcome({ epoch, sent }: BusNotice): void {
    const { links, membership, outlet } = this.options;
    if (epoch !== this.options.epoch()) return;
    // What was lost while we were away both have been told of already.
    if (!this.intake.expect(sent) && !this.interrupted) this.lost();
    this.interrupted = false;
    if (this.member.linked) return;
    links.connect(this.member.address, outlet);
    membership.linked(this.member, true);
  }

  private tallied({ sent, about, epoch, record }: BusNotice): void {
    // What it announced to everybody was lost on its way to us.
    if (record.length > 0) this.options.membership.recorded(this.member, record);
    // The last of its packets may be missing, with none behind them that would show it.
    if (!this.intake.expect(sent)) this.lost();
    if (this.missed !== about) {
      this.missed = about;
      this.gap();
    }
    this.options.send(PacketKind.TALLIED, { sent, about, epoch });
  }

  /** Packets of it are missing: it has to know. */
  private lost(): void {
    this.losses++;
    this.gap();
    this.tally();
  }

  private tally(): void {
    const { edition, record, send } = this.options;
    const says = this.knowsRecord ? {} : { record: record() };
    send(PacketKind.TALLY, { sent: this.sent, about: this.losses, epoch: edition(), ...says });
  }

  private gap(): void {
    if (!this.member.announced) return;
    this.options.counters.gaps++;
    this.options.receiver.gap(this.member.address);
  }
}
