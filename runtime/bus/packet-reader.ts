/** Cuts a stream of packets out of the chunks it arrives in. A packet's first field is the number of bytes behind that field. */
import { BodyError } from "../../wire/body-error.js";
import { Slab } from "../../wire/slab.js";
import type { BusNotice } from "./cluster-messages.js";
import { continuedOf, decodeNotice, numberOf, ownFieldOf, PACKET_HEADER, PacketKind, packetKind } from "./packet.js";

export interface PacketTaker {
  /** A packet of frames begins. False: none was to come. */
  packet(number: number, continued: number): boolean;
  /** A part of it, as far as it has arrived. False: it is not a row of frames. */
  piece(slab: Slab, start: number, end: number): boolean;
  /** False: it was not to come. */
  notice(kind: number, notice: BusNotice): boolean;
}

const LENGTH_FIELD = 4;

export class PacketReader {
  /** Bytes of the longest notice that is taken. */
  longestNotice: number;
  private readonly taker: PacketTaker;
  private readonly longestPacket: number;
  /** Bytes to come of the packet of frames that began last. */
  private remaining = 0;
  /** A header or notice of which not all has come. */
  private readonly partial = new Slab(256);

  constructor(taker: PacketTaker, longestPacket: number, longestNotice: number) {
    this.taker = taker;
    this.longestPacket = longestPacket;
    this.longestNotice = longestNotice;
  }

  /** Takes a chunk. False: this is no stream of packets, and nothing more of it can be made out. */
  take(slab: Slab, start: number, end: number): boolean {
    let at = start;
    while (at < end) {
      if (this.remaining > 0) {
        const part = Math.min(this.remaining, end - at);
        this.remaining -= part;
        if (!this.taker.piece(slab, at, at + part)) return false;
        at += part;
      } else if (this.partial.length > 0 || end - at < PACKET_HEADER) {
        at = this.complete(slab, at, end);
      } else {
        at = this.begin(slab, at, end);
      }
      if (at < 0) return false;
    }
    return true;
  }

  /** A whole header stands at `at`. Where to go on; -1 if it is none. */
  private begin(slab: Slab, at: number, end: number): number {
    const bytes = this.packetBytes(slab, at);
    if (bytes < 0) return -1;
    if (packetKind(slab, at) === PacketKind.FRAMES) return this.beginFrames(slab, at, bytes) ? at + PACKET_HEADER : -1;
    if (end - at < bytes) return this.complete(slab, at, end);
    return this.notice(slab, at, at + bytes) ? at + bytes : -1;
  }

  private complete(slab: Slab, at: number, end: number): number {
    const { partial } = this;
    const wanted = partial.length < PACKET_HEADER ? PACKET_HEADER : this.packetBytes(partial, 0);
    const part = Math.min(wanted - partial.length, end - at);
    partial.append(slab, at, at + part);
    if (partial.length < PACKET_HEADER) return at + part;
    const bytes = this.packetBytes(partial, 0);
    if (bytes < 0) return -1;
    if (packetKind(partial, 0) === PacketKind.FRAMES) {
      partial.length = 0;
      return this.beginFrames(partial, 0, bytes) ? at + part : -1;
    }
    if (partial.length < bytes) return at + part;
    partial.length = 0;
    return this.notice(partial, 0, bytes) ? at + part : -1;
  }

  /** Bytes of the whole packet whose header stands at `at`; -1 if it is none, or too long. */
  private packetBytes(slab: Slab, at: number): number {
    const kind = packetKind(slab, at);
    const bytes = ownFieldOf(slab, at) + LENGTH_FIELD;
    const longest = kind === PacketKind.FRAMES ? this.longestPacket : this.longestNotice;
    return kind === 0 || bytes < PACKET_HEADER || bytes > longest ? -1 : bytes;
  }

  private beginFrames(slab: Slab, at: number, bytes: number): boolean {
    this.remaining = bytes - PACKET_HEADER;
    return this.taker.packet(numberOf(slab, at), continuedOf(slab, at));
  }

  private notice(slab: Slab, start: number, end: number): boolean {
    try {
      return this.taker.notice(packetKind(slab, start), decodeNotice(slab, start, end));
    } catch (error) {
      if (error instanceof BodyError) return false;
      throw error;
    }
  }
}
