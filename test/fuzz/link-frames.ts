/** Frames between servers as one with a mistake, or of another time, might send them: valid ones of every kind, and what becomes of them. */

import { AddMember, ChatLine, manifest, SendRequest, SessionData, Typing } from "../../generated/server/index.js";
import { InternalHeader, internal } from "../../generated/server/layouts.js";
import {
  Conflict,
  PushTarget,
  ServerRecord,
  ServerState,
  SessionBind,
  SessionKick,
  SessionPatch,
  SessionState,
} from "../../runtime/bus/cluster-messages.js";
import { ENVELOPE_BYTES, encodeEnvelope, FrameKind, Operation } from "../../runtime/bus/envelope.js";
import { Failure } from "../../wire/control.js";
import { Slab } from "../../wire/slab.js";
import { encoded } from "../abuse/frames.js";
import { type Chance, likeProtobuf, mutated } from "./chance.js";

const kinds = Object.values(FrameKind);
const operations = Object.values(Operation);
const NAMES = ["lobby", "den", "", "constructor", "__proto__", "n".repeat(300)];
const TYPES = ["chat", "connector", "gate", "nobody", "__proto__", ""];
const NO_KIND = 0;
/** Of a session that nobody has. */
const NO_SLOT = 1_000;

export interface LinkFrameOptions {
  readonly chance: Chance;
  /** Incarnation of the server it comes from. */
  readonly from: number;
  /** Of the servers that have real sessions. */
  readonly others: readonly number[];
}

/** A record in the directory of a server that is never given anything. */
export function startingRecord(type: string): Uint8Array {
  const record = {
    ...ServerRecord.create(),
    type,
    number: 99,
    state: ServerState.STARTING,
    // Of another schema, nothing it says would be heard.
    schemaHash: manifest.schemaHash,
    version: manifest.version,
  };
  return encoded(ServerRecord, record);
}

export function linkFrame(options: LinkFrameOptions): Buffer {
  const { chance } = options;
  let frame = valid(options);
  const times = chance.pick([0, 0, 0, 1, 2, 3]);
  for (let count = 0; count < times; count++) frame = mutated(chance, frame, [valid(options), chance.bytes(60)]);
  return harmless(frame, options);
}

function valid({ chance, from, others }: LinkFrameOptions): Buffer {
  const kind = chance.pick(kinds);
  const slab = new Slab(256);
  slab.reserve(ENVELOPE_BYTES);
  slab.length = ENVELOPE_BYTES;
  let link = chance.below(12);
  const append = (bytes: Uint8Array) => {
    slab.reserve(bytes.length);
    slab.bytes.set(bytes, slab.length);
    slab.length += bytes.length;
  };
  let headerBytes = 0;
  const header = (bytes: Uint8Array) => {
    append(bytes);
    headerBytes = bytes.length;
  };
  const target = () =>
    encoded(PushTarget, { type: chance.pick(TYPES), name: chance.pick(NAMES), key: chance.pick(NAMES) });
  switch (kind) {
    case FrameKind.REQUEST:
    case FrameKind.NOTIFY:
      link = chance.once(4) ? link : chance.pick([3, 4]);
      header(internalHeader());
      append(chance.once(2) ? encoded(SendRequest, { target: "*", text: "hi" }) : encoded(Typing, { name: "x" }));
      break;
    case FrameKind.CALL:
      header(internalHeader());
      append(encoded(AddMember, { room: chance.pick(NAMES), name: chance.pick(NAMES) }));
      link = chance.once(4) ? link : 9;
      break;
    case FrameKind.REPLY:
      append(chance.once(2) ? encoded(Failure, { ...Failure.create(), message: "no" }) : likeProtobuf(chance));
      break;
    case FrameKind.OPERATION:
      link = chance.once(8) ? link : chance.pick(operations);
      append(operationBody(chance, link));
      break;
    case FrameKind.SESSION_STATE:
      append(
        encoded(SessionState, {
          version: chance.edge(),
          uid: chance.once(2) ? chance.pick(NAMES) : undefined,
          clientIp: chance.pick(NAMES),
          data: chance.once(4) ? chance.bytes(9) : encoded(SessionData, { room: "lobby", name: "ann" }),
        }),
      );
      break;
    default:
      header(target());
      append(chance.once(2) ? encoded(ChatLine, { ...ChatLine.create(), text: "forged" }) : likeProtobuf(chance));
  }
  const owner = chance.pick([from, from, from, chance.uint32(), ...others]);
  // Mostly of sessions that earlier frames made up, so that later ones find them.
  const slot = chance.once(40) ? chance.edge() : chance.below(3);
  const generation = chance.once(40) ? chance.edge() : 1;
  const correlation = chance.once(2) ? chance.edge() : (1 << 16) | chance.below(300);
  const code = kind === FrameKind.REPLY && chance.once(2) ? chance.edge() & 0xffff : 0;
  encodeEnvelope(slab, 0, kind, code, link, headerBytes, correlation, slot, generation, owner, chance.edge());
  // The flags: bodies of other kinds, with or without the client's own header, of a protocol there may not be.
  if (chance.once(6)) slab.bytes[1] = chance.uint32() & 0xff;
  return Buffer.from(slab.bytes.subarray(0, slab.length));
}

