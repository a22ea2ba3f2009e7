/** A TCP connection, with or without TLS, as a frontend's session sees it. */
import type { Socket } from "node:net";
import type { Timing } from "../../wire/timing.js";
import type { FrontendProtocol } from "./frontend-protocol.js";
import type { FrontendSocket } from "./frontend-socket.js";
import { CLOSE_GRACE } from "./listener.js";
import type { SocketReceiver } from "./socket-receiver.js";

export interface TcpServing {
  readonly receiver: SocketReceiver;
  readonly protocol: FrontendProtocol;
  readonly timing: Timing;
}

/** Gives the connection a session. `first`: what was read of the stream already. */
export function serveTcp(socket: Socket, address: string, first: Uint8Array | null, serving: TcpServing): void {
  const { receiver, protocol, timing } = serving;
  const connection = new TcpConnection(socket, address, timing);
  const session = receiver.opened(connection, protocol);
  if (session === null) return;
  let over = false;
  const ended = () => {
    if (over) return;
    over = true;
    receiver.closed(session);
  };
  socket.on("data", (chunk: Buffer) => receiver.receivedChunk(session, chunk));
  socket.on("drain", () => receiver.drained(session));
  // Half a connection is none: whoever will say no more cannot keep a session.
  socket.once("end", () => {
    connection.close();
    ended();
  });
  socket.once("close", () => {
    connection.gone = true;
    ended();
  });
  if (first !== null && first.length > 0) receiver.receivedChunk(session, first);
}

class TcpConnection implements FrontendSocket {
  readonly remoteAddress: string;
  /** TCP has no close codes: what the client is told, it is told in its protocol. */
  readonly wordless = true;
  gone = false;
  private readonly socket: Socket;
  private readonly timing: Timing;
  private spoken = false;

  constructor(socket: Socket, remoteAddress: string, timing: Timing) {
    this.socket = socket;
    this.remoteAddress = remoteAddress;
    this.timing = timing;
  }

  send(bytes: Uint8Array): boolean {
    if (this.gone) return true;
    this.spoken = true;
    // A copy: Node keeps what it is given until the kernel has taken it, and the outbox reuses its slab at once.
    return this.socket.write(Buffer.from(bytes));
  }

  buffered(): number {
    return this.gone ? 0 : this.socket.writableLength;
  }

  close(): void {
    if (this.gone) return;
    this.gone = true;
    const { socket } = this;
    if (!this.spoken) {
      socket.destroy();
      return;
    }
    socket.end();
    // Read on, and let it fall: a connection that is closed with bytes unread is reset, and a reset overtakes what was said last.
    socket.resume();
    const deadline = this.timing.after(CLOSE_GRACE, () => socket.destroy());
    socket.once("close", () => deadline.cancel());
  }
}
