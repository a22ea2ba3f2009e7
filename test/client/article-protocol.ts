/**
 * A small schema, written by hand: the article's header layouts and bodies that are one line of text. What the client runtime is
 * tested with, so that a fault of the generator does not hide one of the client.
 */
import { crc32 } from "node:zlib";
import type { ClientDescription, NotifyRoute, PushRoute, RequestRoute } from "../../client/index.js";
import type { BodyCodec } from "../../wire/body-codec.js";
import { BodyError } from "../../wire/body-error.js";
import { ErrorCode } from "../../wire/error-code.js";
import type { LayoutCodec, RequestHeader, ResponseHeader } from "../../wire/layout-codec.js";
import type { Slab } from "../../wire/slab.js";

const emptyHeader = (): ResponseHeader => ({
  sequence: 0,
  messageId: 0,
  service: 0,
  kind: 0,
  flags: 0,
  version: 0,
  route: "",
  serverType: 0,
  timestampHigh: 0,
  timestampLow: 0,
  compressed: 0,
  encrypted: 0,
  errorCode: 0,
  bodyStart: 0,
  bodyEnd: 0,
});

const REQUEST_BYTES = 24;

function lengthFirst({ view }: Slab, start: number, end: number, bound: number): number {
  if (end - start < 2) return 0;
  const length = view.getUint16(start);
  return length > bound ? -1 : length;
}

/** length u16, seq u32, sentAt u64, messageId u16, serverType u16, compressed u8, encrypted u8, checksum u32 over the body. */
export const requestLayout: LayoutCodec<RequestHeader> = {
  size: REQUEST_BYTES,
  sequenceBytes: 4,
  trailer: 0,
  fields: [],
  create: emptyHeader,
  sizeOf: () => REQUEST_BYTES,
  encode(header, { view, bytes }, start, end) {
    view.setUint16(start, end - start);
    view.setUint32(start + 2, header.sequence);
    view.setUint32(start + 6, header.timestampHigh);
    view.setUint32(start + 10, header.timestampLow);
    view.setUint16(start + 14, header.messageId);
    view.setUint16(start + 16, header.serverType);
    view.setUint8(start + 18, header.compressed);
    view.setUint8(start + 19, header.encrypted);
    view.setUint32(start + 20, crc32(bytes.subarray(start + REQUEST_BYTES, end)));
  },
  frameLength: lengthFirst,
  patchSequence: ({ view }, start, _end, sequence) => view.setUint32(start + 2, sequence),
  decode(header, { view, bytes }, start, end) {
    if (end - start < REQUEST_BYTES) return ErrorCode.BAD_FRAME;
    const length = view.getUint16(start);
    if (length < REQUEST_BYTES || length > end - start) return ErrorCode.BAD_FRAME;
    header.sequence = view.getUint32(start + 2);
    header.timestampHigh = view.getUint32(start + 6);
    header.timestampLow = view.getUint32(start + 10);
    header.messageId = view.getUint16(start + 14);
    header.serverType = view.getUint16(start + 16);
    header.compressed = view.getUint8(start + 18);
    header.encrypted = view.getUint8(start + 19);
    header.bodyStart = start + REQUEST_BYTES;
    header.bodyEnd = start + length;
    const checksum = crc32(bytes.subarray(header.bodyStart, header.bodyEnd));
    return checksum === view.getUint32(start + 20) ? ErrorCode.OK : ErrorCode.BAD_CHECKSUM;
  },
};

const RESPONSE_BYTES = 21;

/** length u16, seq u32, messageId u16, serverType u16, sentAt u64, compressed u8, errorCode u16. */
export const responseLayout: LayoutCodec<ResponseHeader> = {
  size: RESPONSE_BYTES,
  sequenceBytes: 4,
  trailer: 0,
  fields: [],
  create: emptyHeader,
  sizeOf: () => RESPONSE_BYTES,
  encode(header, { view }, start, end) {
    view.setUint16(start, end - start);
    view.setUint32(start + 2, header.sequence);
    view.setUint16(start + 6, header.messageId);
    view.setUint16(start + 8, header.serverType);
    view.setUint32(start + 10, header.timestampHigh);
    view.setUint32(start + 14, header.timestampLow);
    view.setUint8(start + 18, header.compressed);
    view.setUint16(start + 19, header.errorCode);
  },
  frameLength: lengthFirst,
  patchSequence: ({ view }, start, _end, sequence) => view.setUint32(start + 2, sequence),
  decode(header, { view }, start, end) {
    if (end - start < RESPONSE_BYTES) return ErrorCode.BAD_FRAME;
    const length = view.getUint16(start);
    if (length < RESPONSE_BYTES || length > end - start) return ErrorCode.BAD_FRAME;
    header.sequence = view.getUint32(start + 2);
    header.messageId = view.getUint16(start + 6);
    header.serverType = view.getUint16(start + 8);
    header.timestampHigh = view.getUint32(start + 10);
    header.timestampLow = view.getUint32(start + 14);
    header.compressed = view.getUint8(start + 18);
    header.errorCode = view.getUint16(start + 19);
    header.bodyStart = start + RESPONSE_BYTES;
    header.bodyEnd = start + length;
    return ErrorCode.OK;
  },
};

export interface Line {
  text: string;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The text's UTF-8 bytes and nothing else. */
export const Line: BodyCodec<Line> = {
  name: "test.Line",
  encode({ text }, slab) {
    if (typeof text !== "string") throw new BodyError(`test.Line.text is ${String(text)}: it must be a string`);
    const bytes = new TextEncoder().encode(text);
    slab.reserve(bytes.length);
    slab.bytes.set(bytes, slab.length);
    slab.length += bytes.length;
  },
  decode(slab, start, end) {
    try {
      return { text: utf8.decode(slab.bytes.subarray(start, end)) };
    } catch {
      throw new BodyError("test.Line.text is no UTF-8");
    }
  },
  create: () => ({ text: "" }),
};

export const CONTROL_ID = 65535;

export const say: RequestRoute<Line, Line> = {
  kind: "request",
  route: "chat.room.say",
  messageId: 2001,
  serverType: 103,
  request: Line,
  response: Line,
  timeout: 5000,
  maxBytes: 4096,
};

export const ask: RequestRoute<Line, Line> = { ...say, route: "chat.room.ask", messageId: 2002, timeout: 2000 };

/** Its bodies may be larger than a frame of the usual limit. */
export const upload: RequestRoute<Line, Line> = {
  ...say,
  route: "chat.room.upload",
  messageId: 2004,
  maxBytes: 1_000_000,
};

export const typing: NotifyRoute<Line> = {
  kind: "notify",
  route: "chat.room.typing",
  messageId: 2003,
  serverType: 103,
  request: Line,
  timeout: 3000,
  maxBytes: 4096,
};

export const onChat: PushRoute<Line> = { kind: "push", route: "chat.onChat", messageId: 2101, message: Line };
export const onTyping: PushRoute<Line> = { kind: "push", route: "chat.onTyping", messageId: 2102, message: Line };

export const description: ClientDescription = {
  name: "test",
  version: 3,
  schemaHash: "0123456789abcdef",
  lineage: ["0123456789abcdef", "00000000000000aa"],
  request: requestLayout,
  response: responseLayout,
  controlId: CONTROL_ID,
  errors: { ROOM_FULL: 1001, NAME_TAKEN: 1002 },
  routes: [say, ask, upload, typing],
  pushes: [onChat, onTyping],
};
