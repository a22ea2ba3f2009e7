/**
 * A server's socket: whoever wants to hear the server connects to it, and shows that it knows the secret. Until then it is given little
 * time and few bytes.
 */
import { createServer, type Server, type Socket } from "node:net";
import type { Logger } from "pino";
import { Slab } from "../../wire/slab.js";
import type { Timing } from "../../wire/timing.js";
import { LogLimit } from "../operate/log-limit.js";
import type { Address } from "./bus.js";
import type { BusCounters } from "./bus-counters.js";
import type { BusNotice } from "./cluster-messages.js";
import { challenge, HANDSHAKE_BYTES, type Introduction, introducedBy, isProof, newNonce } from "./ipc-handshake.js";
import { PacketKind } from "./packet.js";
import { PacketReader } from "./packet-reader.js";
import type { SocketFolder } from "./socket-folder.js";

export interface IpcListenerOptions {
  readonly self: Address;
  readonly secret: string;
  readonly timing: Timing;
  readonly log: Logger;
  readonly counters: BusCounters;
  /** Somebody of the cluster wants to hear. The socket is the receiver's from here on; nothing comes from it any more but its end. */
  readonly accepted: (peer: Address, joining: boolean, socket: Socket) => void;
}

/** Milliseconds for the whole handshake. */
const PATIENCE = 5_000;

/** Connections that have not shown yet who they are. */
const MOST_STRANGERS = 64;

export class IpcListener {
  private readonly options: IpcListenerOptions;
  private server: Server | null = null;
  private closed = false;
  private readonly strangers = new Set<Socket>();
  private readonly lines: LogLimit;

  constructor(options: IpcListenerOptions) {
    this.options = options;
    this.lines = new LogLimit(1, () => options.timing.now());
  }

  /** Listens in the folder; done again, at a new socket there in place of the last. Rejects with BusError. */
  async listen(folder: SocketFolder): Promise<void> {
    const { self, log } = this.options;
    const server = createServer((socket) => this.connected(socket));
    await folder.listen(server, self);
    // The system may refuse to accept for a while; that ends no server.
    server.on("error", (error) => log.error({ err: error }, "the bus's socket failed"));
    this.server?.close();
    this.server = server;
    if (!this.closed) return;
    server.close();
    await folder.remove(self);
  }

  /** No new connections; those handed over are not touched. */
  close(): void {
    this.closed = true;
    this.server?.close();
    for (const socket of this.strangers) socket.destroy();
  }

  private connected(socket: Socket): void {
    socket.on("error", () => {});
    if (this.strangers.size >= MOST_STRANGERS) {
      this.refused(`${MOST_STRANGERS} connections have not said yet who they are`);
      socket.destroy();
      return;
    }
    this.strangers.add(socket);
    const { timing } = this.options;
    const refuse = (why: string) => {
      // Whoever is being refused has an end as well.
      if (!this.strangers.has(socket)) return;
      leave();
      this.refused(why);
      socket.destroy();
    };
    const timer = timing.after(PATIENCE, () => refuse(`it did not say within ${PATIENCE} ms who it is`));
    // Nothing wrong was said: a server leaves like this that is refused for its id, or stopped while it joins, and we do when we stop.
    const ended = () => leave();
    const leave = () => {
      this.strangers.delete(socket);
      timer.cancel();
      socket.off("data", received);
      socket.off("close", ended);
    };
    const stranger = new Stranger(this.options, socket, (peer, joining) => {
      leave();
      this.options.accepted(peer, joining, socket);
    });
    const received = (chunk: Buffer) => {
      const why = stranger.take(chunk);
      if (why !== null) refuse(why);
    };
    socket.on("data", received);
    socket.on("close", ended);
  }

  /** Counted each, and logged as often as a log can bear. */
  private refused(why: string): void {
    const { counters, log } = this.options;
    counters.unauthenticated++;
    this.lines.line((more) => log.warn({ reason: why, ...more }, "a connection to the bus was refused"));
  }
}

/** One connection until it is known whose it is. */
class Stranger {
  private readonly options: IpcListenerOptions;
  private readonly socket: Socket;
  private readonly accepted: (peer: Address, joining: boolean) => void;
  private readonly reader: PacketReader;
  private readonly slab = new Slab(HANDSHAKE_BYTES);
  private introduction: Introduction | null = null;
  private bytes = 0;
  private done = false;
  private why: string | null = null;

  constructor(options: IpcListenerOptions, socket: Socket, accepted: (peer: Address, joining: boolean) => void) {
    this.options = options;
    this.socket = socket;
    this.accepted = accepted;
    const taker = { packet: () => false, piece: () => false, notice: this.notice.bind(this) };
    this.reader = new PacketReader(taker, 0, HANDSHAKE_BYTES);
  }

  /** Null: so far nothing is wrong. */
  take(chunk: Buffer): string | null {
    this.bytes += chunk.length;
    if (this.bytes > HANDSHAKE_BYTES) return "it says more than who it is";
    this.slab.bytes.set(chunk);
    if (this.reader.take(this.slab, 0, chunk.length)) return null;
    return this.why ?? "it does not speak as servers do";
  }

  private notice(kind: number, notice: BusNotice): boolean {
    if (this.done) return this.wrong("it says more than who it is");
    const { introduction } = this;
    if (introduction === null) return kind === PacketKind.GREETING && this.greeted(notice);
    if (kind !== PacketKind.PROOF) return false;
    if (!isProof("dialer", notice.proof, this.options.secret, introduction)) {
      return this.wrong(`it calls itself ${introduction.dialer.id}, and does not know the secret`);
    }
    this.done = true;
    this.accepted(introduction.dialer, introduction.joining);
    return true;
  }

  private greeted(notice: BusNotice): boolean {
    const { self: listener, secret } = this.options;
    const dialer = introducedBy(notice);
    if (dialer === null) return false;
    const { joining, nonce: dialerNonce } = notice;
    this.introduction = { dialer, joining, listener, dialerNonce, listenerNonce: newNonce() };
    this.socket.write(challenge(secret, this.introduction));
    return true;
  }

  private wrong(why: string): boolean {
    this.why = why;
    return false;
  }
}
