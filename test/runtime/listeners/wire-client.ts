/**
 * A client made of generated layouts, on whatever carries bytes: it sends what a test wants, cuts what comes back into frames as any
 * client must, and keeps them until somebody asks.
 */
import type { Manifest } from "gatesmith/runtime";
import type { BodyCodec } from "../../../wire/body-codec.js";
import { Failure, Hello, Kick, Ping, Welcome } from "../../../wire/control.js";
import { ControlOffset } from "../../../wire/control-id.js";
import { copiedBytes } from "../../../wire/copy-bytes.js";
import { errorCodeName } from "../../../wire/error-code.js";
import type { LayoutCodec, RequestHeader, ResponseHeader } from "../../../wire/layout-codec.js";
import { Slab } from "../../../wire/slab.js";
import type { Line, LineEnd } from "./lines.js";

/** How a client speaks. */
export interface Wire {
  readonly request: LayoutCodec<RequestHeader>;
  readonly response: LayoutCodec<ResponseHeader>;
  readonly json?: boolean;
  /** Its version goes into Hello; its pushes are told from answers. */
  readonly manifest: Pick<Manifest, "version" | "pushes">;
}

export interface Frame {
  readonly messageId: number;
  readonly sequence: number;
  /** Name of its error code, or the code of an application's error; null when there is none. */
  readonly error: string | null;
  readonly body: Uint8Array;
}

const LONGEST_FRAME = 64 * 1024 * 1024;
const CONTROL_ID = 65_535;

export const controlId = (offset: keyof typeof ControlOffset) => CONTROL_ID - ControlOffset[offset];

export function frameOf(wire: Wire, messageId: number, sequence: number, body: Uint8Array = new Uint8Array()): Buffer {
  const header = Object.assign(wire.request.create(), { messageId, sequence });
  const slab = new Slab();
  slab.length = wire.request.sizeOf(header);
  slab.reserve(body.length + wire.request.trailer);
  slab.bytes.set(body, slab.length);
  slab.length += body.length + wire.request.trailer;
  wire.request.encode(header, slab, 0, slab.length);
  return Buffer.from(slab.bytes.subarray(0, slab.length));
}

export function bodyOf<T>(wire: Wire, codec: BodyCodec<T>, message: T): Uint8Array {
  if (wire.json) return Buffer.from(JSON.stringify(message));
  const slab = new Slab();
  codec.encode(message, slab);
  return copiedBytes(slab.bytes, 0, slab.length);
}

export function readBody<T>(wire: Wire, codec: BodyCodec<T>, body: Uint8Array): T {
  // What is at its default is left out.
  if (wire.json) return { ...codec.create(), ...(JSON.parse(Buffer.from(body).toString()) as T) };
  return decoded(codec, body);
}

function decoded<T>(codec: BodyCodec<T>, body: Uint8Array): T {
  const slab = new Slab();
  slab.reserve(body.length);
  slab.bytes.set(body);
  return codec.decode(slab, 0, body.length);
}

export class WireClient {
  readonly wire: Wire;
  readonly line: Line;
  /** What nobody has taken yet, oldest first. */
  readonly frames: Frame[] = [];
  /** Null while the connection is there. */
  end: LineEnd | null = null;
  readonly closed: Promise<LineEnd>;
  sequence = 0;
  private readonly pushIds: ReadonlySet<number>;
  private rest = Buffer.alloc(0);
  private broken: Error | null = null;
  private waiting: (() => void)[] = [];

  /** A client on a line that is open, and has said nothing. */
  constructor(line: Line, wire: Wire) {
    this.line = line;
    this.wire = wire;
    this.pushIds = new Set(wire.manifest.pushes.map(({ messageId }) => messageId));
    line.onBytes((bytes) => {
      try {
        this.cut(bytes);
      } catch (error) {
        this.broken = error as Error;
      }
      this.wake();
    });
    this.closed = line.closed.then((end) => {
      this.end = end;
      this.wake();
      return end;
    });
  }

  /** Says Hello, and waits for the answer. */
  async hello(fields: Partial<Hello> = {}): Promise<Welcome> {
    this.write(this.helloFrame(fields));
    const frame = await this.next((one) => one.messageId === controlId("HELLO"));
    if (frame.error !== null) throw new Error(`Hello was answered ${frame.error}: ${failureOf(frame).message}`);
    return readBody(this.wire, Welcome, frame.body);
  }

