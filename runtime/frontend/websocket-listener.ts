/** A WebSocket port on uWebSockets.js, and the gate's `GET /entry` beside it. The only file that knows that library. */
import type { HttpRequest, HttpResponse, TemplatedApp, us_listen_socket, us_socket_context_t } from "uWebSockets.js";
import { type AddressInfo, createServer } from "node:net";
import type { Logger } from "pino";
import type { Timing } from "../../wire/timing.js";
import type { Endpoint } from "../backend/application.js";
import type { FrontendSession } from "../session/frontend-session.js";
import { plainAddress, type TrustedProxies } from "./client-address.js";
import { answerEntry } from "./entry.js";
import type { FrontendProtocol } from "./frontend-protocol.js";
import { ListenError, type Listener } from "./listener.js";
import type { SocketReceiver } from "./socket-receiver.js";
import { readTlsFiles, type TlsFiles, watchTlsFiles } from "./tls-files.js";
import { WebSocketConnection } from "./websocket-connection.js";

export interface WebSocketListenerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Protocols by path, as uWebSockets.js writes paths: `/`, `/v2`, and `/*` for every other. */
  readonly paths: ReadonlyMap<string, FrontendProtocol>;
  readonly receiver: SocketReceiver;
  readonly tls: TlsFiles | null;
  /** Whose `X-Forwarded-For` is believed; null: nobody's. */
  readonly trusted: TrustedProxies | null;
  /** Bytes of one message. Twice as many are still read and refused with an answer; more close the connection at once. */
  readonly frameBytes: number;
  /** Gates: answers `GET /entry?uid=&protocol=`; a parameter that is not there is empty. */
  readonly choose: ((uid: string, protocol: string) => Endpoint) | null;
  readonly timing: Timing;
  readonly log: Logger;
}

/** Seconds; the longest that uWebSockets.js takes. */
const LONGEST_IDLE = 960;

/** What uWebSockets.js keeps with each connection. */
interface Connection {
  readonly protocol: FrontendProtocol;
  readonly address: string;
  session: FrontendSession | null;
  socket: WebSocketConnection | null;
}

type Library = typeof import("uWebSockets.js");

/** With a host and options at once: the library takes both, its types know only one at a time. */
type ListenOn = (
  host: string,
  port: number,
  options: number,
  listening: (socket: us_listen_socket | false) => void,
) => TemplatedApp;

// LIBUS_LISTEN_EXCLUSIVE_PORT: the library exports it, and its types declare it as a constant enumeration nobody can import.
const LISTEN_EXCLUSIVE_PORT = 1;

/** Opens the port. Throws ListenError when it cannot be had, or when the certificate or the library cannot be used. */
export async function listenWebSocket(options: WebSocketListenerOptions): Promise<Listener> {
  const { host, tls, timing, log } = options;
  const library = await load();
  const material = tls === null ? null : readTlsFiles(tls);
  const connections = new Connections();
  const served: Served = { options };
  const make = (): TemplatedApp => {
    const app =
      tls === null ? library.App() : library.SSLApp({ cert_file_name: tls.certificate, key_file_name: tls.key });
    route(library, app, served, connections);
    return app;
  };
  const apps = [make()];
  // A port that was the system's choice when it was bound cannot be bound again while it has connections.
  let socket: us_listen_socket | null =
    tls !== null && options.port === 0 ? await bindFreePort(apps[0]!, host) : bind(apps[0]!, host, options.port);
  const port = library.us_socket_local_port(socket);
  const close = () => {
    if (socket !== null) library.us_listen_socket_close(socket);
    socket = null;
  };
  const renewed = () => {
    // uWebSockets.js reads a certificate once: a new one needs a new app. Connections of the old one stay on it.
    const app = make();
    apps.push(app);
    close();
    socket = bind(app, host, port);
  };
  const watcher = tls === null ? null : watchTlsFiles({ files: tls, current: material!, timing, log, renewed });
  return {
    port,
    close() {
      watcher?.close();
      close();
    },
    async ended() {
      await connections.gone();
      // What is left never became a WebSocket.
      for (const app of apps.splice(0)) app.close();
      served.options = null;
    },
  };
}

/**
 * What an app's handlers work with. The library keeps them for as long as the process lives, also when the app is closed: a frontend that
 * is over must not be kept along with them.
 */
interface Served {
  /** Null when the last connection is gone, and nothing calls them any more. */
  options: WebSocketListenerOptions | null;
}

/** How many WebSockets are open. */
class Connections {
  private count = 0;
  private waiting: (() => void)[] = [];

  opened(): void {
    this.count++;
  }

