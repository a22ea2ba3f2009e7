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
import type { Timer, Timing } from "../../wire/timing.js";
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
      maxLifetime: 0,
      // Without an idle timeout a client that answers no close frame would keep its socket for ever: it is also what limits the closing
      // handshake, to 16 seconds. Open connections end by their heartbeat long before, and one that is just quiet answers the ping.
      idleTimeout: LONGEST_IDLE,
      sendPingsAutomatically: true,
      upgrade: (response, request, context) => upgrade(protocol, options.trusted, response, request, context),
      open(ws) {
        const connection = ws.getUserData();
        connection.socket = new WebSocketConnection(ws, connection.address, options.timing);
        connection.session = receiver.opened(connection.socket, connection.protocol);
      },
      message(ws, message, isBinary) {
        const { session } = ws.getUserData();
        if (session === null) return;
        if (isBinary) receiver.received(session, message);
        else receiver.receivedText(session);
      },
      drain(ws) {
        const { session, socket } = ws.getUserData();
        if (socket!.leaving) socket!.leave();
        else if (session !== null) receiver.drained(session);
      },
      close(ws, code, message) {
        const connection = ws.getUserData();
        connection.socket!.ended();
        if (connection.session !== null) receiver.closed(connection.session, faultOf(code, message));
        connection.session = null;
      },
    });
  }
  if (choose !== null) app.get("/entry", (response, request) => answerEntry(choose, options.log, response, request));
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
  log: Logger,
  response: HttpResponse,
  request: HttpRequest,
): void {
  let status = "200 OK";
  let body: object;
  try {
    const { url, server } = choose(request.getQuery("uid") ?? "", request.getQuery("protocol") ?? "");
    body = { url, server };
  } catch (error) {
    const failure = error instanceof Failure ? error : Failure.of("INTERNAL", "the gate failed", "unknown");
    if (failure !== error) log.error({ err: error }, "GET /entry failed");
    status = "503 Service Unavailable";
    body = { error: failure.name, message: failure.message };
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

/** What uWebSockets.js closed a connection for, if it was a message it refused; it reports those, and nobody else, under this code. */
function faultOf(code: number, message: ArrayBuffer): string | undefined {
  if (code !== ABNORMAL || message.byteLength === 0) return undefined;
  const text = Buffer.from(message).toString("latin1");
  return text.startsWith("Received too big") || text.startsWith("Received invalid") ? text : undefined;
}

/** The connection ended without a close frame (RFC 6455). */
const ABNORMAL = 1006;

/** Bytes of a close reason, by RFC 6455. */
const LONGEST_REASON = 123;

/** Milliseconds in which a client that is being closed may take what waits for it. */
const CLOSE_GRACE = 5_000;

class WebSocketConnection implements FrontendSocket {
  readonly remoteAddress: string;
  /** It is being closed, and what waits for the client goes first. */
  leaving = false;
  /** A closed WebSocket throws when it is used. */
  private gone = false;
  private readonly ws: WebSocket<Connection>;
  private readonly timing: Timing;
  private deadline: Timer | null = null;
  private code = 0;
  private reason = "";

  constructor(ws: WebSocket<Connection>, remoteAddress: string, timing: Timing) {
    this.ws = ws;
    this.remoteAddress = remoteAddress;
    this.timing = timing;
  }

  send(bytes: Uint8Array): boolean {
    return this.gone || this.leaving || this.ws.send(bytes, true) === 1;
  }

  buffered(): number {
    return this.gone ? 0 : this.ws.getBufferedAmount();
  }

  close(code: number, reason: string): void {
    if (this.gone || this.leaving) return;
    this.leaving = true;
    this.code = code;
    this.reason = reason;
    this.leave();
    // Once the close frame stands behind what waits, the connection could not be cut any more if the client never reads it.
    if (!this.gone) this.deadline = this.timing.after(CLOSE_GRACE, () => this.ws.close());
  }

  /** Says goodbye if nothing waits in front of it. */
  leave(): void {
    if (this.gone || this.ws.getBufferedAmount() > 0) return;
    this.ws.end(this.code, shortened(this.reason));
  }

  /** The connection is gone. */
  ended(): void {
    this.gone = true;
    this.deadline?.cancel();
  }
}

function shortened(reason: string): string {
  const bytes = Buffer.from(reason);
  // From the bytes, in which a lone surrogate is replaced: as it is it would make the frame invalid.
  if (bytes.length <= LONGEST_REASON) return bytes.toString();
  // A cut inside a character would make the frame invalid.
  return bytes
    .subarray(0, LONGEST_REASON)
    .toString()
    .replace(/\uFFFD+$/, "");
}
