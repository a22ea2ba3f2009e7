/** A link out of the process: frames collect in a slab, and leave as one numbered packet a tick. */
import { Slab } from "../../wire/slab.js";
import type { Address, Link } from "./bus.js";
import type { BusCounters } from "./bus-counters.js";
import { encodePacketHeader, FRAME_PREFIX, nextNumber, PACKET_HEADER, PacketKind } from "./packet.js";

/** A packet leaves before its tick has ended when it has grown to this: the peer may begin with it. */
const PACKET_BYTES = 64 * 1024;

/** What a link keeps between packets; a larger slab, left by a burst, goes back to the system. */
const KEPT_BYTES = 1024 * 1024;

const FIRST_SLAB = 4 * 1024;

/** What carries a link's packets while it is up. */
export interface Outlet {
  /** Bytes of the largest packet it takes; no more than PACKET_HEADER while it takes none. */
  readonly largest: number;
  /** Bytes it has taken that have not left yet. */
  readonly backlog: number;
  /** Frames in them; those of a packet that `write` did not finish are not among these. */
  readonly backlogFrames: number;
  /** The header's first field of a packet with this many bytes. */
  ownField(bytes: number): number;
  /** Takes a packet, with so many frames. False: the bytes are in use until `drained` is called; nothing else is written meanwhile. */
  write(packet: Uint8Array, frames: number): boolean;
}

/** Who writes the links' packets at the end of the tick. */
export interface LinkPump {
  readonly linkBytes: number;
  readonly mostFrames: number;
  readonly counters: BusCounters;
  /** A frame is the first of its packet. */
  queue(link: PacketLink): void;
  /** A frame ended: is it time to write before the tick has? */
  ended(): void;
}

export class PacketLink implements Link {
  readonly peer: Address;
  slab = new Slab(FIRST_SLAB);
  /** Number of the last packet. */
  number = 0;
  waitingFrames = 0;
  private readonly pump: LinkPump;
  private outlet: Outlet | null = null;
  /** The packet that the outlet is still writing; the next collects meanwhile, and leaves when it is done. */
  private writing: Slab | null = null;
  /** Where its last frame ends. */
  private writingEnd = PACKET_HEADER;
  private writingFrames = 0;
  private spare: Slab | null = null;
  /** Where the last ended frame ends. What stands behind it is a frame that is being written, or that its writer gave up. */
  private tail = PACKET_HEADER;
  /** The tail may grow to this without asking again; 0 while the link is down, or has as many frames as it may have. */
  private room = 0;
  /** How many may wait, by what the outlet had when it was last asked. */
  private frameRoom = 0;
  private open = false;
  private sealed = false;
  /** Whether the pump knows that there is something to write. */
  private queued = false;

  constructor(peer: Address, pump: LinkPump) {
    this.peer = peer;
    this.pump = pump;
  }

  /** Everything that was taken has been written. */
  get idle(): boolean {
    return this.writing === null && (this.tail === PACKET_HEADER || this.outlet === null);
  }

  get waitingBytes(): number {
    return this.tail - PACKET_HEADER + (this.writing === null ? 0 : this.writingEnd);
  }

  begin(bound: number): boolean {
    const { slab, tail } = this;
    if (tail + bound > this.room && !this.hasRoom(bound)) return false;
    slab.length = tail;
    slab.reserve(FRAME_PREFIX + bound);
    slab.length = tail + FRAME_PREFIX;
    this.open = true;
    return true;
  }

  end(): boolean {
    const { slab, tail } = this;
    this.open = false;
    const length = slab.length - tail - FRAME_PREFIX;
    if (length > this.pump.linkBytes) {
      this.pump.counters.oversized++;
      slab.length = tail;
      return false;
    }
    slab.view.setUint32(tail, length, true);
    this.tail = slab.length;
    if (++this.waitingFrames >= this.frameRoom) this.room = 0;
    if (!this.queued) {
      this.queued = true;
      this.pump.queue(this);
    }
    if (this.tail >= PACKET_BYTES) this.flush();
    else this.pump.ended();
    return true;
  }

  abandon(): void {
    this.open = false;
    this.slab.length = this.tail;
  }

  /** From here on packets have somewhere to go. */
  connect(outlet: Outlet): void {
    this.outlet = outlet;
    this.writing = null;
    this.measure();
  }

