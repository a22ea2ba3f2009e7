/**
 * A server's way to itself, for pushes and changes of channels: a frame is handled before `end` returns. Over the bus it would come a tick
 * later, and the answer of the handler that sent it would overtake it. Handling one may send others, each from a slab of its own.
 */
import { Slab } from "../../wire/slab.js";
import type { Address, Link } from "../bus/bus.js";
import { Envelope } from "../bus/envelope.js";

/** Handles a frame. Must not throw. */
export type FrameHandler = (envelope: Envelope, slab: Slab, start: number, end: number) => void;

/** What a slab keeps after a large frame. */
const KEPT_SLAB = 64 * 1024;

export class LoopLink implements Link {
  readonly peer: Address;
  private readonly handle: FrameHandler;
  private readonly slabs: Slab[] = [new Slab(1024)];
  private readonly envelopes: Envelope[] = [new Envelope()];
  /** Frames that are being handled: each was sent by the one before. */
  private depth = 0;

  constructor(peer: Address, handle: FrameHandler) {
    this.peer = peer;
    this.handle = handle;
  }

  /** Each is handled before it has ended. */
  readonly waitingFrames = 0;
  readonly waitingBytes = 0;

  get slab(): Slab {
    return this.slabs[this.depth]!;
  }

  begin(bound: number): boolean {
    const { slab } = this;
    slab.length = 0;
    slab.reserve(bound);
    return true;
  }

  end(): boolean {
    const { depth, slab } = this;
    const envelope = this.envelopes[depth]!;
    this.depth++;
    if (this.slabs.length === this.depth) {
      this.slabs.push(new Slab(1024));
      this.envelopes.push(new Envelope());
    }
    this.handle(envelope, slab, 0, slab.length);
    this.depth = depth;
    if (slab.bytes.length > KEPT_SLAB) this.slabs[depth] = new Slab(1024);
    return true;
  }

  abandon(): void {
    this.slab.length = 0;
  }
}
