/**
 * How servers reach each other: ordered, asynchronous, bounded links. Drivers implement this; calls, the directory and the homes are
 * written once, above it.
 *
 * What every driver keeps: frames from one server to another arrive in the order they were sent, never inside the call that sent them,
 * each once or not at all. The frames of one tick to one peer leave together. A link that is down or over its bound refuses a frame
 * before anything of it is kept.
 */
import type { Slab } from "../../wire/slab.js";

/** One start of one server. A restart is another incarnation, and so another peer. */
export interface Address {
  /** `chat-2` */
  readonly id: string;
  /** Random, unsigned 32 bits. */
  readonly incarnation: number;
}

export interface Bus {
  readonly self: Address;
  /** The link to a peer; the same object for the same incarnation. Costs nothing until a frame is sent. */
  link(peer: Address): Link;
  /** Publishes what this server is to everybody, and again to whoever joins later. Replaces the record before. */
  announce(record: Uint8Array): void;
  /** Flushes, then leaves: everybody's `left` is called, and every link is down. */
  close(): Promise<void>;
}

/** What a server gives the bus to be called with. Never called from within `link`, `begin`, `end` or `announce`. */
export interface BusReceiver {
  /** One frame. The slab's bytes are valid during the call only. */
  frame(from: Address, slab: Slab, start: number, end: number): void;
  /** After the last frame of a batch, before the process sleeps: time to write what was collected. */
  flush(): void;
  /** A peer announced itself, or announced something new. Also called with one's own record. */
  announced(from: Address, record: Uint8Array): void;
  /** The peer left, or is known to be dead. Final for that incarnation. */
  left(peer: Address): void;
}

/**
 * The outgoing half of a link. A frame is written straight into the peer's slab:
 *
 *   if (!link.begin(bound)) return overloaded;
 *   ... append at most `bound` bytes at link.slab.length ...
 *   link.end();            // or link.abandon()
 */
export interface Link {
  readonly peer: Address;
  /** Where the frame is written. Another object after `begin` than before it. */
  readonly slab: Slab;
  /** Starts a frame and makes room for `bound` bytes. False: the link is down or over its bound, and nothing was started. */
  begin(bound: number): boolean;
  /** The frame ends at `slab.length`. It is queued. */
  end(): void;
  /** Takes back what was written since `begin`. */
  abandon(): void;
}
