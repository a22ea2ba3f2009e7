/**
 * Who is on the bus, as one server knows: whom it has met, who is announced to its runtime, who is suspected, gone, or disputed. Drivers
 * tell it what arrives, and carry what it says; `runtime/bus/packet.ts` has the notices. Of two servers with one id the one that was there
 * before keeps it while it answers; others announce the newcomer when it does not.
 */
import type { Timer, Timing } from "../../wire/timing.js";
import { FailureDetector, type Watched } from "../cluster/failure-detector.js";
import type { Address, BusReceiver, Eviction } from "./bus.js";
import { BusError, DuplicateServerError } from "./bus-error.js";
import { PacketKind } from "./packet.js";

/** One server that was met. */
export class Member {
  readonly address: Address;
  readonly watched: Watched<Member>;
  /** What it announces; null until it does. */
  record: Uint8Array | null = null;
  /** The link to it is up. */
  linked = false;
  /** This server's runtime knows it. */
  announced = false;
  /** Who has its id, and had it before; null: nobody. */
  holder: Member | null = null;
  /** It says that it has our own id. */
  readonly rival: boolean;
  readonly metAt: number;

  constructor(address: Address, rival: boolean, now: number, watch: (member: Member) => Watched<Member>) {
    this.address = address;
    this.rival = rival;
    this.metAt = now;
    this.watched = watch(this);
  }
}

/** What a driver does for the membership. Everything is done as well as possible: what matters is said again. */
export interface MembershipCarrier {
  /** Says a notice about an incarnation (0: about nobody) to one server. */
  tell(to: Address, kind: number, about: number): void;
  /** Says a notice to everybody. */
  tellAll(kind: number): void;
  /** A server was met for the first time. */
  met(member: Member): void;
  /** Finds out whether one whose id is disputed is still there, where there is a quicker way than to ask it. */
  challenge(holder: Address): void;
  /** It is gone for good: its link is closed, and nothing of it is taken any more. */
  forget(member: Member): void;
  /** This server has no place here any more: its links are down. */
  evicted(): void;
  /** One's own beats do not come back: what carries the bus should be made anew. */
  deaf(): void;
}

export interface MembershipOptions {
  readonly self: Address;
  readonly receiver: BusReceiver;
  readonly timing: Timing;
  /** Milliseconds. */
  readonly beat: number;
  readonly window: number;
  readonly carrier: MembershipCarrier;
}

/** Incarnations of the dead that are remembered, in case they speak again. */
const MOST_GONE = 4_096;

export class Membership {
  readonly detector: FailureDetector<Member>;
  private readonly options: MembershipOptions;
  private readonly members = new Map<number, Member>();
  /** Those that left (Infinity), and those that were given up: when each was last told so. */
  private readonly gone = new Map<number, number>();
  private phase: "joining" | "joined" | "over" = "joining";
  /** Joined, and those who are there are not announced yet. */
  private unsettled = false;
  private refused: ((error: BusError) => void) | null = null;
  /** Who says, until when, that somebody may still have our id. */
  private readonly heldBy = new Map<number, number>();
  private beatTimer: Timer | null = null;

  constructor(options: MembershipOptions) {
    this.options = options;
    this.detector = new FailureDetector(options.timing, options, {
      suspected: (member) => this.suspect(member, true),
      trusted: (member) => this.suspect(member, false),
      dead: (member) => this.bury(member),
      stalled: () => this.evict("stalled"),
      deaf: () => options.carrier.deaf(),
    });
    this.waitForBeat();
  }

  /** A newcomer: it tells others so, and has no claim to its id yet. */
  get joining(): boolean {
    return this.phase === "joining";
  }

  get over(): boolean {
    return this.phase === "over";
  }

  /**
   * Waits until nobody disputes the id, for as long as `asked` and then at least `grace` milliseconds; after that announces who is there.
   * Rejects with DuplicateServerError, or with BusError when this server was given up meanwhile.
   */
  async join(asked: Promise<void>, grace: number): Promise<void> {
    const refused = new Promise<never>((_, reject) => {
      this.refused = reject;
    });
    await Promise.race([refused, asked.then(() => this.undisputed(grace))]);
    this.refused = null;
    if (this.phase !== "joining") return;
    this.phase = "joined";
    // Whoever waits for this promise has the bus in hand before its receiver is called.
    this.unsettled = true;
    this.options.timing.defer(() => this.settleAll());
  }

