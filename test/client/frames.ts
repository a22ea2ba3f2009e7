/** The server's end of the wire, for tests: builds the frames a server sends, and takes apart those of a client. */
import type { ClientDescription } from "../../client/index.js";
import type { BodyCodec } from "../../wire/body-codec.js";
import { type Failure, Failure as FailureCodec } from "../../wire/control.js";
import { Slab } from "../../wire/slab.js";

export interface OutgoingFrame<T> {
  readonly messageId: number;
  readonly sequence: number;
  readonly codec: BodyCodec<T>;
  readonly body: T;
  readonly errorCode?: number;
  readonly compressed?: number;
}

/** One frame as a server sends it. */
export function encodeFrame<T>({ response }: ClientDescription, frame: OutgoingFrame<T>): Uint8Array {
  const header = response.create();
  header.messageId = frame.messageId;
  header.sequence = frame.sequence;
  header.errorCode = frame.errorCode ?? 0;
  header.compressed = frame.compressed ?? 0;
  const slab = new Slab();
  slab.length = response.sizeOf(header);
  frame.codec.encode(frame.body, slab);
  response.encode(header, slab, 0, slab.length);
  return new Uint8Array(slab.bytes.subarray(0, slab.length));
}

export function failureFrame(
  description: ClientDescription,
  messageId: number,
  sequence: number,
  errorCode: number,
  failure: Partial<Failure> = {},
): Uint8Array {
  const body = { ...FailureCodec.create(), ...failure };
  return encodeFrame(description, { messageId, sequence, errorCode, codec: FailureCodec, body });
}

export interface IncomingFrame {
  readonly messageId: number;
  readonly sequence: number;
  readonly serverType: number;
  readonly wallClock: number;
  readonly body: Uint8Array;
  decode<T>(codec: BodyCodec<T>): T;
}

/** The frames of one message as a client sends it. Throws when it is cut wrong. */
export function decodeFrames({ request }: ClientDescription, message: Uint8Array): IncomingFrame[] {
  const slab = new Slab();
  slab.reserve(message.length);
  slab.bytes.set(message);
  slab.length = message.length;
  const header = request.create();
  const frames: IncomingFrame[] = [];
  for (let start = 0; start < message.length; start = header.bodyEnd) {
    const code = request.decode(header, slab, start, message.length);
    if (code !== 0) throw new Error(`the client sent a frame with fault ${code} at byte ${start}`);
    const { messageId, sequence, serverType, timestampHigh, timestampLow, bodyStart, bodyEnd } = header;
    frames.push({
      messageId,
      sequence,
      serverType,
      wallClock: timestampHigh * 2 ** 32 + timestampLow,
      body: new Uint8Array(slab.bytes.subarray(bodyStart, bodyEnd)),
      decode: (codec) => codec.decode(slab, bodyStart, bodyEnd),
    });
  }
  return frames;
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
