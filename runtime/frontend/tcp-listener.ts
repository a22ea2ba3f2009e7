/** A TCP port, with or without TLS, whose stream is cut into frames by the protocol's layout. On Node's own sockets. */
import { createServer, type Server } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import type { Logger } from "pino";
import { ListenError, type Listener } from "./listener.js";
import { TcpArrivals } from "./tcp-arrivals.js";
import { serveTcp, type TcpServing } from "./tcp-connection.js";
import { readTlsFiles, type TlsFiles, watchTlsFiles } from "./tls-files.js";

export interface TcpListenerOptions extends TcpServing {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly tls: TlsFiles | null;
  /** Every connection begins with a PROXY protocol header, and one without is closed. */
  readonly proxyProtocol: boolean;
  /** Milliseconds for the PROXY header and the TLS handshake. */
  readonly handshakeTimeout: number;
  /** Connections that may be in their handshake at once. */
  readonly handshakes: number;
  readonly log: Logger;
}

/** Opens the port. Throws ListenError when it cannot be had, or the certificate cannot be used. */
export async function listenTcp(options: TcpListenerOptions): Promise<Listener> {
  const { host, tls, proxyProtocol, handshakeTimeout, handshakes, timing, log, receiver } = options;
  const material = tls === null ? null : readTlsFiles(tls);
  const secure: TlsServer | null = material === null ? null : createTlsServer({ ...material, noDelay: true });
  const arrivals = new TcpArrivals({
    proxyProtocol,
    secure,
    timeout: handshakeTimeout,
    most: handshakes,
    timing,
    arrived: (socket, address, first) => serveTcp(socket, address, first, options),
    failed: (address, reason) => receiver.handshakeFailed(address, reason),
  });
  const server = createServer({ noDelay: true }, (socket) => arrivals.take(socket));
  const port = await listen(server, host, options.port);
  server.on("error", (error) => log.error({ err: error, port }, "a TCP listener failed"));
  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  const watcher =
    secure === null
      ? null
      : watchTlsFiles({
          files: tls!,
          current: material!,
          timing,
          log,
          renewed: (renewed) => secure.setSecureContext(renewed),
        });
  return {
    port,
    close() {
      watcher?.close();
      server.close();
      arrivals.drop();
    },
    ended: () => closed,
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      reject(new ListenError(`${host}:${port} cannot be listened on: ${error.message}`));
    };
    server.once("error", failed);
    server.listen(port, host, () => {
      server.off("error", failed);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
