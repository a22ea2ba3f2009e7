/**
 * A bus in memory for the worst of networks: every message takes a time of its own, links keep their order and nothing else does, and a
 * test may cut, lose, pause, kill and disconnect. All above the network is what runs over NATS. Time and chance are the hub's timing's:
 * the same seed takes the same course.
 */
import type { Logger } from "pino";
import type { Address, Bus, BusReceiver } from "../runtime/bus/bus.js";
import { SubjectBus, type Wire } from "../runtime/bus/subject-bus.js";
import { createLog } from "../runtime/operate/log.js";
import { copiedBytes } from "../wire/copy-bytes.js";
import { Slab } from "../wire/slab.js";
import type { Timing } from "../wire/timing.js";
import { PausableTiming } from "./pausable-timing.js";

export interface AdversarialHubOptions {
  /** Milliseconds a message takes, from and to. 0 to 5 unless given. */
  readonly delay?: readonly [number, number];
  /** Milliseconds between two beats of a server, and of silence after which it is dead. 1,000 and 5,000 unless given. */
  readonly beat?: number;
  readonly window?: number;
  readonly linkBytes?: number;
  /** Bytes of the largest message. 1 MiB unless given. */
  readonly largest?: number;
  readonly log?: Logger;
}

/** A server's id, or its incarnation where there are several with the same id. */
export type Server = string | number;

/** What is left in memory that was only lent. Whoever still reads it notices. */
const POISON = 0xdd;

export class AdversarialHub {
  readonly timing: Timing;
  readonly largest: number;
  delay: readonly [number, number];
  private readonly options: AdversarialHubOptions;
  private readonly wires = new Map<number, HubWire>();
  /** `from to`, by ids: nothing gets through in that direction, and nobody is told. */
  private readonly cuts = new Set<string>();
  /** `from to`, by ids: how many of the next messages are lost. */
  private readonly losses = new Map<string, number>();

  constructor(timing: Timing, options: AdversarialHubOptions = {}) {
    this.timing = timing;
    this.options = options;
    this.delay = options.delay ?? [0, 5];
    this.largest = options.largest ?? 1024 * 1024;
  }

  /** Adds a server, which runs on `machine`. Rejects with BusError. */
  async join(self: Address, receiver: BusReceiver, machine = new PausableTiming(this.timing)): Promise<Bus> {
    const { beat = 1_000, window = 5_000, linkBytes = 16 * 1024 * 1024, log = createLog("silent") } = this.options;
    const bus = new SubjectBus({ self, receiver, timing: machine, log, linkBytes, beat, window });
    const wire = new HubWire(this, self, machine, bus);
    this.wires.set(self.incarnation, wire);
    try {
      await bus.join(wire);
    } catch (error) {
      await bus.close();
      throw error;
    }
    return bus;
  }

  /** Nothing gets from one server to another, or from one to all when `to` is not given. */
  cut(from: string, to = "*"): void {
    this.cuts.add(`${from} ${to}`);
  }

  /** Nothing gets to a server. */
  deafen(to: string): void {
    this.cuts.add(`* ${to}`);
  }

  /** Everything gets through again. */
  heal(): void {
    this.cuts.clear();
  }

  /** The next messages from one server to another are lost. */
  lose(from: string, to: string, count = 1): void {
    this.losses.set(`${from} ${to}`, count);
  }

  /** A server loses its connection, and is told. What was on its way to it is lost. */
  disconnect(server: Server): void {
    this.wireOf(server).disconnect();
  }

  reconnect(server: Server): void {
    this.wireOf(server).reconnect();
  }

  /** A server's process stops, as by SIGSTOP. What reaches it waits. */
  pause(server: Server): void {
    this.wireOf(server).machine.pause();
  }

  resume(server: Server): void {
    this.wireOf(server).machine.resume();
  }

  /** A server's process ends without a word. */
  kill(server: Server): void {
    const wire = this.wireOf(server);
    wire.machine.kill();
    this.remove(wire);
  }

