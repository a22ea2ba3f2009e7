/** What a generated header class and its codec look like. The properties are the roles a header field can have. */
import type { Slab } from "./slab.js";

/**
 * What every header object has. One generated class a layout; a codec fills and reads the same instance again and again.
 * A property whose role the layout lacks exists all the same, and stays 0.
 */
export interface Header {
  /** Set by `decode`: where the body begins and ends in the slab. The next frame, if any, begins at `bodyEnd` plus the codec's `trailer`. */
  bodyStart: number;
  bodyEnd: number;
}

export interface RequestHeader extends Header {
  sequence: number;
  messageId: number;
  /** The outer part of a two-part key. */
  service: number;
  /** Whether a frame asks, tells, answers or pushes, in the protocol's own numbers. */
  kind: number;
  flags: number;
  version: number;
  /** The route by name, in protocols that name it in every frame; "" when it is absent. */
  route: string;
  serverType: number;
  timestampHigh: number;
  timestampLow: number;
  compressed: number;
  encrypted: number;
}

export interface ResponseHeader extends RequestHeader {
  errorCode: number;
}

export interface InternalHeader extends ResponseHeader {
  /** Instance numbers of the sending and the receiving server. */
  source: number;
  target: number;
  userIdHigh: number;
  userIdLow: number;
  roleIdHigh: number;
  roleIdLow: number;
  clientIp: string;
}

export interface LayoutCodec<H extends Header> {
  /** Bytes of the header when it has no variable part; its least size otherwise. */
  readonly size: number;
  /** Byte width of the sequence field: 0, 1, 2, 3 or 4. */
  readonly sequenceBytes: number;
  /** Bytes that `encode` writes behind the body: the length of the delimiter that ends a frame, 0 without one. */
  readonly trailer: number;
  /** The application's own fields: properties of the header that have no role. */
  readonly fields: readonly string[];
  /** A header with every field zero or empty. */
  create(): H;
  /** Bytes that `encode` will write for this header. */
  sizeOf(header: H): number;
  /**
   * Writes the header at `start`, and the trailer at `end - trailer`. The body must already stand from `start + sizeOf(header)` to
   * `end - trailer`, and the slab must reach to `end`: length and checksum are computed here. Does not touch `slab.length`.
   */
  encode(header: H, slab: Slab, start: number, end: number): void;
  /**
   * Reads a header from `start`, never past `end`. Returns `ErrorCode.OK`, or BAD_FRAME or BAD_CHECKSUM.
   * After BAD_CHECKSUM all fields are set; after BAD_FRAME those before the fault. A layout without a length takes all bytes to `end` as body.
   */
  decode(header: H, slab: Slab, start: number, end: number): number;
  /**
   * Bytes of the frame that begins at `start`, header and trailer included, as far as the bytes before `end` tell. 0: more bytes are
   * needed to know. -1: what stands there begins no frame, or one longer than `bound`. May reach past `end`. `seen`: of these bytes, how
   * many were asked about before, with the answer 0.
   */
  frameLength(slab: Slab, start: number, end: number, bound: number, seen?: number): number;
  /**
   * Gives the whole frame at `start` to `end`, written by `encode`, another sequence number, and recomputes a checksum that covers it.
   * One body is fanned out to many sessions this way. Does nothing in a layout without a sequence.
   */
  patchSequence(slab: Slab, start: number, end: number, sequence: number): void;
}
