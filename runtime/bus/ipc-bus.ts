/**
 * The `ipc` driver: processes on one machine, without a broker. Each server listens on a socket in a common folder, and connects to
 * every socket that it finds there, to hear the server behind it: a connection carries one direction. A link is up when both sides hear
 * each other.
 *
 * Not only those are connected that have something to ask each other: beats, records and the end of a process are told by the same
 * connections, so that a server without one would be neither known nor missed. A hundred servers have 198 connections each.
 */
import type { Socket } from "node:net";
import type { Logger } from "pino";
import { Slab } from "../../wire/slab.js";
import type { Timing } from "../../wire/timing.js";
import type { IpcConfiguration } from "../operate/bus-configuration.js";
import { LogLimit } from "../operate/log-limit.js";
import { settledWithin } from "../operate/settled-within.js";
import type { Address, Bus, BusReceiver, Link } from "./bus.js";
import { BusCounters } from "./bus-counters.js";
import { BusError } from "./bus-error.js";
import type { BusNotice } from "./cluster-messages.js";
import { type EarOptions, IpcEar } from "./ipc-ear.js";
import { IpcListener } from "./ipc-listener.js";
import { LinkSet } from "./link-set.js";
import { type Member, Membership, type MembershipCarrier } from "./membership.js";
import { encodeNotice, PacketKind } from "./packet.js";
import { SocketFolder } from "./socket-folder.js";
import { SocketOutlet } from "./socket-outlet.js";

export interface IpcBusOptions {
  readonly self: Address;
  readonly receiver: BusReceiver;
  readonly timing: Timing;
  readonly log: Logger;
  readonly linkBytes: number;
  readonly configuration: IpcConfiguration;
  /** A folder that is missing is not made. */
  readonly guest?: boolean;
}

/** Takes its place among the servers of the folder. Rejects with BusError. */
export async function joinIpc(options: IpcBusOptions): Promise<Bus> {
  const bus = new IpcBus(options);
  try {
    await bus.join();
  } catch (error) {
    await bus.close();
    throw error;
  }
  return bus;
}

/** What all connections read into: large enough that a burst takes few reads. */
const BUFFER_BYTES = 256 * 1024;

/** Milliseconds to get rid of what is queued at the end. */
const PATIENCE = 2_000;

class IpcBus implements Bus, MembershipCarrier {
  readonly self: Address;
  readonly counters = new BusCounters();
  private readonly options: IpcBusOptions;
  private readonly folder: SocketFolder;
  private readonly listener: IpcListener;
  private readonly links: LinkSet;
  private readonly membership: Membership;
  private readonly earOptions: EarOptions;
  /** By incarnation: whom we hear, or try to. */
  private readonly ears = new Map<number, IpcEar>();
  /** By incarnation: who hears us. */
  private readonly outlets = new Map<number, SocketOutlet>();
  /** Whose link was down since it was last up. */
  private readonly interrupted = new Set<number>();
  private readonly folderLines: LogLimit;
  private record: Uint8Array = new Uint8Array();
  private listening = false;
  private scanning = false;
  private closing: Promise<void> | null = null;

  constructor(options: IpcBusOptions) {
    const { self, receiver, timing, log, linkBytes, configuration, guest } = options;
    const { secret, beat, window } = configuration;
    const { counters } = this;
    this.self = self;
    this.options = options;
    this.folder = new SocketFolder(configuration.folder, { make: guest !== true });
    this.folderLines = new LogLimit(1, () => timing.now());
    this.links = new LinkSet(timing, self, receiver, linkBytes, counters);
    this.membership = new Membership({ self, receiver, timing, beat, window, carrier: this });
    const accepted = (peer: Address, joining: boolean, socket: Socket) => this.heardBy(peer, joining, socket);
    this.listener = new IpcListener({ self, secret, timing, log, counters, accepted });
    this.earOptions = {
      self,
      secret,
      timing,
      log,
      lines: new LogLimit(1, () => timing.now()),
      counters,
      membership: this.membership,
      linkBytes,
      beat,
      window,
      buffer: new Slab(BUFFER_BYTES),
      frame: (from, slab, start, end) => receiver.frame(from, slab, start, end),
      opened: (ear, notice) => this.opened(ear, notice),
      notice: (ear, kind, notice) => this.notice(ear, kind, notice),
      gap: (member) => this.gap(member),
      hearsUs: ({ address }) => this.outlets.has(address.incarnation),
      broken: ({ address }) => this.disconnect(address),
      gone: (ear) => this.gone(ear),
    };
  }

