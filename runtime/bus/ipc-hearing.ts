/**
 * One connection to another server's socket, to hear that server. Both sides show first that they know the secret; after that only the
 * other one speaks. All connections read into one buffer, so that a chunk costs no memory of its own.
 */
import { connect, type Socket } from "node:net";
import type { Slab } from "../../wire/slab.js";
import type { Timer, Timing } from "../../wire/timing.js";
import type { Address } from "./bus.js";
import type { BusNotice } from "./cluster-messages.js";
import {
  dialerProof,
  greeting,
  HANDSHAKE_BYTES,
  type Introduction,
  introducedBy,
  isProof,
  newNonce,
} from "./ipc-handshake.js";
import { encodeNotice, PacketKind } from "./packet.js";
import { PacketReader } from "./packet-reader.js";

/** Why a connection is of no use any more. */
export type HearingEnd =
  /** Nobody listens at the socket, and nobody ever will. */
  | "gone"
  /** There is no socket. */
  | "absent"
  /** It could not be made, or broke. */
  | "broken"
  /** The other side does not know the secret. */
  | "unauthenticated"
  /** What was heard is not what servers say. */
  | "garbage";

export interface HearingEvents {
  /** Before anything of a chunk is looked at. False: it is to be thrown away. */
  chunk(bytes: number): boolean;
  /** The other side is who it should be, and speaks from here on. */
  accepted(notice: BusNotice): void;
  packet(number: number, continued: number): void;
  /** False: it is not a row of frames. */
  piece(slab: Slab, start: number, end: number): boolean;
  notice(kind: number, notice: BusNotice): void;
  /** Once. Not called after `close`. */
  ended(end: HearingEnd, why: string): void;
}

export interface HearingOptions {
  readonly path: string;
  readonly peer: Address;
  readonly self: Address;
  readonly joining: boolean;
  readonly secret: string;
  readonly timing: Timing;
  /** Milliseconds for the whole handshake. */
  readonly patience: number;
  /** What everything is read into. */
  readonly buffer: Slab;
  readonly longestPacket: number;
  readonly events: HearingEvents;
}

/** Longest notice of a server that is known: its record is in it. */
const LONGEST_NOTICE = 256 * 1024;

export class IpcHearing {
  private readonly options: HearingOptions;
  private readonly socket: Socket;
  private readonly reader: PacketReader;
  private readonly nonce = newNonce();
  private readonly timer: Timer;
  private phase: "greeting" | "proving" | "hearing" | "over" = "greeting";
  private why: [HearingEnd, string] | null = null;

  constructor(options: HearingOptions) {
    this.options = options;
    const { path, self, joining, timing, patience, buffer, longestPacket, events } = options;
    this.reader = new PacketReader(
      {
        packet: (number, continued) => this.packet(number, continued),
        piece: (slab, start, end) => this.phase === "over" || events.piece(slab, start, end),
        notice: (kind, notice) => this.notice(kind, notice),
      },
      longestPacket,
      HANDSHAKE_BYTES,
    );
    this.timer = timing.after(patience, () => this.end("broken", `no answer within ${patience} ms`));
    this.socket = connect({
      path,
      onread: { buffer: buffer.bytes, callback: (bytes) => this.chunk(bytes) },
    });
    this.socket.on("connect", () => this.socket.write(greeting(self, joining, this.nonce)));
    this.socket.on("error", (error: NodeJS.ErrnoException) => {
      const end = error.code === "ECONNREFUSED" ? "gone" : error.code === "ENOENT" ? "absent" : "broken";
      this.end(end, error.message);
    });
    this.socket.on("close", () => this.end("broken", "it was closed"));
  }

  close(): void {
    this.phase = "over";
    this.timer.cancel();
    this.socket.destroy();
  }

  private chunk(bytes: number): boolean {
    const { buffer, events } = this.options;
    if (this.phase === "over" || !events.chunk(bytes)) return true;
    if (!this.reader.take(buffer, 0, bytes))
      this.end(...(this.why ?? ["garbage", "what it says is not what servers say"]));
    return true;
  }

  private packet(number: number, continued: number): boolean {
    if (this.phase !== "hearing") return this.phase === "over";
    this.options.events.packet(number, continued);
    return true;
  }

  private notice(kind: number, notice: BusNotice): boolean {
    switch (this.phase) {
      case "greeting":
        return kind === PacketKind.CHALLENGE && this.challenged(notice);
      case "proving":
        if (kind !== PacketKind.ACCEPTED && kind !== PacketKind.DEAD) return false;
        this.timer.cancel();
        this.phase = "hearing";
        this.reader.longestNotice = LONGEST_NOTICE;
        if (kind === PacketKind.ACCEPTED) this.options.events.accepted(notice);
        else this.options.events.notice(kind, notice);
        return true;
      case "hearing":
        this.options.events.notice(kind, notice);
        return true;
      case "over":
        return true;
    }
  }

  private challenged(notice: BusNotice): boolean {
    const { self: dialer, joining, secret, peer } = this.options;
    const listener = introducedBy(notice);
    if (listener === null) return false;
    const { nonce: listenerNonce } = notice;
    const introduction: Introduction = { dialer, joining, listener, dialerNonce: this.nonce, listenerNonce };
    if (listener.id !== peer.id || listener.incarnation !== peer.incarnation) {
      this.why = ["unauthenticated", `the socket of ${peer.id} answers as ${listener.id}`];
      return false;
    }
    if (!isProof("listener", notice.proof, secret, introduction)) {
      this.why = ["unauthenticated", `who listens at the socket of ${peer.id} has another secret`];
      // A proof that is none: the other side is to know as well, and cannot tell from our leaving. The system takes this much at once.
      this.socket.write(encodeNotice(PacketKind.PROOF, {}));
      return false;
    }
    this.phase = "proving";
    this.socket.write(dialerProof(secret, introduction));
    return true;
  }

  private end(end: HearingEnd, why: string): void {
    if (this.phase === "over") return;
    this.close();
    this.options.events.ended(end, why);
  }
}
