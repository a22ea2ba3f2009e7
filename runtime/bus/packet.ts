/**
 * What travels between processes: packets of frames, and notices. Both begin with the same 16 bytes, little-endian.
 *
 *   0 u32 the driver's own   4 u8 kind   5 u8 version   6 u16 mark   8 u32 number   12 u32 continued
 *
 * Behind a FRAMES packet's header stand its frames, each with its length in front (u32). Packets are numbered per link, from 1. A frame
 * may go on in the packet after: the first `continued` bytes of that one belong to it. All others carry a `BusNotice`.
 */
import { copiedBytes } from "../../wire/copy-bytes.js";
import { Slab } from "../../wire/slab.js";
import { BusNotice } from "./cluster-messages.js";

export const PACKET_HEADER = 16;

/** In front of every frame. */
export const FRAME_PREFIX = 4;

const VERSION = 1;

/** "GM": tells our packets from whatever else is published under our subjects. */
const MARK = 0x4d47;

export const PacketKind = {
  FRAMES: 1,
  /** The sender is alive. */
  BEAT: 2,
  /** What the sender announces. */
  RECORD: 3,
  /** The sender leaves, after all it has sent. */
  LEAVE: 4,
  /** To one that was given up: it is dead to the sender, for good. */
  DEAD: 5,
  /** To a newcomer: its id belongs to another, who answers. */
  TAKEN: 6,
  /** To a newcomer: its id belongs to another, who has not answered yet. Said again with every beat. */
  HELD: 7,
  /** To a newcomer: nobody has its id any more. */
  FREE: 8,
  /** To one whose id a newcomer claims (`about`): are you there? */
  PROBE: 9,
  /** Yes. */
  ANSWER: 10,
  /** From a newcomer to everybody. */
  JOIN: 11,
  /** To one peer: the sender wants to open its link. `sent`: packets so far. `epoch`: how often the sender lost the bus. */
  HELLO: 12,
  /** The answer to HELLO, with its `epoch`. `sent`: packets so far, in this direction. */
  WELCOME: 13,
  /**
   * To one peer: `sent` packets went there so far, and losses of packets from there were noticed `about` times. `epoch` counts what the
   * sender announced; the `record` is there until it is known to have come. Said until answered.
   */
  TALLY: 14,
  /** ipc, from whoever connects: `id`, `about` (its incarnation), `nonce`. */
  GREETING: 15,
  /** ipc, from whoever listens: the same of itself, and the `proof` that it knows the secret. */
  CHALLENGE: 16,
  /** ipc, from whoever connects: its `proof`; an empty one when it has another secret than who listens. */
  PROOF: 17,
  /** ipc, from whoever listens: packets follow. */
  ACCEPTED: 18,
  /** The answer to TALLY, with its numbers. */
  TALLIED: 19,
} as const;

/** Writes a header at `start`; the slab must reach `start + PACKET_HEADER`. */
export function encodePacketHeader(
  slab: Slab,
  start: number,
  own: number,
  kind: number,
  number: number,
  continued: number,
): void {
  const { view } = slab;
  view.setUint32(start, own, true);
  view.setUint8(start + 4, kind);
  view.setUint8(start + 5, VERSION);
  view.setUint16(start + 6, MARK, true);
  view.setUint32(start + 8, number, true);
  view.setUint32(start + 12, continued, true);
}

/** The kind of the packet whose whole header stands at `start`; 0 if it is not one of ours. */
export function packetKind(slab: Slab, start: number): number {
  const { view } = slab;
  if (view.getUint8(start + 5) !== VERSION || view.getUint16(start + 6, true) !== MARK) return 0;
  return view.getUint8(start + 4);
}

export const ownFieldOf = (slab: Slab, start: number): number => slab.view.getUint32(start, true);
export const numberOf = (slab: Slab, start: number): number => slab.view.getUint32(start + 8, true);
export const continuedOf = (slab: Slab, start: number): number => slab.view.getUint32(start + 12, true);

/** The number after; 0 is none's. */
export const nextNumber = (number: number): number => (number + 1) >>> 0 || 1;

const scratch = new Slab(1024);

/** A whole notice in memory of its own. `own`: what the driver has in the first field; undefined: the bytes behind that field. */
export function encodeNotice(kind: number, notice: Partial<BusNotice>, own?: number): Uint8Array {
  scratch.length = 0;
  scratch.reserve(PACKET_HEADER);
  scratch.length = PACKET_HEADER;
  BusNotice.encode({ ...BusNotice.create(), ...notice }, scratch);
  encodePacketHeader(scratch, 0, own ?? scratch.length - 4, kind, 0, 0);
  return copiedBytes(scratch.bytes, 0, scratch.length);
}

/** The notice behind a header at `start`. Throws BodyError. */
export function decodeNotice(slab: Slab, start: number, end: number): BusNotice {
  return BusNotice.decode(slab, start + PACKET_HEADER, end);
}