  helloFrame(fields: Partial<Hello> = {}): Buffer {
    const hello = { ...Hello.create(), version: this.wire.manifest.version, client: "test", ...fields };
    return this.frame(controlId("HELLO"), bodyOf(this.wire, Hello, hello));
  }

  /** A frame with the next sequence number. */
  frame(messageId: number, body?: Uint8Array): Buffer {
    return frameOf(this.wire, messageId, ++this.sequence, body);
  }

  /** A message's frame with the next sequence number. */
  message<T>(messageId: number, codec: BodyCodec<T>, message: T): Buffer {
    return this.frame(messageId, bodyOf(this.wire, codec, message));
  }

  write(...frames: readonly Uint8Array[]): void {
    this.line.send(Buffer.concat(frames));
  }

  /** Asks, and waits for the answer, whatever it is. */
  async ask<Request>(messageId: number, codec: BodyCodec<Request>, request: Request): Promise<Frame> {
    this.write(this.message(messageId, codec, request));
    return this.answer(this.sequence);
  }

  /** Asks, and decodes the answer; throws when it is an error. */
  async call<Request, Response>(
    messageId: number,
    request: readonly [BodyCodec<Request>, Request],
    response: BodyCodec<Response>,
  ): Promise<Response> {
    const frame = await this.ask(messageId, ...request);
    if (frame.error !== null) throw new Error(`${messageId} was answered ${frame.error}: ${failureOf(frame).message}`);
    return readBody(this.wire, response, frame.body);
  }

  /** The answer to a request, removed; no push that happens to carry the number. */
  answer(sequence: number): Promise<Frame> {
    return this.next((frame) => frame.sequence === sequence && !this.pushIds.has(frame.messageId));
  }

  async push<T>(messageId: number, codec: BodyCodec<T>): Promise<T> {
    const frame = await this.next((one) => one.messageId === messageId);
    return readBody(this.wire, codec, frame.body);
  }

  /** Waits until everything that was sent before has been dealt with. */
  async ping(): Promise<void> {
    this.write(frameOf(this.wire, controlId("PING"), 0, bodyOf(this.wire, Ping, Ping.create())));
    await this.next((frame) => frame.messageId === controlId("PING"));
  }

  /** What the server says before it closes. */
  async kick(): Promise<Kick> {
    const frame = await this.next((one) => one.messageId === controlId("KICK"));
    return readBody(this.wire, Kick, frame.body);
  }

  /** The oldest frame that fits, removed; waits for it. Throws when the connection ends without one. */
  async next(fits: (frame: Frame) => boolean = () => true): Promise<Frame> {
    for (;;) {
      if (this.broken !== null) throw this.broken;
      const index = this.frames.findIndex(fits);
      if (index >= 0) return this.frames.splice(index, 1)[0]!;
      if (this.end !== null) throw new Error(`the connection ended (${this.end.how}) before the frame came`);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Leaves, and waits until the connection is gone. */
  async leave(): Promise<void> {
    this.line.end();
    await this.closed;
  }

  private cut(bytes: Buffer): void {
    this.rest = Buffer.concat([this.rest, bytes]);
    const { response } = this.wire;
    const slab = new Slab();
    slab.reserve(this.rest.length);
    slab.bytes.set(this.rest);
    const end = this.rest.length;
    let at = 0;
    while (at < end) {
      const length = response.frameLength(slab, at, end, LONGEST_FRAME);
      if (length < 0)
        throw new Error(`the server sent what begins no frame: ${this.rest.subarray(at).toString("hex")}`);
      if (length === 0 || at + length > end) break;
      this.frames.push(this.read(slab, at, at + length));
      at += length;
    }
    this.rest = this.rest.subarray(at);
    if (this.line.wholeFrames && this.rest.length > 0) throw new Error(`a message ends within a frame`);
  }

  private read(slab: Slab, start: number, end: number): Frame {
    const { response } = this.wire;
    const header = response.create();
    const fault = response.decode(header, slab, start, end);
    if (fault !== 0) throw new Error(`the server sent a frame with fault ${fault}`);
    const { messageId, sequence, errorCode, bodyStart, bodyEnd } = header;
    const error = errorCode === 0 ? null : (errorCodeName(errorCode) ?? String(errorCode));
    return { messageId, sequence, error, body: copiedBytes(slab.bytes, bodyStart, bodyEnd) };
  }

  private wake(): void {
    for (const look of this.waiting.splice(0)) look();
  }
}

/** What an answer with an error says. */
export const failureOf = (frame: Frame): Failure => decoded(Failure, frame.body);