  get up(): boolean {
    return !this.membership.over;
  }

  /** Nothing carries more than one link. */
  get backlog(): number {
    return 0;
  }

  async join(): Promise<void> {
    await this.listener.listen(this.folder);
    this.listening = true;
    await this.membership.join(this.hearEverybody(), this.options.configuration.beat / 20);
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
    if (this.closing !== null) return;
    this.record = record;
    const { receiver, timing } = this.options;
    timing.defer(() => {
      if (this.closing === null) receiver.announced(this.self, record);
    });
    for (const outlet of this.outlets.values()) outlet.socket.write(encodeNotice(PacketKind.RECORD, { record }));
  }

  close(): Promise<void> {
    this.closing ??= this.leave();
    return this.closing;
  }

  // ---- What the membership calls

  tell(to: Address, kind: number, about: number): void {
    this.outlets.get(to.incarnation)?.socket.write(encodeNotice(kind, { about }));
  }

  tellAll(kind: number): void {
    const notice = encodeNotice(kind, {});
    for (const { socket } of this.outlets.values()) {
      // Whoever has not read the last one needs no further.
      if (socket.writableLength === 0) socket.write(notice);
    }
    // Nobody waits for this: what goes wrong is said in the log.
    if (this.listening) void this.scanAgain();
  }

  met(): void {}

  challenge(): void {}

  evicted(): void {
    this.links.seal();
  }

  deaf(): void {}

  forget({ address }: Member): void {
    this.stopHearing(address);
    // What it was told last is with the system, or it does not read.
    this.outlets.get(address.incarnation)?.socket.destroy();
    this.outlets.delete(address.incarnation);
    this.links.forget(address);
    this.interrupted.delete(address.incarnation);
  }

  // ---- Those who hear us

  private heardBy(peer: Address, joining: boolean, socket: Socket): void {
    const { incarnation } = peer;
    if (this.closing !== null || this.membership.over) {
      socket.destroy();
      return;
    }
    if (this.membership.isGone(peer)) {
      socket.end(encodeNotice(PacketKind.DEAD, { about: incarnation }));
      return;
    }
    const before = this.outlets.get(incarnation);
    if (before !== undefined) this.unheardBy(peer, before);
    const outlet = new SocketOutlet(socket, () => this.drained(peer));
    this.outlets.set(incarnation, outlet);
    // Whoever listens does not speak.
    socket.on("data", () => {
      this.counters.faults++;
      socket.destroy();
    });
    socket.on("close", () => this.unheardBy(peer, outlet));
    const sent = this.links.sentTo(peer);
    socket.write(encodeNotice(PacketKind.ACCEPTED, { record: this.record, sent }));
    const member = this.membership.meet(peer);
    if (member === null) {
      this.unheardBy(peer, outlet);
      return;
    }
    if (member.rival && joining) this.membership.rivalJoins(member);
    if (!this.ears.has(incarnation)) this.hear(peer);
    this.connectIfBoth(member);
  }

  private unheardBy(peer: Address, outlet: SocketOutlet): void {
    outlet.socket.destroy();
    if (this.outlets.get(peer.incarnation) !== outlet) return;
    this.outlets.delete(peer.incarnation);
    this.disconnect(peer);
  }

  private drained(peer: Address): void {
    this.links.drained(peer);
    if (this.closing !== null) this.sayGoodbye(peer);
  }

  // ---- Those whom we hear

  /** Everybody who is there when we come. Whoever has our own id is given as long as it takes to be sure. */
  private async hearEverybody(): Promise<void> {
    try {
      await this.scan();
    } catch (error) {
      if (error instanceof BusError) throw error;
      throw new BusError(`bus.folder: ${this.folder.path} cannot be read: ${(error as Error).message}`);
    }
    const { timing, configuration } = this.options;
    const tries = [...this.ears.values()].map(({ address, tried }) => {
      const patience = address.id === this.self.id ? configuration.window : configuration.beat;
      return settledWithin(timing, patience, tried);
    });
    await Promise.all(tries);
  }