  /** The link is down: what was collected is lost. */
  disconnect(): void {
    this.outlet = null;
    this.writing = null;
    this.spare = null;
    this.room = 0;
    this.waitingFrames = 0;
    this.tail = PACKET_HEADER;
    if (this.slab.bytes.length > KEPT_BYTES) this.slab = new Slab(FIRST_SLAB);
  }

  /** Takes no frames any more; those it has still leave. */
  seal(): void {
    this.sealed = true;
    this.room = 0;
  }

  /** The tick ends: writes what was collected, and forgets a frame that its writer gave up. */
  endTick(): void {
    this.queued = false;
    this.open = false;
    this.flush();
  }

  /** Writes what was collected, unless a frame is being written, or the packet before still is. */
  flush(): void {
    const { outlet, tail } = this;
    if (outlet === null || this.writing !== null || this.open || tail === PACKET_HEADER) return;
    const { largest } = outlet;
    // What carries it is away, and whoever is to say so has not got round to it: what was collected is lost when the link is disconnected.
    if (largest <= PACKET_HEADER) {
      this.room = 0;
      return;
    }
    this.tail = PACKET_HEADER;
    if (tail > largest) this.split(outlet, tail, largest - PACKET_HEADER);
    else this.write(outlet, this.slab, tail);
    this.measure();
  }

  /** The outlet has written the packet that it had kept. */
  drained(): void {
    const { writing } = this;
    if (writing === null) return;
    this.writing = null;
    this.waitingFrames -= this.writingFrames;
    if (writing.bytes.length <= KEPT_BYTES) this.spare = writing;
    this.flush();
  }

  private write(outlet: Outlet, slab: Slab, end: number): void {
    this.number = nextNumber(this.number);
    encodePacketHeader(slab, 0, outlet.ownField(end), PacketKind.FRAMES, this.number, 0);
    this.count(end);
    if (outlet.write(slab.bytes.subarray(0, end), this.waitingFrames)) {
      this.waitingFrames = 0;
      if (slab.bytes.length > KEPT_BYTES) this.slab = new Slab(FIRST_SLAB);
      return;
    }
    this.writing = slab;
    this.writingEnd = end;
    this.writingFrames = this.waitingFrames;
    this.slab = this.spare ?? new Slab(FIRST_SLAB);
    this.spare = null;
  }

  /** More than one packet may hold, in several, each in memory of its own: an outlet with such a bound has copied them when it returns. */
  private split(outlet: Outlet, end: number, most: number): void {
    const { slab } = this;
    let frame = PACKET_HEADER;
    for (let at = PACKET_HEADER; at < end; at += most) {
      const part = Math.min(most, end - at);
      // The first frame that begins in this packet, or behind it.
      while (frame < at) frame += FRAME_PREFIX + slab.view.getUint32(frame, true);
      const packet = new Slab(PACKET_HEADER + part);
      packet.bytes.set(slab.bytes.subarray(at, at + part), PACKET_HEADER);
      this.number = nextNumber(this.number);
      const own = outlet.ownField(PACKET_HEADER + part);
      encodePacketHeader(packet, 0, own, PacketKind.FRAMES, this.number, Math.min(frame - at, part));
      this.count(PACKET_HEADER + part);
      // All of them count for the last: the ends of those before are nobody's to tell.
      outlet.write(packet.bytes, at + part < end ? 0 : this.waitingFrames);
    }
    this.waitingFrames = 0;
    if (slab.bytes.length > KEPT_BYTES) this.slab = new Slab(FIRST_SLAB);
  }

  private count(bytes: number): void {
    this.pump.counters.packetsOut++;
    this.pump.counters.bytesOut += bytes;
  }

  private hasRoom(bound: number): boolean {
    // What the outlet had not written when it was last asked may have left since.
    this.measure();
    return this.tail + bound <= this.room;
  }

  private measure(): void {
    const { outlet, pump } = this;
    this.room = 0;
    if (outlet === null || this.sealed || outlet.largest <= PACKET_HEADER) return;
    this.frameRoom = pump.mostFrames - outlet.backlogFrames;
    if (this.waitingFrames < this.frameRoom) this.room = PACKET_HEADER + pump.linkBytes - outlet.backlog;
  }
}
