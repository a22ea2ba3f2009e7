/** A TCP port, with or without TLS, whose stream is cut into frames by the protocol's layout. On Node's own sockets. */
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import type { Logger } from "pino";
import type { Timing } from "../../wire/timing.js";
import type { FrontendSession } from "../session/frontend-session.js";
import { plainAddress } from "./client-address.js";
import type { FrontendProtocol } from "./frontend-protocol.js";
import type { FrontendSocket, SocketReceiver } from "./frontend-socket.js";
import { ListenError, type Listener } from "./listener.js";
import { readProxyHeader } from "./proxy-protocol.js";
import { readTlsFiles, type TlsFiles, watchTlsFiles } from "./tls-files.js";

export interface TcpListenerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly protocol: FrontendProtocol;
  readonly receiver: SocketReceiver;
  readonly tls: TlsFiles | null;
  /** Every connection begins with a PROXY protocol header, and one without is closed. */
  readonly proxyProtocol: boolean;
  /** Milliseconds for the PROXY header and for the TLS handshake. */
  readonly handshakeTimeout: number;
  readonly timing: Timing;
  readonly log: Logger;
}

/** Opens the port. Throws ListenError when it cannot be had, or the certificate cannot be used. */
export async function listenTcp(options: TcpListenerOptions): Promise<Listener> {
  const { host, port, tls, log } = options;
  /** Connections that have not said for whom they are. */
  const waiting = new Set<Socket>();
  const connected = (socket: Socket) => accept(socket, options, waiting);
  let server: Server | TlsServer;
  let watcher: { close(): void } | null = null;
  if (tls === null) {
    server = createServer({ noDelay: true }, connected);
  } else {
    try {
      const handshakeTimeout = options.handshakeTimeout;
      const secure = createTlsServer({ ...readTlsFiles(tls), noDelay: true, handshakeTimeout }, connected);
      // A client that fails the handshake is its own affair.
      secure.on("tlsClientError", (error) => log.debug({ err: error }, "TLS handshake failed"));
      watcher = await watchTlsFiles(tls, log, (material) => secure.setSecureContext(material));
      server = secure;
    } catch (error) {
      throw new ListenError((error as Error).message);
    }
  }
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => {
      watcher?.close();
      reject(new ListenError(`${host}:${port} cannot be listened on: ${error.message}`));
    });
    server.listen(port, host, resolve);
  });
  server.on("error", (error) => log.error({ err: error }, "a TCP listener failed"));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    close() {
      watcher?.close();
      server.close();
      for (const socket of waiting) socket.destroy();
    },
  };
}

function accept(socket: Socket, options: TcpListenerOptions, waiting: Set<Socket>): void {
  // Whatever goes wrong with a socket ends in its close.
  socket.on("error", () => socket.destroy());
  if (!options.proxyProtocol) {
    serve(socket, options, plainAddress(socket.remoteAddress ?? ""), null);
    return;
  }
  waiting.add(socket);
  let received: Buffer = Buffer.alloc(0);
  const deadline = options.timing.after(options.handshakeTimeout, () => socket.destroy());
  const read = (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    const header = readProxyHeader(received);
    if (header.kind === "more") return;
    deadline.cancel();
    waiting.delete(socket);
    socket.off("data", read);
    if (header.kind === "bad") {
      options.log.debug({ reason: header.reason, from: socket.remoteAddress }, "connection without a PROXY header");
      socket.destroy();
      return;
    }
    const address = header.address ?? plainAddress(socket.remoteAddress ?? "");
    serve(socket, options, address, received.subarray(header.bytes));
  };
  socket.on("data", read);
  socket.once("close", () => {
    deadline.cancel();
    waiting.delete(socket);
  });
}

function serve(socket: Socket, options: TcpListenerOptions, address: string, first: Uint8Array | null): void {
  const { receiver, protocol } = options;
  const connection = new TcpConnection(socket, address, options.timing);
  const session: FrontendSession | null = receiver.opened(connection, protocol);
  if (session === null) return;
  socket.on("data", (chunk: Buffer) => receiver.receivedChunk(session, chunk));
  socket.on("drain", () => receiver.drained(session));
  socket.once("close", () => {
    connection.gone = true;
    receiver.closed(session);
  });
  if (first !== null && first.length > 0) receiver.receivedChunk(session, first);
}

/** Milliseconds for a closed connection's last bytes to leave. */
const CLOSE_GRACE = 5_000;

class TcpConnection implements FrontendSocket {
  readonly remoteAddress: string;
  gone = false;
  private readonly socket: Socket;
  private readonly timing: Timing;

  constructor(socket: Socket, remoteAddress: string, timing: Timing) {
    this.socket = socket;
    this.remoteAddress = remoteAddress;
    this.timing = timing;
  }

  send(bytes: Uint8Array): boolean {
    // A copy: Node keeps what it is given until the kernel has taken it, and the outbox reuses its slab at once.
    return this.gone || this.socket.write(Buffer.from(bytes));
  }

  buffered(): number {
    return this.gone ? 0 : this.socket.writableLength;
  }

  /** TCP has no close codes: what the client is told, it was told in its protocol. */
  close(): void {
    if (this.gone) return;
    this.gone = true;
    this.socket.destroySoon();
    // A client that does not read would hold what is left for ever.
    const deadline = this.timing.after(CLOSE_GRACE, () => this.socket.destroy());
    this.socket.once("close", () => deadline.cancel());
  }
}
