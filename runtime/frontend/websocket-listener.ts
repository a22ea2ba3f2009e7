/** A WebSocket port on uWebSockets.js, and the gate's `GET /entry` beside it. The only file that knows that library. */
import type {
  HttpRequest,
  HttpResponse,
  TemplatedApp,
  us_listen_socket,
  us_socket_context_t,
  WebSocket,
} from "uWebSockets.js";
import type { Logger } from "pino";
import type { Endpoint } from "../backend/application.js";
import { Failure } from "../failure.js";
import type { FrontendSession } from "../session/frontend-session.js";
import { plainAddress, type TrustedProxies } from "./client-address.js";
import type { FrontendProtocol } from "./frontend-protocol.js";
import type { FrontendSocket, SocketReceiver } from "./frontend-socket.js";
import { ListenError, type Listener } from "./listener.js";
import { readTlsFiles, type TlsFiles, watchTlsFiles } from "./tls-files.js";

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
  readonly log: Logger;
}

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
  const { host, tls, log } = options;
  const library = await load();
  const open = (port: number): Promise<us_listen_socket> => {
    const app =
      tls === null ? library.App() : library.SSLApp({ cert_file_name: tls.certificate, key_file_name: tls.key });
    route(library, app, options);
    return bind(app, host, port);
  };
  if (tls !== null) checkTls(tls);
  let socket: us_listen_socket | null = await open(options.port);
  const port = library.us_socket_local_port(socket);
  const close = () => {
    if (socket !== null) library.us_listen_socket_close(socket);
    socket = null;
  };
  const renew = async () => {
    if (socket === null) return;
    // uWebSockets.js reads a certificate once: a new one needs a new app. Connections of the old one stay on it.
    close();
    socket = await open(port);
  };
  const watcher =
    tls === null
      ? null
      : await watchTlsFiles(tls, log, () => {
          renew().catch((error: unknown) =>
            log.error({ err: error }, "the port was lost while its certificate changed"),
          );
        });
  return {
    port,
    close() {
      watcher?.close();
      close();
    },
  };
}

function checkTls(tls: TlsFiles): void {
  try {
    readTlsFiles(tls);
  } catch (error) {
    throw new ListenError((error as Error).message);
  }
}

function route(library: Library, app: TemplatedApp, options: WebSocketListenerOptions): void {
  const { receiver, choose } = options;
  for (const [path, protocol] of options.paths) {
    app.ws<Connection>(path, {
      compression: library.DISABLED,
      maxPayloadLength: options.frameBytes * 2,
      // The runtime has its own bounds, heartbeat and deadlines; uWebSockets would drop and close behind its back.
      maxBackpressure: 0,
      idleTimeout: 0,
      maxLifetime: 0,
      sendPingsAutomatically: false,
      upgrade: (response, request, context) => upgrade(protocol, options.trusted, response, request, context),
      open(ws) {
        const connection = ws.getUserData();
        connection.socket = new WebSocketConnection(ws, connection.address);
        connection.session = receiver.opened(connection.socket, connection.protocol);
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
  }
  if (choose !== null) app.get("/entry", (response, request) => answerEntry(choose, response, request));
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
  const address = trusted === null ? peer : trusted.client(peer, request.getHeader("x-forwarded-for"));
  const connection: Connection = { protocol, address, session: null, socket: null };
  response.upgrade(
    connection,
    request.getHeader("sec-websocket-key"),
    request.getHeader("sec-websocket-protocol"),
    request.getHeader("sec-websocket-extensions"),
    context,
  );
}

function bind(app: TemplatedApp, host: string, port: number): Promise<us_listen_socket> {
  return new Promise((resolve, reject) => {
    // Without the flag a second server on the same port succeeds silently, and the two share its connections.
    const listen = app.listen.bind(app) as unknown as ListenOn;
    listen(host, port, LISTEN_EXCLUSIVE_PORT, (socket) => {
      if (socket !== false) resolve(socket);
      else {
        const why = "something else has the port, or the address is not this machine's";
        reject(new ListenError(`${host}:${port} cannot be listened on: ${why}`));
      }
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

function answerEntry(
  choose: (uid: string, protocol: string) => Endpoint,
  response: HttpResponse,
  request: HttpRequest,
): void {
  let status = "200 OK";
  let body: object;
  try {
    const { url, server } = choose(request.getQuery("uid") ?? "", request.getQuery("protocol") ?? "");
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

  constructor(ws: WebSocket<Connection>, remoteAddress: string) {
    this.ws = ws;
    this.remoteAddress = remoteAddress;
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