  /** For the wires: brings a message to one or all, each in its own time. */
  carry(from: HubWire, to: number | null, bytes: Uint8Array): void {
    const receivers =
      to === null ? [...this.wires.values()] : [this.wires.get(to)].filter((wire) => wire !== undefined);
    for (const receiver of receivers) {
      if (!this.isLost(from.self.id, receiver.self.id))
        receiver.arriveFrom(from.self.incarnation, bytes, this.someDelay());
    }
  }

  /** For the wires: whether anybody listens at an address. */
  hears(incarnation: number): boolean {
    return this.wires.has(incarnation);
  }

  remove(wire: HubWire): void {
    this.wires.delete(wire.self.incarnation);
  }

  someDelay(): number {
    const [least, most] = this.delay;
    return least + (this.timing.random() % (most - least + 1));
  }

  private isLost(from: string, to: string): boolean {
    // One's own beats show that the bus carries: they are lost with everybody's, not with one peer's.
    if (from === to) return this.cuts.has(`${from} *`) || this.cuts.has(`* ${to}`);
    if ([`${from} ${to}`, `${from} *`, `* ${to}`].some((cut) => this.cuts.has(cut))) return true;
    const pair = `${from} ${to}`;
    const left = this.losses.get(pair) ?? 0;
    if (left > 0) this.losses.set(pair, left - 1);
    return left > 0;
  }

  private wireOf(server: Server): HubWire {
    const found = [...this.wires.values()].filter(({ self }) => self.id === server || self.incarnation === server);
    if (found.length === 1) return found[0]!;
    const which = [...this.wires.values()].map(({ self }) => `${self.id} (${self.incarnation})`).join(", ");
    throw new TypeError(`${found.length} servers on the hub are ${server}: there are ${which}`);
  }
}

class HubWire implements Wire {
  readonly self: Address;
  readonly machine: PausableTiming;
  readonly backlog = 0;
  readonly backlogFrames = 0;
  connected = true;
  private readonly hub: AdversarialHub;
  private readonly bus: SubjectBus;
  /** When the last message of a sender arrives: the next cannot overtake it. */
  private readonly arrivals = new Map<number, number>();
  /** Counts connections: what was sent to an earlier one is lost. */
  private connection = 0;

  constructor(hub: AdversarialHub, self: Address, machine: PausableTiming, bus: SubjectBus) {
    this.hub = hub;
    this.self = self;
    this.machine = machine;
    this.bus = bus;
  }

  get largest(): number {
    // As with NATS: what is away takes nothing.
    return this.connected ? this.hub.largest : 0;
  }

  send(to: number, message: Uint8Array): void {
    this.hub.carry(this, to, copiedBytes(message, 0, message.length));
  }

  broadcast(message: Uint8Array): void {
    this.hub.carry(this, null, copiedBytes(message, 0, message.length));
  }

  probe(incarnation: number): void {
    this.hub.timing.after(this.hub.someDelay(), () => {
      if (!this.hub.hears(incarnation)) this.machine.input(() => this.bus.absent(incarnation));
    });
  }

  reset(): void {
    this.disconnect();
    this.hub.timing.after(this.hub.someDelay(), () => this.reconnect());
  }

  async close(): Promise<void> {
    this.connected = false;
    this.connection++;
    this.hub.remove(this);
  }

  disconnect(): void {
    if (!this.connected) return;
    this.connected = false;
    this.connection++;
    this.machine.input(() => this.bus.disconnected());
  }

  reconnect(): void {
    if (this.connected || !this.hub.hears(this.self.incarnation)) return;
    this.machine.input(() => {
      this.connected = true;
      this.bus.connected();
    });
  }

  arriveFrom(incarnation: number, bytes: Uint8Array, delay: number): void {
    if (!this.connected) return;
    const { connection } = this;
    const now = this.hub.timing.now();
    const at = Math.max(now + delay, this.arrivals.get(incarnation) ?? 0);
    this.arrivals.set(incarnation, at);
    this.hub.timing.after(at - now, () => this.machine.input(() => this.deliver(connection, bytes)));
  }

  private deliver(connection: number, bytes: Uint8Array): void {
    if (connection !== this.connection || !this.connected) return;
    const slab = new Slab(Math.max(bytes.length, 1));
    slab.bytes.set(bytes);
    this.bus.message(slab, 0, bytes.length);
    slab.bytes.fill(POISON);
  }
}
