/** One member of a bus in a test, which writes down all it is called with. */
import type { Address, Bus, BusReceiver, Eviction, Link } from "../../../runtime/bus/bus.js";
import { processTiming } from "../../../runtime/operate/process-timing.js";
import type { Slab } from "../../../wire/slab.js";
import type { Timing } from "../../../wire/timing.js";

export class Member implements BusReceiver {
  readonly id: string;
  bus!: Bus;
  /** Everything but frames, in order: `chat-1 is ready`, `chat-1 left`. */
  readonly events: string[] = [];
  /** Frames, by the id of their sender. */
  readonly frames = new Map<string, string[]>();
  /** Who is announced and has not left, by id: the incarnation last heard of. */
  readonly present = new Map<string, Address>();
  /** Called with every frame, before it is written down. */
  onFrame: (text: string, from: Address) => void = () => {};
  onEvicted: (reason: Eviction) => void = () => {};
  /** True while this member calls the bus: nothing may come back. */
  private calling = false;
  private readonly timing: Timing;
  /** Times it was told that frames are queued. */
  asked = 0;

  constructor(id: string, timing: Timing = processTiming) {
    this.id = id;
    this.timing = timing;
  }

  get address(): Address {
    return this.bus.self;
  }

  frame(from: Address, slab: Slab, start: number, end: number): void {
    this.check("a frame");
    const text = Buffer.from(slab.bytes.subarray(start, end)).toString("latin1");
    if (!this.present.has(from.id)) this.events.push(`a frame of ${from.id} before it was announced`);
    this.onFrame(text, from);
    const frames = this.frames.get(from.id) ?? [];
    frames.push(text);
    this.frames.set(from.id, frames);
  }

  pending(): void {
    this.asked++;
    this.timing.defer(() => this.bus.flush());
  }

  announced(from: Address, record: Uint8Array): void {
    this.check("an announcement");
    this.present.set(from.id, from);
    this.events.push(`${from.id} is ${Buffer.from(record).toString("latin1")}`);
  }

  suspected(peer: Address, silent: boolean): void {
    this.check("a suspicion");
    this.events.push(silent ? `${peer.id} is silent` : `${peer.id} speaks again`);
  }

  gap(peer: Address): void {
    this.check("a gap");
    this.events.push(`gap of ${peer.id}`);
  }

  left(peer: Address): void {
    this.check("a leaving");
    if (this.present.get(peer.id)?.incarnation === peer.incarnation) this.present.delete(peer.id);
    this.events.push(`${peer.id} left`);
  }

  evicted(reason: Eviction): void {
    this.check("an eviction");
    this.events.push(`evicted: ${reason}`);
    this.onEvicted(reason);
  }

  announce(record: string): void {
    this.call(() => this.bus.announce(Buffer.from(record)));
  }

  /** Sends to whoever has the id now. False: refused. */
  send(to: string, text: string): boolean {
    const peer = to === this.id ? this.address : this.present.get(to);
    if (peer === undefined) return false;
    return this.sendTo(peer, text);
  }

  sendTo(peer: Address, text: string): boolean {
    return this.call(() => {
      const link = this.bus.link(peer);
      if (!link.begin(text.length)) return false;
      write(link, text);
      return link.end();
    });
  }

  /** The frames of one sender. */
  framesOf(id: string): readonly string[] {
    return this.frames.get(id) ?? [];
  }

  has(event: string): boolean {
    return this.events.includes(event);
  }

  private call<T>(what: () => T): T {
    this.calling = true;
    try {
      return what();
    } finally {
      this.calling = false;
    }
  }

  private check(what: string): void {
    if (this.calling) throw new Error(`${what} came from within a call of the bus`);
  }
}

/** Writes latin1 text at the end of a link's slab, without having announced its length. */
export function write(link: Link, text: string): void {
  const { slab } = link;
  slab.reserve(text.length);
  Buffer.from(slab.bytes.buffer, slab.bytes.byteOffset).write(text, slab.length, "latin1");
  slab.length += text.length;
}
