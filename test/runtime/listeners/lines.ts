/** What carries a test's bytes to a listener and back: TCP, TLS, or WebSocket messages. */
import { connect, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, TLSSocket } from "node:tls";
import { type ClientOptions, WebSocket } from "ws";

export interface LineEnd {
  /** `end`: the server closed in order. `reset`: the connection broke. */
  readonly how: "end" | "reset";
  /** WebSockets: with which code. */
  readonly code?: number;
  readonly reason?: string;
}

export interface Line {
  /** Frames do not go over the ends of what is delivered. */
  readonly wholeFrames: boolean;
  readonly closed: Promise<LineEnd>;
  send(bytes: Uint8Array): void;
  onBytes(receive: (bytes: Buffer) => void): void;
  /** Stops reading, so that what the server sends has to wait. */
  pause(): void;
  resume(): void;
  /** Ends in order. */
  end(): void;
  /** Breaks the connection: with a reset where the system allows it. */
  destroy(): void;
}

export interface TcpLine extends Line {
  readonly socket: Socket;
}

/** Connects. What is sent leaves at once. */
export async function overTcp(url: string): Promise<TcpLine> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: bare(hostname), port: Number(port), noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return lineOf(socket);
}

/** Connects with TLS; `socket` is the plain connection to use, if there is one already. Trusts whoever answers unless told otherwise. */
export async function overTls(url: string, options: ConnectionOptions = {}): Promise<TcpLine & { socket: TLSSocket }> {
  const { hostname, port } = new URL(url);
  const where = options.socket === undefined ? { host: bare(hostname), port: Number(port) } : {};
  const socket = connectTls({ rejectUnauthorized: false, ...where, ...options });
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
  });
  return lineOf(socket);
}

export async function overWebSocket(url: string, options: ClientOptions = {}): Promise<Line & { socket: WebSocket }> {
  const socket = new WebSocket(url, { perMessageDeflate: false, rejectUnauthorized: false, ...options });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  socket.on("error", () => {});
  return {
    socket,
    wholeFrames: true,
    closed: new Promise((resolve) => {
      socket.once("close", (code, reason) => {
        resolve({ how: code === 1006 ? "reset" : "end", code, reason: reason.toString() });
      });
    }),
    send: (bytes) => socket.send(bytes),
    onBytes: (receive) => void socket.on("message", (message: Buffer) => receive(message)),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    end: () => socket.close(),
    destroy: () => socket.terminate(),
  };
}

/** A line on a socket that is connected. */
export function lineOf<S extends Socket>(socket: S): Line & { socket: S } {
  let broke = false;
  socket.on("error", () => {
    broke = true;
  });
  return {
    socket,
    wholeFrames: false,
    closed: new Promise((resolve) => {
      socket.once("close", () => resolve({ how: broke ? "reset" : "end" }));
    }),
    send: (bytes) => void socket.write(bytes),
    onBytes: (receive) => void socket.on("data", receive),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => void socket.end(),
    destroy: () => void (socket instanceof TLSSocket ? socket.destroy() : socket.resetAndDestroy()),
  };
}

const bare = (hostname: string) => hostname.replace(/^\[|\]$/g, "");
