/**
 * The frames the suites send, written by hand after the article's layouts and encoded by protobufjs, so that what is measured does
 * not vouch for itself.
 */
import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import protobuf from "protobufjs";
import { line } from "./lines.js";
import type { PaceOptions } from "./pace.js";

const REQUEST_HEADER = 24;
const RESPONSE_HEADER = 21;

/** Offsets that the load generator needs. */
export const RequestOffset = { SEQUENCE: 2 } as const;
export const ResponseOffset = { SEQUENCE: 2, MESSAGE_ID: 6, ERROR_CODE: 19 } as const;

/** Message ids and server types of `cluster/schema`. */
const Route = {
  HELLO: { messageId: 65535, serverType: 0 },
  ENTER: { messageId: 1101, serverType: 102 },
  CONNECTOR_HIT: { messageId: 1102, serverType: 102 },
  WORK_HIT: { messageId: 2001, serverType: 103 },
  JOIN: { messageId: 2002, serverType: 103 },
  ACK: { messageId: 2003, serverType: 103 },
} as const;
export const PUSH_ID = 2101;

const bench = parse("cluster/schema/messages/bench.proto");
const control = parse("../wire/control.proto");

/** The frame of `routes`: the same bytes go to the raw echo and to the cluster. */
export const connectorHit = request(Route.CONNECTOR_HIT, 0, body(bench, "bench.Line", line));
export const workHit = request(Route.WORK_HIT, 0, body(bench, "bench.Line", line));

/** What a client sends first: the session is open once it is answered. Sequence 1. */
export function hello(schemaHash: string): Uint8Array {
  return request(Route.HELLO, 1, body(control, "gatesmith.Hello", { schemaHash, version: 1, client: "bench" }));
}

/** Binds the session. Sequence 2. */
export function enter(uid: string): Uint8Array {
  return request(Route.ENTER, 2, body(bench, "bench.EnterRequest", { uid }));
}

/** Joins the channel. Sequence 3. */
export function join(pace: PaceOptions): Uint8Array {
  return request(Route.JOIN, 3, body(bench, "bench.JoinRequest", pace));
}

export const ack = request(Route.ACK, 0, body(bench, "bench.Ack", {}));

/** A push as a session receives it. */
export function pushFrame(): Uint8Array {
  const payload = body(bench, "bench.Line", line);
  const frame = Buffer.alloc(RESPONSE_HEADER + payload.length);
  frame.writeUInt16BE(frame.length, 0);
  frame.writeUInt16BE(PUSH_ID, ResponseOffset.MESSAGE_ID);
  frame.writeUInt16BE(Route.WORK_HIT.serverType, 8);
  frame.writeBigUInt64BE(BigInt(line.sentAt), 10);
  frame.set(payload, RESPONSE_HEADER);
  return frame;
}

function request(
  { messageId, serverType }: { messageId: number; serverType: number },
  sequence: number,
  payload: Uint8Array,
): Uint8Array {
  const frame = Buffer.alloc(REQUEST_HEADER + payload.length);
  frame.writeUInt16BE(frame.length, 0);
  frame.writeUInt32BE(sequence, RequestOffset.SEQUENCE);
  frame.writeBigUInt64BE(BigInt(line.sentAt), 6);
  frame.writeUInt16BE(messageId, 14);
  frame.writeUInt16BE(serverType, 16);
  frame.writeUInt32BE(crc32(payload), 20);
  frame.set(payload, REQUEST_HEADER);
  return frame;
}

function parse(file: string): protobuf.Root {
  return protobuf.parse(readFileSync(new URL(file, import.meta.url), "utf8")).root;
}

function body(root: protobuf.Root, name: string, value: object): Uint8Array {
  const type = root.lookupType(name);
  return type.encode(type.fromObject(value)).finish();
}
