/**
 * One connection in memory, with a frontend's socket at one end and a client's at the other. As on a real network nothing arrives
 * inside the call that sends it, bytes are copied, and a client may read slowly, fall silent, or be cut off.
 */
import type { ClientSocket, SocketEvents } from "../client/client-socket.js";
import type { FrontendSocket } from "../runtime/frontend/frontend-socket.js";
import type { SocketReceiver } from "../runtime/frontend/socket-receiver.js";
import type { FrontendSession } from "../runtime/session/frontend-session.js";
import { copiedBytes } from "../wire/copy-bytes.js";
import type { Timing } from "../wire/timing.js";
import { Stream } from "./stream.js";

/** The connection ended without a closing handshake (RFC 6455). */
const ABNORMAL = 1006;

/** What is left in a buffer that its owner has taken back. Whoever still reads it notices. */
const POISON = 0xdd;

export class MemoryConnection {
  readonly client: ClientSocket;
  /** Messages that have reached the client. */
  received = 0;
  private readonly timing: Timing;
  private readonly machine: Timing;
  private readonly receiver: SocketReceiver;
  private readonly events: SocketEvents;
  private readonly down: Stream;
  private readonly up: Stream;
  private session: FrontendSession | null = null;
  /** No more is taken from that side. */
  private serverGone = false;
  private clientGone = false;

  /** @param machine the frontend's time, where it may stand still while the client's goes on */
  constructor(
    timing: Timing,
    receiver: SocketReceiver,
    events: SocketEvents,
    remoteAddress: string,
    machine: Timing = timing,
  ) {
    this.timing = timing;
    this.machine = machine;
    this.receiver = receiver;
    this.events = events;
    this.down = new Stream(timing);
    this.up = new Stream(machine);
    this.client = this.clientSocket();
    machine.defer(() => {
      if (this.clientGone) return;
      this.down.add(0, () => this.toClient(() => events.opened()));
      this.session = receiver.opened(this.frontendSocket(remoteAddress));
    });
  }

  /** The client stops reading: what the server sends waits in its socket. */
  pause(): void {
    this.down.hold();
  }

  resume(): void {
    if (!this.down.held) return;
    const congested = this.down.bytes > 0;
    this.down.release();
    if (!congested) return;
    this.down.add(0, () =>
      this.machine.defer(() => {
        if (this.session !== null && !this.serverGone) this.receiver.drained(this.session);
      }),
    );
  }

  /** Nothing arrives any more, either way, and nobody is told. */
  freeze(): void {
    this.down.hold();
    this.up.hold();
  }

  /** The connection is lost with all that is under way; both ends notice. */
  cut(): void {
    this.down.clear();
    this.up.clear();
    this.endServer();
    this.endClient(ABNORMAL, "");
  }

  private frontendSocket(remoteAddress: string): FrontendSocket {
    return {
      remoteAddress,
      send: (bytes) => {
        if (this.serverGone) return true;
        const copy = copiedBytes(bytes, 0, bytes.length);
        this.down.add(copy.length, () =>
          this.toClient(() => {
            this.received++;
            this.events.received(copy);
            copy.fill(POISON);
          }),
        );
        return !this.down.held;
      },
      buffered: () => (this.down.held && !this.serverGone ? this.down.bytes : 0),
      close: (code, reason) => {
        if (this.serverGone) return;
        this.endServer();
        this.down.add(0, () => this.endClient(code, reason));
      },
    };
  }

  private clientSocket(): ClientSocket {
    const { up } = this;
    return {
      get buffered() {
        return up.held ? up.bytes : 0;
      },
      send: (bytes) => {
        if (this.clientGone) return;
        const message = copiedBytes(bytes, 0, bytes.length);
        up.add(message.length, () => {
          if (this.session === null || this.serverGone) return;
          this.receiver.received(this.session, message.buffer as ArrayBuffer);
          message.fill(POISON);
        });
      },
      close: (code, reason) => {
        if (this.clientGone) return;
        this.endClient(code, reason);
        up.add(0, () => this.endServer());
      },
    };
  }

  private toClient(tell: () => void): void {
    if (!this.clientGone) tell();
  }

  private endServer(): void {
    if (this.serverGone) return;
    this.serverGone = true;
    this.machine.defer(() => {
      if (this.session !== null) this.receiver.closed(this.session);
      this.session = null;
    });
  }

  private endClient(code: number, reason: string): void {
    if (this.clientGone) return;
    this.clientGone = true;
    this.timing.defer(() => this.events.closed(code, reason));
  }
}
