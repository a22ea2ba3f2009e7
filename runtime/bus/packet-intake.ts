/** The incoming half of a link: notices gaps in the packets' numbers, and cuts frames out of whatever pieces the bytes arrive in. */
import { Slab } from "../../wire/slab.js";
import type { Address } from "./bus.js";
import { FRAME_PREFIX, nextNumber } from "./packet.js";

/** Takes one frame. */
export type FrameTaker = (from: Address, slab: Slab, start: number, end: number) => void;

/** What is kept after a large frame; more goes back to the system. */
const KEPT_BYTES = 1024 * 1024;

const FIRST_SLAB = 1024;

export class PacketIntake {
  private readonly from: Address;
  private readonly frame: FrameTaker;
  private readonly largestFrame: number;
  /** The number the next packet has to have. */
  private next = 1;
  /** A frame of which not all has come, with its prefix. */
  private partial = new Slab(FIRST_SLAB);
  /** How many bytes `partial` will have: unknown (0) while not even the prefix is complete. */
  private wanted = 0;
  /** Bytes to come that belong to a frame whose beginning is lost. */
  private skip = 0;
  private stopped = false;

  constructor(from: Address, largestFrame: number, frame: FrameTaker) {
    this.from = from;
    this.largestFrame = largestFrame;
    this.frame = frame;
  }

  /** All packets before the one after `sent` have come, or are lost. False: some are lost. */
  expect(sent: number): boolean {
    const whole = this.next === nextNumber(sent);
    this.next = nextNumber(sent);
    if (!whole) this.forget();
    return whole;
  }

  /** A packet begins. False: packets are missing before it. */
  packet(number: number, continued: number): boolean {
    const whole = this.next === number && (this.partial.length === 0 || continued > 0);
    this.next = nextNumber(number);
    if (!whole) this.forget();
    // Of a frame that begins in a lost packet, also the packets after may be full.
    this.skip = this.partial.length === 0 ? continued : 0;
    return whole;
  }

  /** Nothing is taken any more, not even the rest of what is being cut. */
  stop(): void {
    this.stopped = true;
  }

  /** Takes `[at, end)` of the packet that began last. False: it cannot be a row of frames, and the rest of it is lost. */
  take(slab: Slab, at: number, end: number): boolean {
    const whole = this.cut(slab, at, end);
    if (!whole) this.forget();
    return whole;
  }

  private cut(slab: Slab, at: number, end: number): boolean {
    let start = at;
    if (this.skip > 0) {
      const skipped = Math.min(this.skip, end - start);
      this.skip -= skipped;
      start += skipped;
    }
    while (this.partial.length > 0 && start < end && !this.stopped) {
      start = this.complete(slab, start, end);
      if (start < 0) return false;
    }
    const { view } = slab;
    while (end - start >= FRAME_PREFIX) {
      if (this.stopped) return true;
      const length = view.getUint32(start, true);
      if (length > this.largestFrame) return false;
      const next = start + FRAME_PREFIX + length;
      if (next > end) break;
      this.frame(this.from, slab, start + FRAME_PREFIX, next);
      start = next;
    }
    if (start < end && !this.stopped) this.keep(slab, start, end);
    return true;
  }

  /** Adds to the partial frame what it lacks, and hands it over when it is whole. Where the rest begins; -1: it is no frame. */
  private complete(slab: Slab, start: number, end: number): number {
    const { partial } = this;
    if (this.wanted === 0) {
      const prefix = Math.min(FRAME_PREFIX - partial.length, end - start);
      partial.append(slab, start, start + prefix);
      if (partial.length < FRAME_PREFIX) return start + prefix;
      const length = partial.view.getUint32(0, true);
      if (length > this.largestFrame) return -1;
      this.wanted = FRAME_PREFIX + length;
      if (length > 0) return start + prefix;
      this.handOver();
      return start + prefix;
    }
    const part = Math.min(this.wanted - partial.length, end - start);
    partial.append(slab, start, start + part);
    if (partial.length === this.wanted) this.handOver();
    return start + part;
  }

  private keep(slab: Slab, start: number, end: number): void {
    const { partial } = this;
    partial.append(slab, start, end);
    if (partial.length >= FRAME_PREFIX) this.wanted = FRAME_PREFIX + partial.view.getUint32(0, true);
  }

  private handOver(): void {
    const { partial, wanted } = this;
    this.wanted = 0;
    this.frame(this.from, partial, FRAME_PREFIX, wanted);
    this.forget();
  }

  private forget(): void {
    this.wanted = 0;
    this.skip = 0;
    this.partial.length = 0;
    if (this.partial.bytes.length > KEPT_BYTES) this.partial = new Slab(FIRST_SLAB);
  }
}