  closed(): void {
    this.count--;
    if (this.count > 0) return;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  /** Resolves when none is open. */
  gone(): Promise<void> {
    if (this.count === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}

function route(library: Library, app: TemplatedApp, served: Served, connections: Connections): void {
  const { paths, frameBytes, choose } = served.options!;
  for (const path of paths.keys()) {
    app.ws<Connection>(path, {
      compression: library.DISABLED,
      maxPayloadLength: frameBytes * 2,
      // The runtime has its own bounds, heartbeat and deadlines; uWebSockets would drop and close behind its back.
      maxBackpressure: 0,
      maxLifetime: 0,
      // Without an idle timeout a client that answers no close frame would keep its socket for ever: it is also what limits the closing
      // handshake, to 16 seconds. Open connections end by their heartbeat long before, and one that is just quiet answers the ping.
      idleTimeout: LONGEST_IDLE,
      sendPingsAutomatically: true,
      upgrade(response, request, context) {
        const { paths, trusted } = served.options!;
        upgrade(paths.get(path)!, trusted, response, request, context);
      },
      open(ws) {
        connections.opened();
        const { receiver, timing } = served.options!;
        const connection = ws.getUserData();
        connection.socket = new WebSocketConnection(ws, connection.address, timing);
        connection.session = receiver.opened(connection.socket, connection.protocol);
      },
      message(ws, message, isBinary) {
        const { session } = ws.getUserData();
        if (session === null) return;
        const { receiver } = served.options!;
        if (isBinary) receiver.received(session, message);
        else receiver.receivedText(session);
      },
      drain(ws) {
        const { session, socket } = ws.getUserData();
        if (socket!.leaving) socket!.leave();
        else if (session !== null) served.options!.receiver.drained(session);
      },
      close(ws, code, message) {
        const connection = ws.getUserData();
        connection.socket!.ended();
        if (connection.session !== null) served.options!.receiver.closed(connection.session, faultOf(code, message));
        connection.session = null;
        connections.closed();
      },
    });
  }
  if (choose !== null) {
    app.get("/entry", (response, request) => {
      const { choose, log } = served.options!;
      answerEntry(choose!, log, response, request);
    });
  }
  app.any("/*", (response) => {
    response.writeStatus("404 Not Found");
    response.end("No protocol is spoken at this path.");
  });
}

function upgrade(
  protocol: FrontendProtocol,
  trusted: TrustedProxies | null,
  response: HttpResponse,
  request: HttpRequest,
  context: us_socket_context_t,
): void {
  const peer = plainAddress(Buffer.from(response.getRemoteAddressAsText()).toString("latin1"));
  const address = trusted === null ? peer : trusted.client(peer, forwardedFor(request));
  const connection: Connection = { protocol, address, session: null, socket: null };
  response.upgrade(
    connection,
    request.getHeader("sec-websocket-key"),
    request.getHeader("sec-websocket-protocol"),
    request.getHeader("sec-websocket-extensions"),
    context,
  );
}

/** All lines of the header, as one. The library's `getHeader` finds the first, which a client may have written. */
function forwardedFor(request: HttpRequest): string {
  const lines: string[] = [];
  request.forEach((name, value) => {
    if (name === "x-forwarded-for") lines.push(value);
  });
  return lines.join();
}

function bind(app: TemplatedApp, host: string, port: number): us_listen_socket {
  let bound: us_listen_socket | false = false;
  // Without the flag a second server on the same port succeeds silently, and the two share its connections. The library calls back
  // before it returns.
  const listen = app.listen.bind(app) as unknown as ListenOn;
  listen(host, port, LISTEN_EXCLUSIVE_PORT, (socket) => {
    bound = socket;
  });
  if (bound !== false) return bound;
  const why = "something else has the port, or the address is not this machine's";
  throw new ListenError(`${host}:${port} cannot be listened on: ${why}`);
}

/** Somebody else may take a port between our finding it free and having it. */
const ATTEMPTS = 5;

async function bindFreePort(app: TemplatedApp, host: string): Promise<us_listen_socket> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(host);
    try {
      return bind(app, host, port);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

function freePort(host: string): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      reject(new ListenError(`${host} has no port to listen on: ${error.message}`));
    });
    server.listen(0, host, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function load(): Promise<Library> {
  try {
    const loaded = (await import("uWebSockets.js")) as Library & { default?: Library };
    return loaded.default ?? loaded;
  } catch (error) {
    const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
    const glibc = report?.header?.glibcVersionRuntime ?? "no glibc";
    throw new ListenError(
      `uWebSockets.js does not load on Node ${process.version} with glibc ${glibc}; Node 20 needs glibc 2.27, Node 22 and 24 need 2.38: ` +
        `install Node 20 or a newer system (${error instanceof Error ? error.message.split("\n")[0] : String(error)})`,
    );
  }
}

/** What uWebSockets.js closed a connection for, if it was a message it refused; it reports those, and nobody else, under this code. */
function faultOf(code: number, message: ArrayBuffer): string | undefined {
  if (code !== ABNORMAL || message.byteLength === 0) return undefined;
  const text = Buffer.from(message).toString("latin1");
  return text.startsWith("Received too big") || text.startsWith("Received invalid") ? text : undefined;
}

/** The connection ended without a close frame (RFC 6455). */
const ABNORMAL = 1006;
