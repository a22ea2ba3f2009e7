/**
 * How servers reach each other: ordered, asynchronous, bounded links. Drivers implement this; calls, the directory and the homes are
 * written once, above it.
 *
 * What every driver keeps: frames from one server to another arrive in the order they were sent, never inside the call that sent them,
 * each once or not at all. The frames of one tick to one peer leave together. A link that is down or over its bound refuses a frame
 * before anything of it is kept. What was taken and may not have arrived is reported by `gap`, to both ends.
 */
import type { Slab } from "../../wire/slab.js";
import type { BusCounters } from "./bus-counters.js";

/** One start of one server. A restart is another incarnation, and so another peer. */
export interface Address {
  /** `chat-2` */
  readonly id: string;
  /** Random, unsigned 32 bits, not 0. */
  readonly incarnation: number;
}

export interface Bus {
  readonly self: Address;
  readonly counters: BusCounters;
  /** Whether frames to others can leave now, as far as this process can tell. */
  readonly up: boolean;
  /** Bytes that were given to what carries all links, and are not known to have left this process. */
  readonly backlog: number;
  /**
   * Looks at the clock, as the bus does for what arrives over it; ask before anything else is taken that came from outside. False: this
   * process stood still for longer than others wait, or has no place here any more, and what waited for it meanwhile is to be thrown
   * away. The first time `evicted` is called within.
   */
  awake(): boolean;
  /** The link to a peer; the same object for the same incarnation. Costs nothing until a frame is sent. */
  link(peer: Address): Link;
  /** Publishes what this server is to everybody, and again to whoever joins later. Replaces the record before. */
  announce(record: Uint8Array): void;
  /** What is queued on all links leaves: once a tick, when the server has done all it had to. */
  flush(): void;
  /** Flushes, then leaves: everybody's `left` is called, and every link is down. */
  close(): Promise<void>;
}

/** Why a server has no place on the bus any more. */
export type Eviction =
  /** This process stood still for longer than others wait: they have given it up. */
  | "stalled"
  /** Another server has given this one up. */
  | "dead"
  /** Another server has this one's id, and had it before. */
  | "duplicate";

/** What a server gives the bus to be called with. But for `pending` never called from within `link`, `begin`, `end` or `announce`. Must not throw. */
export interface BusReceiver {
  /** One frame. The slab's bytes are valid during the call only. */
  frame(from: Address, slab: Slab, start: number, end: number): void;
  /** Frames are queued, the first since the last `Bus.flush`: that is to be called before the process sleeps, and not from here. */
  pending(): void;
  /**
   * A peer announced itself, or announced something new. Also called with one's own record. The first time, its link is up, and none of
   * its frames came before.
   */
  announced(from: Address, record: Uint8Array): void;
  /** A peer has missed a beat: it may be dead, or slow. It is not given up, and `silent` false takes this back. */
  suspected(peer: Address, silent: boolean): void;
  /** Of what was under way to the peer or from it, something was lost. What is sent from here on is not concerned. */
  gap(peer: Address): void;
  /** The peer left, or is known to be dead. Final for that incarnation. */
  left(peer: Address): void;
  /** This server was given up by the others. Nothing arrives any more; close the bus, and join with another incarnation if at all. */
  evicted(reason: Eviction): void;
}

/**
 * The outgoing half of a link. A frame is written straight into the peer's slab:
 *
 *   if (!link.begin(bound)) return overloaded;
 *   ... append about `bound` bytes at link.slab.length; reserve what is more ...
 *   link.end();            // or link.abandon()
 */
export interface Link {
  readonly peer: Address;
  /** Where the frame is written. Another object after `begin` than before it. */
  readonly slab: Slab;
  /** Frames that were ended and have not been written, and their bytes. */
  readonly waitingFrames: number;
  readonly waitingBytes: number;
  /** Starts a frame and makes room for `bound` bytes. False: the link is down or over its bound, and nothing was started. */
  begin(bound: number): boolean;
  /** The frame ends at `slab.length`. It is queued, or, when it is larger than all that may wait on a link: false, and nothing is kept. */
  end(): boolean;
  /** Takes back what was written since `begin`. */
  abandon(): void;
}