  /** Hears whoever has come since. Never rejects. */
  private async scanAgain(): Promise<void> {
    if (this.scanning) return;
    this.scanning = true;
    try {
      await this.scan();
    } catch (error) {
      const { path: folder } = this.folder;
      this.folderLines.line((more) =>
        this.options.log.error({ err: error, folder, ...more }, "the folder of the servers' sockets cannot be used"),
      );
    } finally {
      this.scanning = false;
    }
  }

  private async scan(): Promise<void> {
    const found = await this.folder.list();
    const missing = found.every(({ incarnation }) => incarnation !== this.self.incarnation);
    // Before anybody who has come is heard: it looks for our socket then, and takes us for dead when there is none.
    if (missing && this.closing === null) await this.listenAgain();
    for (const address of found) {
      if (this.closing !== null) return;
      const known = this.ears.has(address.incarnation) || this.membership.knows(address.incarnation);
      if (!known && address.incarnation !== this.self.incarnation) this.hear(address);
    }
  }

  /** Somebody has taken our socket away, as those do who clean up /tmp: whoever comes would not find us. */
  private async listenAgain(): Promise<void> {
    await this.listener.listen(this.folder);
    const { path: folder } = this.folder;
    this.folderLines.line((more) =>
      this.options.log.warn({ folder, ...more }, "this server's socket was taken away: it listens at a new one"),
    );
  }

  private hear(address: Address): void {
    this.ears.set(address.incarnation, new IpcEar(address, this.folder.socketOf(address), this.earOptions));
  }

  private stopHearing({ incarnation }: Address): void {
    this.ears.get(incarnation)?.close();
    this.ears.delete(incarnation);
  }

  private opened({ member }: IpcEar, { record }: BusNotice): void {
    if (record.length > 0) this.membership.recorded(member!, record);
    this.connectIfBoth(member!);
  }

  private notice({ address, member }: IpcEar, kind: number, notice: BusNotice): void {
    if (kind === PacketKind.DEAD) this.membership.declaredDead(address, notice.about);
    else if (member === null) this.counters.faults++;
    else if (kind === PacketKind.RECORD) this.membership.recorded(member, notice.record);
    else this.membership.notice(member, kind, notice.about);
  }

  private gone({ address, member }: IpcEar): void {
    this.stopHearing(address);
    void this.folder.remove(address).catch(() => {});
    if (member !== null) this.membership.lost(member);
  }

  // ---- Links

  private connectIfBoth(member: Member): void {
    const { address } = member;
    const outlet = this.outlets.get(address.incarnation);
    if (outlet === undefined || !this.ears.get(address.incarnation)?.hears || member.linked) return;
    if (this.interrupted.delete(address.incarnation)) this.gap(member);
    this.links.connect(address, outlet);
    this.membership.linked(member, true);
  }

  /** One of the two connections has ended. */
  private disconnect(address: Address): void {
    this.links.disconnect(address);
    const member = this.membership.find(address.incarnation);
    if (member === undefined || !member.linked) return;
    this.interrupted.add(address.incarnation);
    this.membership.linked(member, false);
  }

  private gap(member: Member): void {
    if (!member.announced) return;
    this.counters.gaps++;
    this.options.receiver.gap(member.address);
  }

  // ---- Leaving

  private async leave(): Promise<void> {
    this.links.seal();
    this.membership.stop();
    this.listener.close();
    for (const { address } of [...this.ears.values()]) this.stopHearing(address);
    await this.folder.remove(this.self).catch(() => {});
    const ends = [...this.outlets].map(([incarnation, { socket }]) => {
      const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()));
      this.sayGoodbye({ id: "", incarnation });
      return ended;
    });
    await settledWithin(this.options.timing, PATIENCE, Promise.all(ends));
    for (const { socket } of this.outlets.values()) socket.destroy();
    this.links.close();
  }

  /** The last word to a peer, behind all that is queued for it. */
  private sayGoodbye(peer: Address): void {
    const outlet = this.outlets.get(peer.incarnation);
    if (outlet === undefined || outlet.socket.writableEnded || !this.links.isIdle(peer)) return;
    outlet.socket.end(encodeNotice(PacketKind.LEAVE, {}));
  }
}
