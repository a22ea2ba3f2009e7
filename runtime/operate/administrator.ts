/**
 * A member of the bus that is no server: it asks servers how they are, and tells them what to do. Servers let it come and go without a
 * word, and give it no part in their work; the bus lets nobody in who does not know the cluster's secret.
 */
import type { Logger } from "pino";
import type { BodyCodec } from "../../wire/body-codec.js";
import { BodyError } from "../../wire/body-error.js";
import type { Slab } from "../../wire/slab.js";
import type { Timing } from "../../wire/timing.js";
import type { Address, Bus, BusReceiver, Eviction } from "../bus/bus.js";
import type { BusCounters } from "../bus/bus-counters.js";
import { BusError } from "../bus/bus-error.js";
import { ENVELOPE_BYTES, Envelope, FrameKind, isAdministration } from "../bus/envelope.js";
import { joinBus } from "../bus/join-bus.js";
import { Calls } from "../cluster/calls.js";
import { DeadlineWheel } from "../cluster/deadline-wheel.js";
import { type Answer, type Answerer, Operations } from "../cluster/operations.js";
import { ADMINISTRATOR, Peer, SUPERVISOR } from "../cluster/peer.js";
import { Retries } from "../cluster/retries.js";
import { recordBytes, recordFields } from "../cluster/server-record.js";
import { NO_SESSION } from "../session/session-reference.js";
import type { BusConfiguration } from "./bus-configuration.js";
import { Tick, TickStep } from "./tick.js";
import { TickClock } from "./tick-clock.js";

export interface AdministratorOptions {
  /** Not the local bus: that stays within one process. */
  readonly bus: BusConfiguration;
  /** The schema's name. */
  readonly application: string;
  readonly as?: typeof ADMINISTRATOR | typeof SUPERVISOR;
  /** Part of its id, for people: letters, digits, `_` and `-`. */
  readonly name?: string;
  readonly timing: Timing;
  readonly log: Logger;
}

/** Administrators ask little. */
const LINK_BYTES = 16 * 1024 * 1024;

/** Joins the cluster's bus. Rejects with BusError. */
export async function joinAsAdministrator(options: AdministratorOptions): Promise<Administrator> {
  const administrator = new Administrator(options);
  const { bus: configuration, application, as, timing, log } = options;
  const { self } = administrator;
  const linkBytes = LINK_BYTES;
  const guest = as !== SUPERVISOR;
  const mine = { self, receiver: administrator, timing, log, linkBytes, application, guest };
  const bus = await joinBus(configuration, mine);
  administrator.attach(bus);
  return administrator;
}

export class Administrator implements BusReceiver {
  readonly self: Address;
  private readonly as: string;
  private readonly wheel: DeadlineWheel;
  private readonly calls: Calls;
  private readonly retries: Retries;
  private readonly operations: Operations;
  private readonly peers = new Map<number, Peer>();
  private readonly envelope = new Envelope();
  private readonly waiting = new Set<() => void>();
  private readonly tick: Tick;
  private bus: Bus | null = null;
  /** Why it has no place on the bus any more. */
  private over: Eviction | null = null;

  constructor({ as = ADMINISTRATOR, name, timing }: Pick<AdministratorOptions, "as" | "name" | "timing">) {
    this.as = as;
    const incarnation = timing.random() >>> 1 || 1;
    // No server's id: that ends in a hyphen and a number.
    const words = [as.slice(1), name, incarnation.toString(16)].filter((word) => word !== undefined);
    this.self = { id: words.join("_"), incarnation };
    this.wheel = new DeadlineWheel(timing);
    this.calls = new Calls(this.wheel);
    this.retries = new Retries(timing);
    this.tick = new Tick(timing);
    this.tick.on(TickStep.LINKS, () => this.bus?.flush());
    this.operations = new Operations(this.calls, new TickClock(timing, this.tick), new Map(), this.retries);
  }

  get counters(): BusCounters {
    return this.bus!.counters;
  }

  /** The servers that are there, by id. */
  get servers(): readonly Peer[] {
    return this.members((peer) => !peer.administrates);
  }

  /** Those that supervise the processes of servers. */
  get supervisors(): readonly Peer[] {
    return this.members((peer) => peer.type === SUPERVISOR);
  }

  /** Asks a server, or a supervisor. Rejects with Failure. */
  ask<T>(peer: Peer, operation: number, request: Answer | null, response: BodyCodec<T> | null, what: string) {
    return this.operations.ask(peer, operation, NO_SESSION, request, response, what);
  }

  /** Answers what other administrators ask. */
  serve(operation: number, answerer: Answerer): void {
    this.operations.serve(operation, answerer);
  }

  /** Resolves when somebody has come, has left, or says something new of itself, or this member has no place on the bus any more. */
  async change(): Promise<void> {
    if (this.over === null) await new Promise<void>((resolve) => this.waiting.add(resolve));
    if (this.over !== null) throw new BusError(`the servers have given this process up: ${this.over}`);
  }

  attach(bus: Bus): void {
    this.bus = bus;
    this.announce(0);
  }

  /** A supervisor's load: the servers that it runs. */
  announce(load: number): void {
    const nothing = {
      number: 0,
      schemaHash: "",
      version: 0,
      lineage: new Uint8Array(),
      frontend: false,
      listeners: [],
    };
    this.bus!.announce(recordBytes({ ...nothing, type: this.as, state: "ready", load }));
  }

  async close(): Promise<void> {
    this.retries.close();
    this.wheel.stop();
    await this.bus?.close();
  }

  // ---- What the bus calls

  frame(from: Address, slab: Slab, start: number, end: number): void {
    const { envelope } = this;
    const peer = this.peers.get(from.incarnation);
    if (peer === undefined || !envelope.decode(slab, start, end)) return;
    const body = start + ENVELOPE_BYTES + envelope.headerBytes;
    const { kind, correlation, code, linkId } = envelope;
    try {
      if (kind === FrameKind.REPLY) this.calls.answered(peer, correlation, code, slab, body, end);
      else if (kind === FrameKind.OPERATION && peer.administrates && isAdministration(linkId))
        this.operations.asked(peer, envelope, slab, body, end);
    } catch (error) {
      if (!(error instanceof BodyError)) throw error;
    }
  }

  pending(): void {
    this.tick.leave(TickStep.LINKS);
  }

  announced(from: Address, bytes: Uint8Array): void {
    if (from.incarnation === this.self.incarnation) return;
    const record = recordFields(bytes);
    if (record === null) return;
    const known = this.peers.get(from.incarnation);
    if (known !== undefined) known.update(record);
    else this.peers.set(from.incarnation, new Peer(from, this.bus!.link(from), -1, record));
    this.changed();
  }

  suspected(address: Address, silent: boolean): void {
    const peer = this.peers.get(address.incarnation);
    if (peer !== undefined) peer.suspect = silent;
  }

  gap(address: Address): void {
    const peer = this.peers.get(address.incarnation);
    if (peer !== undefined) this.calls.lost(peer);
  }

  left(address: Address): void {
    const peer = this.peers.get(address.incarnation);
    if (peer === undefined) return;
    peer.alive = false;
    this.peers.delete(address.incarnation);
    this.calls.lost(peer);
    this.changed();
  }

  evicted(reason: Eviction): void {
    this.over = reason;
    for (const peer of this.peers.values()) this.calls.lost(peer);
    this.changed();
  }

  private members(which: (peer: Peer) => boolean): readonly Peer[] {
    return [...this.peers.values()].filter(which).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  private changed(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