function internalHeader(): Buffer {
  const header = Object.assign(new InternalHeader(), { messageId: 2001, clientIp: "10.0.0.1", sequence: 7 });
  const slab = new Slab(256);
  const size = internal.sizeOf(header);
  slab.length = size;
  internal.encode(header, slab, 0, size);
  return Buffer.from(slab.bytes.subarray(0, size));
}

function operationBody(chance: Chance, operation: number): Buffer {
  const uid = chance.pick(NAMES);
  switch (operation) {
    case Operation.BIND:
    case Operation.CLAIM:
    case Operation.RELEASE:
      return encoded(SessionBind, { uid, conflict: chance.pick(Object.values(Conflict)) });
    case Operation.UPDATE:
      return encoded(SessionPatch, {
        fields: [1, chance.edge()],
        data: encoded(SessionData, { room: chance.pick(NAMES), name: "" }),
      });
    case Operation.KICK:
    case Operation.KICK_USER:
      return encoded(SessionKick, { uid, code: chance.edge(), reason: chance.pick(NAMES) });
    case Operation.MEMBERS:
    case Operation.LOCAL_MEMBERS:
      return encoded(PushTarget, { type: chance.pick(TYPES), name: chance.pick(NAMES), key: "" });
    default:
      return likeProtobuf(chance);
  }
}

/**
 * Servers trust each other to name the sessions they mean: one that names somebody's session by mistake does reach it. So here no frame
 * names a session that another server really has, and none says of a real server that it drains, or what it holds and has heard.
 */
function harmless(frame: Buffer, { from, others }: LinkFrameOptions): Buffer {
  if (frame.length < ENVELOPE_BYTES) return frame;
  const safe = Buffer.from(frame);
  const slot = safe.readUInt32LE(12);
  if (others.includes(safe.readUInt32LE(20)) && slot < NO_SLOT) safe.writeUInt32LE(slot + NO_SLOT, 12);
  // Pushes and operations name a session of the server that they are sent to, whatever its owner says.
  const kind = safe.readUInt8(0);
  const named = kind === FrameKind.OPERATION || kind >= FrameKind.PUSH_SESSION;
  if (named && safe.readUInt32LE(12) < NO_SLOT) safe.writeUInt32LE(safe.readUInt32LE(12) + NO_SLOT, 12);
  const ofItself: readonly number[] = [FrameKind.HOME, FrameKind.MEMBERS_TAKEN];
  const drains = kind === FrameKind.OPERATION && safe.readUInt16LE(4) === Operation.DRAINING;
  if (others.includes(from) && (drains || ofItself.includes(kind))) safe.writeUInt8(NO_KIND, 0);
  // A push to everyone is one to the witness, too.
  if (kind === FrameKind.PUSH_EVERYONE) safe.writeUInt16LE(NO_SLOT, 4);
  return safe;
}