  /**
   * Call it for every chunk that arrives, before anything of it is looked at. False: it is to be thrown away, because this process stood
   * still for longer than the window.
   */
  awake(): boolean {
    // What arrives may be from somebody to whom we are known already.
    this.settleAll();
    return this.detector.awake();
  }

  find(incarnation: number): Member | undefined {
    return this.members.get(incarnation);
  }

  /** It was met, and is here or gone. */
  knows(incarnation: number): boolean {
    return this.members.has(incarnation) || this.gone.has(incarnation);
  }

  /** Something of a server arrived. Null: it is gone, or nobody's, and what arrived is to be dropped. */
  meet(address: Address): Member | null {
    const { self, timing, carrier } = this.options;
    if (this.phase === "over") return null;
    const known = this.members.get(address.incarnation);
    if (known !== undefined) return known.address.id === address.id ? known : null;
    if (address.incarnation === self.incarnation || this.isGone(address)) return null;
    const rival = address.id === self.id;
    const member = new Member(address, rival, timing.now(), (one) => this.detector.watch(one));
    member.holder = this.holderOf(address.id);
    this.members.set(address.incarnation, member);
    carrier.met(member);
    if (member.holder !== null) this.dispute(member, member.holder);
    return member;
  }

  /** A server that was given up, or left, goes on speaking: it is told. True if it is such a one. */
  isGone(address: Address): boolean {
    const toldAt = this.gone.get(address.incarnation);
    if (toldAt === undefined) return false;
    const now = this.options.timing.now();
    if (now - toldAt >= this.options.beat) {
      this.gone.set(address.incarnation, now);
      this.options.carrier.tell(address, PacketKind.DEAD, address.incarnation);
    }
    return true;
  }

  /** A notice of a member arrived. */
  notice(from: Member, kind: number, about: number): void {
    const { self, carrier } = this.options;
    switch (kind) {
      case PacketKind.LEAVE:
        this.remove(from, Number.POSITIVE_INFINITY);
        return;
      case PacketKind.TAKEN:
        if (about === self.incarnation) this.evict("duplicate");
        return;
      case PacketKind.HELD:
        this.heldBy.set(from.address.incarnation, this.options.timing.now() + 3 * this.options.beat);
        return;
      case PacketKind.FREE:
        this.heldBy.delete(from.address.incarnation);
        return;
      case PacketKind.PROBE:
        // Of newcomers the one with the lower incarnation has the better claim, and will say so itself.
        if (this.phase === "joined" || self.incarnation < about) carrier.tell(from.address, PacketKind.ANSWER, about);
        return;
      case PacketKind.ANSWER:
        this.answered(from, about);
    }
  }

  /** A newcomer says that it has our id. Whoever was there before keeps it; of two newcomers, the one with the lower incarnation. */
  rivalJoins(rival: Member): void {
    const { self, carrier } = this.options;
    if (this.phase === "joining" && rival.address.incarnation < self.incarnation) return;
    carrier.tell(rival.address, PacketKind.TAKEN, rival.address.incarnation);
  }

  /** A server, perhaps one that is gone, says that an incarnation is dead. Of two that say so of each other the lower one stays. */
  declaredDead(by: Address, about: number): void {
    const { self } = this.options;
    if (about !== self.incarnation || (this.gone.has(by.incarnation) && self.incarnation < by.incarnation)) return;
    this.evict("dead");
  }

  recorded(member: Member, record: Uint8Array): void {
    // Said again after an interruption, as a rule.
    if (member.record !== null && Buffer.compare(member.record, record) === 0) return;
    member.record = record;
    if (member.announced) this.options.receiver.announced(member.address, record);
    else this.settle(member);
  }

  linked(member: Member, up: boolean): void {
    member.linked = up;
    if (up) this.settle(member);
  }

  /** It is certain that a server's process is gone. */
  lost(member: Member): void {
    this.bury(member);
  }

  /** Nobody listens at a server's address: if its id is disputed, it has lost it. */
  absent(incarnation: number): void {
    const member = this.members.get(incarnation);
    if (member !== undefined && [...this.members.values()].some((one) => one.holder === member)) this.bury(member);
  }

