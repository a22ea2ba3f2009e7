/** Listens to one server through its socket, for as long as there is one: a connection that breaks is made anew. */
import type { Logger } from "pino";
import type { Slab } from "../../wire/slab.js";
import type { Timer, Timing } from "../../wire/timing.js";
import type { LogLimit } from "../operate/log-limit.js";
import type { Address } from "./bus.js";
import type { BusCounters } from "./bus-counters.js";
import type { BusNotice } from "./cluster-messages.js";
import { type HearingEnd, IpcHearing } from "./ipc-hearing.js";
import type { Member, Membership } from "./membership.js";
import { PacketIntake } from "./packet-intake.js";

/** What all ears of a server share. */
export interface EarOptions {
  readonly self: Address;
  readonly secret: string;
  readonly timing: Timing;
  readonly log: Logger;
  /** Of what is said about those who are not listened to: one cause makes all of them such. */
  readonly lines: LogLimit;
  readonly counters: BusCounters;
  readonly membership: Membership;
  readonly linkBytes: number;
  /** Milliseconds. */
  readonly beat: number;
  readonly window: number;
  /** What everything is read into. */
  readonly buffer: Slab;
  readonly frame: (from: Address, slab: Slab, start: number, end: number) => void;
  /** The server speaks, after it has said what it has to say of itself. */
  readonly opened: (ear: IpcEar, notice: BusNotice) => void;
  readonly notice: (ear: IpcEar, kind: number, notice: BusNotice) => void;
  readonly gap: (member: Member) => void;
  /** It was heard, and is not any more. */
  readonly broken: (ear: IpcEar) => void;
  /** Whether the server hears us: then its process is there. */
  readonly hearsUs: (ear: IpcEar) => boolean;
  /** Nobody listens at its socket any more: the process is gone. */
  readonly gone: (ear: IpcEar) => void;
}

/** First pause before a second attempt, in milliseconds; doubled each time up to a quarter of the window. */
const FIRST_PAUSE = 20;

/** What stands around the frames of a packet, with room for one that grew beyond what its link had left. */
const packetBytes = (linkBytes: number) => 2 * linkBytes + 1024 * 1024;

export class IpcEar {
  readonly address: Address;
  /** Resolves when the first attempt has had an end, whichever. */
  readonly tried: Promise<void>;
  /** Set once the server has shown who it is. */
  member: Member | null = null;
  hears = false;
  private readonly options: EarOptions;
  private readonly path: string;
  private hearing: IpcHearing | null = null;
  private intake: PacketIntake | null = null;
  /** The packet that is arriving is for somebody: the server was announced when it began. */
  private expected = false;
  private openedAt = 0;
  private attempts = 0;
  private timer: Timer | null = null;
  private hadTried = () => {};

  constructor(address: Address, path: string, options: EarOptions) {
    this.address = address;
    this.path = path;
    this.options = options;
    this.tried = new Promise((resolve) => {
      this.hadTried = resolve;
    });
    this.connect();
  }

  close(): void {
    this.timer?.cancel();
    this.intake?.stop();
    this.hearing?.close();
    this.hearing = null;
    this.hears = false;
    this.hadTried();
  }

  private connect(): void {
    const { membership, self, secret, timing, window, buffer, linkBytes, counters } = this.options;
    const { detector } = membership;
    this.timer = null;
    this.hearing = new IpcHearing({
      path: this.path,
      peer: this.address,
      self,
      joining: membership.joining,
      secret,
      timing,
      patience: window,
      buffer,
      longestPacket: packetBytes(linkBytes),
      events: {
        chunk: (bytes) => {
          if (!membership.awake()) return false;
          counters.bytesIn += bytes;
          if (this.member !== null) detector.heard(this.member.watched);
          return true;
        },
        accepted: (notice) => this.accepted(notice),
        packet: (number, continued) => this.packet(number, continued),
        piece: (slab, start, end) => !this.expected || this.intake!.take(slab, start, end),
        notice: (kind, notice) => {
          this.options.notice(this, kind, notice);
          this.hadTried();
        },
        ended: (end, why) => this.ended(end, why),
      },
    });
  }

  private accepted(notice: BusNotice): void {
    const { membership, timing, linkBytes, frame, opened } = this.options;
    this.member = membership.meet(this.address);
    if (this.member === null) {
      this.close();
      return;
    }
    this.intake = new PacketIntake(this.member.address, linkBytes, frame);
    this.intake.expect(notice.sent);
    this.hears = true;
    this.openedAt = timing.now();
    opened(this, notice);
    this.hadTried();
  }

  private packet(number: number, continued: number): void {
    const { counters, gap } = this.options;
    const member = this.member!;
    counters.packetsIn++;
    if (!this.intake!.packet(number, continued)) gap(member);
    this.expected = member.announced;
    if (!this.expected) counters.faults++;
  }

  private ended(end: HearingEnd, why: string): void {
    const { timing, log, lines, counters, beat, window } = this.options;
    this.hearing = null;
    this.hadTried();
    // Somebody else may have taken away the socket of one that has gone, or of one that is there and will notice.
    if (end === "gone" || (end === "absent" && !this.options.hearsUs(this))) {
      this.options.gone(this);
      return;
    }
    if (end === "garbage") counters.faults++;
    if (end === "unauthenticated") counters.unauthenticated++;
    const wrong = end === "garbage" || end === "unauthenticated";
    if (wrong && (this.hears || this.attempts === 0)) {
      const { id: peer } = this.address;
      lines.line((more) => log.warn({ peer, reason: why, ...more }, "a server is not listened to"));
    }
    if (this.hears) {
      this.hears = false;
      this.intake?.stop();
      counters.reconnects++;
      // Whoever was heard for a while is tried at once: if it has died, that is known at once as well.
      if (timing.now() - this.openedAt >= beat) this.attempts = 0;
      this.options.broken(this);
    }
    const pause = this.attempts === 0 ? 0 : Math.min(FIRST_PAUSE * 2 ** this.attempts, window / 4);
    this.attempts++;
    this.timer = timing.after(pause, () => this.connect());
  }
}
