/**
 * The reference schema's frames, written and read byte by byte: nothing here is the project's own codec, so that a frame can be as wrong
 * as a test wants it, and an answer is judged by the layout as it stands in schema/protocol.ts.
 */
import { crc32 } from "node:zlib";
import { EnterRequest, SendRequest, Typing } from "../../generated/server/index.js";
import type { BodyCodec } from "../../wire/body-codec.js";
import { Executed, Failure, Hello, Welcome } from "../../wire/control.js";
import { Slab } from "../../wire/slab.js";

export const REQUEST_HEADER = 24;
export const RESPONSE_HEADER = 21;

export const Id = {
  QUERY: 1001,
  ENTER: 1101,
  SEND: 2001,
  TYPING: 2002,
  ON_CHAT: 2101,
  ON_TYPING: 2102,
  ON_ADD: 2103,
  ON_LEAVE: 2104,
  FAILURE: 65530,
  KICK: 65533,
  PING: 65534,
  HELLO: 65535,
} as const;

export const Type = { CONTROL: 0, GATE: 101, CONNECTOR: 102, CHAT: 103 } as const;

/** A client's frame. What is left out is right. */
export interface RequestFrame {
  readonly messageId: number;
  readonly sequence: number;
  readonly serverType: number;
  readonly body?: Uint8Array;
  /** What the header says, instead of the truth. */
  readonly length?: number;
  readonly checksum?: number;
  readonly compressed?: number;
  readonly encrypted?: number;
}

export function requestFrame(frame: RequestFrame): Buffer {
  const body = frame.body ?? Buffer.alloc(0);
  const bytes = Buffer.alloc(REQUEST_HEADER + body.length);
  bytes.writeUInt16BE((frame.length ?? bytes.length) & 0xffff, 0);
  bytes.writeUInt32BE(frame.sequence >>> 0, 2);
  bytes.writeBigUInt64BE(1_700_000_000_000n, 6);
  bytes.writeUInt16BE(frame.messageId, 14);
  bytes.writeUInt16BE(frame.serverType, 16);
  bytes.writeUInt8(frame.compressed ?? 0, 18);
  bytes.writeUInt8(frame.encrypted ?? 0, 19);
  bytes.writeUInt32BE((frame.checksum ?? crc32(body)) >>> 0, 20);
  bytes.set(body, REQUEST_HEADER);
  return bytes;
}

export interface ResponseFrame {
  readonly messageId: number;
  readonly sequence: number;
  readonly serverType: number;
  readonly errorCode: number;
  readonly body: Buffer;
}

/** All frames of one message; throws unless they fill it exactly. */
export function readResponses(message: Uint8Array): ResponseFrame[] {
  const bytes = Buffer.from(message);
  const frames: ResponseFrame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt16BE(at);
    if (length < RESPONSE_HEADER || at + length > bytes.length) {
      throw new Error(`the server sent a frame of ${length} bytes, of which ${bytes.length - at} are there`);
    }
    frames.push({
      sequence: bytes.readUInt32BE(at + 2),
      messageId: bytes.readUInt16BE(at + 6),
      serverType: bytes.readUInt16BE(at + 8),
      errorCode: bytes.readUInt16BE(at + 19),
      body: bytes.subarray(at + RESPONSE_HEADER, at + length),
    });
    at += length;
  }
  return frames;
}

export function encoded<T>(codec: BodyCodec<T>, message: T): Buffer {
  const slab = new Slab(256);
  codec.encode(message, slab);
  return Buffer.from(slab.bytes.subarray(0, slab.length));
}

export function decoded<T>(codec: BodyCodec<T>, body: Uint8Array): T {
  const slab = new Slab(256);
  slab.reserve(body.length);
  slab.bytes.set(body);
  return codec.decode(slab, 0, body.length);
}

export function helloFrame(version = 1, sequence = 1): Buffer {
  const body = encoded(Hello, { ...Hello.create(), version, client: "test" });
  return requestFrame({ messageId: Id.HELLO, sequence, serverType: Type.CONTROL, body });
}

export function pingFrame(sequence = 0): Buffer {
  return requestFrame({ messageId: Id.PING, sequence, serverType: Type.CONTROL });
}

export function enterFrame(sequence: number, room: string, name: string): Buffer {
  const body = encoded(EnterRequest, { room, name });
  return requestFrame({ messageId: Id.ENTER, sequence, serverType: Type.CONNECTOR, body });
}

export function sendFrame(sequence: number, target: string, text: string): Buffer {
  const body = encoded(SendRequest, { target, text });
  return requestFrame({ messageId: Id.SEND, sequence, serverType: Type.CHAT, body });
}

export function typingFrame(sequence: number): Buffer {
  const body = encoded(Typing, { name: "" });
  return requestFrame({ messageId: Id.TYPING, sequence, serverType: Type.CHAT, body });
}

export const readFailure = (frame: ResponseFrame): Failure => decoded(Failure, frame.body);
export const readWelcome = (frame: ResponseFrame): Welcome => decoded(Welcome, frame.body);
export { Executed };
