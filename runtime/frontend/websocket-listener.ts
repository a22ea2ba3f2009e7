/** A WebSocket port on uWebSockets.js, and the gate's `GET /entry` beside it. The only file that knows that library. */
import type { HttpRequest, HttpResponse, TemplatedApp, us_listen_socket, WebSocket } from "uWebSockets.js";
import type { Endpoint } from "../backend/application.js";
import { Failure } from "../failure.js";
import type { FrontendSession } from "../session/frontend-session.js";
import type { FrontendSocket, SocketReceiver } from "./frontend-socket.js";

export interface WebSocketListenerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly receiver: SocketReceiver;
  /** Bytes of one message. Twice as many are still read and refused with an answer; more close the connection at once. */
  readonly frameBytes: number;
  /** Gates: answers `GET /entry?uid=`. */
  readonly choose: ((uid: string) => Endpoint) | null;
}

export interface WebSocketListener {
  readonly host: string;
  readonly port: number;
  /** Takes no new connections. Those there are stay. */
  close(): void;
}

interface Connection {
  session: FrontendSession | null;
  socket: WebSocketConnection | null;
}

/** Opens the port. Throws ListenError when it cannot be had, or when the library does not load. */
export async function listenWebSocket(options: WebSocketListenerOptions): Promise<WebSocketListener> {
  const { host, port, receiver } = options;
  const library = await load();
  const app = library.App();
  app.ws<Connection>("/*", {
    compression: library.DISABLED,
    maxPayloadLength: options.frameBytes * 2,
    // The runtime has its own bounds, heartbeat and deadlines; uWebSockets would drop and close behind its back.
    maxBackpressure: 0,
    idleTimeout: 0,
    maxLifetime: 0,
    sendPingsAutomatically: false,
    open(ws) {
      const connection = ws.getUserData();
      connection.socket = new WebSocketConnection(ws);
      connection.session = receiver.opened(connection.socket);
    },
    message(ws, message) {
      const { session } = ws.getUserData();
      if (session !== null) receiver.received(session, message);
    },
    drain(ws) {
      const { session } = ws.getUserData();
      if (session !== null) receiver.drained(session);
    },
    close(ws) {
      const connection = ws.getUserData();
      connection.socket!.gone = true;
      if (connection.session !== null) receiver.closed(connection.session);
      connection.session = null;
    },
  });
  const { choose } = options;
  if (choose !== null) app.get("/entry", (response, request) => answerEntry(choose, response, request));
  return listen(library, app, host, port);
}

/** The port cannot be had. */
export class ListenError extends Error {
  override readonly name = "ListenError";
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

function listen(library: Library, app: TemplatedApp, host: string, port: number): Promise<WebSocketListener> {
  return new Promise((resolve, reject) => {
    // Without this flag a second server on the same port succeeds silently, and the two share its connections.
    const bind = app.listen.bind(app) as unknown as ListenOn;
    bind(host, port, LISTEN_EXCLUSIVE_PORT, (socket: us_listen_socket | false) => {
      if (socket === false) {
        reject(
          new ListenError(
            `${host}:${port} cannot be listened on: something else has the port, or the address is not this machine's`,
          ),
        );
        return;
      }
      const close = () => library.us_listen_socket_close(socket);
      resolve({ host, port: library.us_socket_local_port(socket), close });
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

function answerEntry(choose: (uid: string) => Endpoint, response: HttpResponse, request: HttpRequest): void {
  let status = "200 OK";
  let body: object;
  try {
    const { url, server } = choose(request.getQuery("uid") ?? "");
    body = { url, server };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    status = "503 Service Unavailable";
    body = { error: error.name, message: error.message };
  }
  response.cork(() => {
    response.writeStatus(status);
    response.writeHeader("Content-Type", "application/json");
    // Browsers ask from the page's origin, which is not the gate's.
    response.writeHeader("Access-Control-Allow-Origin", "*");
    response.writeHeader("Cache-Control", "no-store");
    response.end(JSON.stringify(body));
  });
}

/** Bytes of a close reason, by RFC 6455. */
const LONGEST_REASON = 123;

class WebSocketConnection implements FrontendSocket {
  readonly remoteAddress: string;
  /** A closed WebSocket throws when it is used. */
  gone = false;
  private readonly ws: WebSocket<Connection>;

  constructor(ws: WebSocket<Connection>) {
    this.ws = ws;
    this.remoteAddress = plainAddress(Buffer.from(ws.getRemoteAddressAsText()).toString("latin1"));
  }

  send(bytes: Uint8Array): boolean {
    return this.gone || this.ws.send(bytes, true) === 1;
  }

  buffered(): number {
    return this.gone ? 0 : this.ws.getBufferedAmount();
  }

  close(code: number, reason: string): void {
    if (this.gone) return;
    this.gone = true;
    this.ws.end(code, shortened(reason));
  }
}

function shortened(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= LONGEST_REASON) return reason;
  // A cut inside a character would make the frame invalid.
  return bytes
    .subarray(0, LONGEST_REASON)
    .toString()
    .replace(/\uFFFD+$/, "");
}

/** An IPv4 client of a dual-stack socket has its plain address. */
function plainAddress(text: string): string {
  const mapped = /^(?:0000:){5}ffff:([0-9a-f]{2})([0-9a-f]{2}):([0-9a-f]{2})([0-9a-f]{2})$/.exec(text);
  return mapped === null
    ? text
    : mapped
        .slice(1)
        .map((byte) => Number.parseInt(byte, 16))
        .join(".");
}