  /** This server has no place here any more. */
  evict(reason: Eviction): void {
    if (this.phase === "over") return;
    this.stop();
    const { self, receiver, carrier } = this.options;
    carrier.evicted();
    if (this.refused === null) receiver.evicted(reason);
    else if (reason === "duplicate") this.refused(new DuplicateServerError(self.id));
    else
      this.refused(
        new BusError(`${self.id} was taken for dead while it joined: this process stood still for too long`),
      );
  }

  /** No callbacks any more, and no beats. */
  stop(): void {
    this.phase = "over";
    this.detector.stop();
    this.beatTimer?.cancel();
    this.beatTimer = null;
  }

  private async undisputed(grace: number): Promise<void> {
    const { timing, beat } = this.options;
    const step = beat / 20;
    for (let waited = 0; this.phase === "joining" && (waited < grace || this.held()); waited += step) {
      await new Promise<void>((resolve) => timing.after(step, resolve));
    }
  }

  /** Somebody says that our id may still have another. */
  private held(): boolean {
    const now = this.options.timing.now();
    for (const [incarnation, until] of this.heldBy) if (until <= now) this.heldBy.delete(incarnation);
    return this.heldBy.size > 0;
  }

  private settleAll(): void {
    if (!this.unsettled) return;
    this.unsettled = false;
    for (const member of [...this.members.values()]) this.settle(member);
  }

  private settle(member: Member): void {
    if (this.phase !== "joined" || this.unsettled || member.announced || member.rival || member.holder !== null) return;
    if (!member.linked || member.record === null || this.members.get(member.address.incarnation) !== member) return;
    member.announced = true;
    this.options.receiver.announced(member.address, member.record);
    if (member.watched.suspect) this.options.receiver.suspected(member.address, true);
  }

  private suspect(member: Member, silent: boolean): void {
    if (member.announced) this.options.receiver.suspected(member.address, silent);
  }

  private bury(member: Member): void {
    this.options.carrier.tell(member.address, PacketKind.DEAD, member.address.incarnation);
    this.remove(member, this.options.timing.now());
  }

  private remove(member: Member, toldAt: number): void {
    const { address } = member;
    if (!this.members.delete(address.incarnation)) return;
    this.detector.unwatch(member.watched);
    this.heldBy.delete(address.incarnation);
    if (this.gone.size >= MOST_GONE) this.gone.delete(this.gone.keys().next().value!);
    this.gone.set(address.incarnation, toldAt);
    this.options.carrier.forget(member);
    if (member.announced) this.options.receiver.left(address);
    for (const heir of [...this.members.values()]) {
      if (heir.holder !== member) continue;
      heir.holder = this.holderOf(address.id, heir);
      if (heir.holder !== null) continue;
      this.options.carrier.tell(heir.address, PacketKind.FREE, heir.address.incarnation);
      this.settle(heir);
    }
  }

  /** Who of those met before has an id. */
  private holderOf(id: string, before?: Member): Member | null {
    for (const member of this.members.values()) {
      if (member === before) return null;
      if (member.address.id === id && member.holder === null) return member;
    }
    return null;
  }

  private dispute(newcomer: Member, holder: Member): void {
    const { carrier } = this.options;
    carrier.tell(newcomer.address, PacketKind.HELD, newcomer.address.incarnation);
    carrier.tell(holder.address, PacketKind.PROBE, newcomer.address.incarnation);
    carrier.challenge(holder.address);
  }

  /** The holder of a disputed id is there. */
  private answered(holder: Member, about: number): void {
    const newcomer = this.members.get(about);
    if (newcomer?.holder !== holder) return;
    this.options.carrier.tell(newcomer.address, PacketKind.TAKEN, about);
  }

  private waitForBeat(): void {
    this.beatTimer = this.options.timing.after(this.options.beat, () => {
      this.waitForBeat();
      this.sendBeat();
    });
  }

  private sendBeat(): void {
    const { self, carrier, timing, window } = this.options;
    carrier.tellAll(PacketKind.BEAT);
    const now = timing.now();
    for (const member of [...this.members.values()]) {
      if (member.holder !== null) this.dispute(member, member.holder);
      // Neither has heard of the other's coming. Somebody has to go, and both must choose the same.
      if (member.rival && now - member.metAt > window && self.incarnation < member.address.incarnation) {
        carrier.tell(member.address, PacketKind.TAKEN, member.address.incarnation);
      }
    }
  }
}
