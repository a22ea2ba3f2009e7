/** A client that says whatever bytes a test wants, to see what a frontend makes of them. */
import type { ClientNetwork, TestCluster } from "gatesmith/testing";
import type { ClientSocket } from "../../../client/client-socket.js";
import type { BodyCodec } from "../../../wire/body-codec.js";
import { Failure, Hello, Kick, Welcome } from "../../../wire/control.js";
import { ControlOffset } from "../../../wire/control-id.js";
import { copiedBytes } from "../../../wire/copy-bytes.js";
import { errorCodeName } from "../../../wire/error-code.js";
import { Slab } from "../../../wire/slab.js";
import { manifest, Text } from "./generated/server/index.js";
import { mainRequest, mainResponse } from "./generated/server/layouts.js";
import { text } from "./lab.js";

const CONTROL_ID = 65_535;

export const controlId = (offset: keyof typeof ControlOffset) => CONTROL_ID - ControlOffset[offset];

/** One frame as it came. */
export interface ReceivedFrame {
  readonly messageId: number;
  readonly sequence: number;
  /** Name of its error code; null when there is none. */
  readonly error: string | null;
  readonly body: Uint8Array;
}

export interface FrameFields {
  readonly messageId: number;
  readonly sequence: number;
  readonly compressed?: number;
  readonly encrypted?: number;
}

/** A frame with a body of bytes. */
export function frameOf(fields: FrameFields, body: Uint8Array): Uint8Array {
  const header = Object.assign(mainRequest.create(), fields);
  const slab = new Slab();
  slab.length = mainRequest.size;
  slab.reserve(body.length);
  slab.bytes.set(body, slab.length);
  slab.length += body.length;
  mainRequest.encode(header, slab, 0, slab.length);
  return copiedBytes(slab.bytes, 0, slab.length);
}

export function encoded<T>(codec: BodyCodec<T>, message: T): Uint8Array {
  const slab = new Slab();
  codec.encode(message, slab);
  return copiedBytes(slab.bytes, 0, slab.length);
}

export function decoded<T>(codec: BodyCodec<T>, body: Uint8Array): T {
  const slab = new Slab();
  slab.reserve(body.length);
  slab.bytes.set(body);
  return codec.decode(slab, 0, body.length);
}

export class RawClient {
  readonly network: ClientNetwork;
  readonly frames: ReceivedFrame[] = [];
  /** How many frames each message had. */
  readonly messages: number[] = [];
  closed: { readonly code: number; readonly reason: string } | null = null;
  private readonly socket: ClientSocket;
  private readonly lab: TestCluster;

  private constructor(lab: TestCluster, server: string) {
    this.lab = lab;
    this.network = lab.network();
    this.socket = this.network.dial(lab.url(server), {
      opened: () => {},
      received: (bytes) => this.received(bytes),
      closed: (code, reason) => {
        this.closed = { code, reason };
      },
    });
  }

  /** Connects, and says nothing. */
  static async connect(lab: TestCluster, server = "connector-1"): Promise<RawClient> {
    const client = new RawClient(lab, server);
    await lab.settle();
    return client;
  }

  /** Connects, and says Hello; the next sequence number is 2. */
  static async open(lab: TestCluster, server = "connector-1"): Promise<RawClient> {
    const client = await RawClient.connect(lab, server);
    await client.hello();
    client.take();
    return client;
  }

  async hello(fields: Partial<Hello> = {}, sequence = 1): Promise<void> {
    const { schemaHash, version } = manifest;
    const hello = { ...Hello.create(), schemaHash, version, ...fields };
    await this.say(frameOf({ messageId: controlId("HELLO"), sequence }, encoded(Hello, hello)));
  }

  /** Sends one message of these parts, and lets everything happen that follows. */
  async say(...parts: readonly Uint8Array[]): Promise<void> {
    this.socket.send(new Uint8Array(Buffer.concat(parts)));
    await this.lab.settle();
  }

  /** Sends a `Text` under a route's id. */
  async ask(messageId: number, sequence: number, said: Partial<Text> = {}): Promise<void> {
    await this.say(frameOf({ messageId, sequence }, encoded(Text, { ...text(""), ...said })));
  }

  /** What came since the last time. */
  take(): ReceivedFrame[] {
    return this.frames.splice(0);
  }

  private received(bytes: Uint8Array): void {
    const slab = new Slab();
    slab.reserve(bytes.length);
    slab.bytes.set(bytes);
    const header = mainResponse.create();
    let count = 0;
    for (let at = 0; at < bytes.length; at = header.bodyEnd, count++) {
      const fault = mainResponse.decode(header, slab, at, bytes.length);
      if (fault !== 0) throw new Error(`the server sent a frame with fault ${fault} at byte ${at}`);
      const { messageId, sequence, errorCode, bodyStart, bodyEnd } = header;
      const error = errorCode === 0 ? null : (errorCodeName(errorCode) ?? String(errorCode));
      this.frames.push({ messageId, sequence, error, body: copiedBytes(slab.bytes, bodyStart, bodyEnd) });
    }
    this.messages.push(count);
  }
}

export const failureOf = (frame: ReceivedFrame) => decoded(Failure, frame.body);
export const kickOf = (frame: ReceivedFrame) => decoded(Kick, frame.body);
export const welcomeOf = (frame: ReceivedFrame) => decoded(Welcome, frame.body);
export const textOf = (frame: ReceivedFrame) => decoded(Text, frame.body);
