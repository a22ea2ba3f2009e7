/**
 * A server in memory that does what a test tells it: sockets it was dialled on, frames it received, and frames to send. By itself it
 * opens sockets and answers Hello, as long as it is not told otherwise.
 */
import {
  type ClientSocket,
  Connection,
  type ConnectionState,
  type ConnectOptions,
  type Dial,
  type RequestRoute,
  type SocketEvents,
} from "../../client/index.js";
import { VirtualTiming } from "../../testing/virtual-timing.js";
import type { BodyCodec } from "../../wire/body-codec.js";
import { type Failure, Hello, Welcome } from "../../wire/control.js";
import { ControlOffset } from "../../wire/control-id.js";
import { CONTROL_ID, description, Line, type Line as LineType } from "./article-protocol.js";
import { decodeFrames, encodeFrame, failureFrame, type IncomingFrame, join } from "./frames.js";

export class ScriptedSocket implements ClientSocket {
  readonly url: string;
  readonly #events: SocketEvents;
  buffered = 0;
  /** Every message as it came. */
  readonly messages: Uint8Array[] = [];
  readonly frames: IncomingFrame[] = [];
  /** How the client closed it; null while it has not. */
  closed: { code: number; reason: string } | null = null;

  constructor(url: string, events: SocketEvents) {
    this.url = url;
    this.#events = events;
  }

  send(bytes: Uint8Array): void {
    if (this.closed !== null) throw new Error("the client sent after it had closed");
    this.messages.push(bytes);
    this.frames.push(...decodeFrames(description, bytes));
  }

  close(code: number, reason: string): void {
    if (this.closed !== null) throw new Error("the client closed twice");
    this.closed = { code, reason };
  }

  open(): void {
    this.#events.opened();
  }

  /** The network or the server ends it. */
  drop(code = 1006, reason = ""): void {
    this.#events.closed(code, reason);
  }

  /** One message of all these parts. */
  message(...parts: readonly Uint8Array[]): void {
    this.#events.received(join(...parts));
  }

  welcome(fields: Partial<Welcome> = {}): void {
    this.control(ControlOffset.HELLO, Welcome, { ...welcomeDefaults(), ...fields }, 1);
  }

  control<T>(offset: number, codec: BodyCodec<T>, body: T, sequence = 0): void {
    this.message(encodeFrame(description, { messageId: CONTROL_ID - offset, sequence, codec, body }));
  }

  push(messageId: number, text: string, sequence = 0): void {
    this.message(line(messageId, sequence, text));
  }

  answer(frame: IncomingFrame, text: string): void {
    this.message(line(frame.messageId, frame.sequence, text));
  }

  refuse(frame: IncomingFrame, errorCode: number, failure: Partial<Failure> = {}): void {
    this.message(failureFrame(description, frame.messageId, frame.sequence, errorCode, failure));
  }

  /** The frames under a route's id. */
  of({ messageId }: { readonly messageId: number }): IncomingFrame[] {
    return this.frames.filter((frame) => frame.messageId === messageId);
  }

  texts(route: RequestRoute<LineType, LineType> | { readonly messageId: number }): string[] {
    return this.of(route).map((frame) => frame.decode(Line).text);
  }

  controls(offset: number): IncomingFrame[] {
    return this.of({ messageId: CONTROL_ID - offset });
  }

  hello(): Hello {
    return this.controls(ControlOffset.HELLO)[0]!.decode(Hello);
  }
}

export function line(messageId: number, sequence: number, text: string): Uint8Array {
  return encodeFrame(description, { messageId, sequence, codec: Line, body: { text } });
}

export function welcomeDefaults(): Welcome {
  return {
    ...Welcome.create(),
    sessionId: "session-1",
    heartbeat: 10_000,
    timeout: 25_000,
    limits: { inFlight: 64, frameBytes: 65_535 },
  };
}

export class ScriptedServer {
  readonly timing: VirtualTiming;
  readonly sockets: ScriptedSocket[] = [];
  /** What a dialled socket does by itself. */
  behaviour: "welcome" | "open" | "refuse" | "nothing" = "welcome";
  welcomeFields: Partial<Welcome> = {};

  constructor(timing = new VirtualTiming()) {
    this.timing = timing;
  }

  readonly dial: Dial = (url, events) => {
    const socket = new ScriptedSocket(url, events);
    this.sockets.push(socket);
    this.timing.defer(() => this.#behave(socket));
    return socket;
  };

  get last(): ScriptedSocket {
    return this.sockets.at(-1)!;
  }

  #behave(socket: ScriptedSocket): void {
    if (socket.closed !== null || this.behaviour === "nothing") return;
    if (this.behaviour === "refuse") {
      socket.drop(1006);
      return;
    }
    socket.open();
    if (this.behaviour === "open") return;
    // The client's Hello leaves at the end of this tick.
    this.timing.defer(() => {
      if (socket.closed === null) socket.welcome(this.welcomeFields);
    });
  }
}

/** For `connected`: a server that says it takes so many requests at once, and so large messages. */
export function limits(inFlight: number, frameBytes = 65_535): (server: ScriptedServer) => void {
  return (server) => {
    server.welcomeFields = { limits: { inFlight, frameBytes } };
  };
}

export interface Connected {
  readonly server: ScriptedServer;
  readonly timing: VirtualTiming;
  readonly connection: Connection;
  readonly socket: ScriptedSocket;
  readonly states: ConnectionState[];
  readonly errors: Error[];
}

/** A connection that is open, to a server that is as told. */
export async function connected(
  options: ConnectOptions = {},
  prepare: (server: ScriptedServer) => void = () => {},
): Promise<Connected> {
  const server = new ScriptedServer();
  prepare(server);
  const { timing } = server;
  const errors: Error[] = [];
  const opening = Connection.open(description, {
    ...(options.locate === undefined ? { url: "ws://connector-1/" } : {}),
    dial: server.dial,
    timing,
    onError: (error) => errors.push(error),
    ...options,
  });
  await timing.settle();
  const connection = await opening;
  const states: ConnectionState[] = [];
  connection.onState((state) => states.push(state));
  return { server, timing, connection, socket: server.last, states, errors };
}

/** What a promise came to, without waiting for it. */
export function outcomeOf<T>(promise: Promise<T>): { value?: T; error?: Error; settled: boolean } {
  const outcome: { value?: T; error?: Error; settled: boolean } = { settled: false };
  promise.then(
    (value) => Object.assign(outcome, { value, settled: true }),
    (error) => Object.assign(outcome, { error, settled: true }),
  );
  return outcome;
}
