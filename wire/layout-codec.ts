/** What a generated header class and its codec look like. The properties are the roles a header field can have. */
import type { Slab } from "./slab.js";

/**
 * What every header object has. One generated class a layout; a codec fills and reads the same instance again and again.
 * A property whose role the layout lacks exists all the same, and stays 0.
 */
export interface Header {
  /** Set by `decode`: where the body begins and ends in the slab. The next frame, if any, begins at `bodyEnd`. */
  bodyStart: number;
  bodyEnd: number;
}

export interface RequestHeader extends Header {
  sequence: number;
  messageId: number;
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
  /** A header with every field zero or empty. */
  create(): H;
  /** Bytes that `encode` will write for this header. */
  sizeOf(header: H): number;
  /**
   * Writes the header at `start`. The body must already stand from `start + sizeOf(header)` to `end`, and the slab must reach that far:
   * length and checksum are computed here. Does not touch `slab.length`.
   */
  encode(header: H, slab: Slab, start: number, end: number): void;
  /**
   * Reads a header from `start`, never past `end`. Returns `ErrorCode.OK`, or BAD_FRAME or BAD_CHECKSUM.
   * After BAD_CHECKSUM all fields are set; after BAD_FRAME those before the fault. A layout without a length takes all bytes to `end` as body.
   */
  decode(header: H, slab: Slab, start: number, end: number): number;
  /**
   * Gives the whole frame at `start` to `end`, written by `encode`, another sequence number, and recomputes a checksum that covers it.
   * One body is fanned out to many sessions this way. Does nothing in a layout without a sequence.
   */
  patchSequence(slab: Slab, start: number, end: number, sequence: number): void;
}
