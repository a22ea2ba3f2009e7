/**
 * The fixed envelope at the front of every frame between servers, 28 bytes, little-endian. The user's internal header follows it on
 * frames that belong to a route, and the body follows that.
 *
 *   0 u8 kind   1 u8 flags   2 u16 code   4 u16 linkId   6 u16 headerBytes   8 u32 correlation
 *   12 u32 slot   16 u32 generation   20 u32 owner   24 u32 remaining
 */
import type { Slab } from "../../wire/slab.js";

export const ENVELOPE_BYTES = 28;

export const FrameKind = {
  /** Connector to backend: a client's request. */
  REQUEST: 1,
  /** Connector to backend: a client's notify. */
  NOTIFY: 2,
  /** The answer to a REQUEST or a CALL. `code` other than 0: the body is a Failure. */
  REPLY: 3,
  /** Server to server: a remote. `generation` 0: called for no session. */
  CALL: 4,
  /** Server to server: one of the runtime's own questions; `linkId` is an `Operation`. Answered by REPLY. */
  OPERATION: 5,
  /** Connector to backend, ahead of the frame that depends on it: a session's uid and data. Body: SessionState. */
  SESSION_STATE: 6,
  /** To a connector: push to one session. */
  PUSH_SESSION: 8,
  // To a home: `remaining` is who sent it first, `correlation` its number there. See `cluster/frame-order.ts`.

  /** To a uid's home, which forwards it as PUSH_SESSION. Header: PushTarget. */
  PUSH_USER: 9,
  /** To a channel's home, which forwards it as PUSH_MEMBERS. Header: PushTarget. */
  PUSH_CHANNEL: 10,
  /** To a connector: push to its sessions in a channel. Header: PushTarget. */
  PUSH_MEMBERS: 11,
  /** To a connector: push to all its sessions. */
  PUSH_EVERYONE: 12,
  /** To a channel's home, which forwards it to the session's connector. Header: PushTarget. */
  CHANNEL_JOIN: 13,
  CHANNEL_LEAVE: 14,
  /** From a channel's home to a connector. `correlation` counts them, between the two; `remaining` has asked. `code` 1: it comes late. */
  MEMBER_JOIN: 15,
  MEMBER_LEAVE: 16,
  /** From a connector to a channel's home: the last of its members left. `correlation`: how many MEMBER_JOINs and MEMBERS_HEREs there were. */
  MEMBERS_GONE: 17,
  /** From a connector to a channel's new home: it has members. */
  MEMBERS_HERE: 18,
  /** Between homes, and between them and frontends; `code` is a `HomeWord`, `correlation` its number. See `cluster/home-barrier.ts`. */
  HOME: 20,
  /** From a frontend to a uid's home: a session of it has the uid. `code` 1: and may share it. Header: PushTarget. */
  USER_HERE: 21,
  /** From a frontend to a server that is no more the uid's home. Header: PushTarget. */
  USER_GONE: 22,
  /** From a frontend to a channel's home: it has taken its joins and leaves, up to the one with the number in `correlation`. */
  MEMBERS_TAKEN: 23,
  /** From a connector to whoever asked for a join or leave, whose kind is `code`: it is taken. Header: PushTarget. */
  CHANGE_TAKEN: 24,
  /** From a backend to a session's connector: it learned of the session from elsewhere, and wants to hear of its end. */
  SESSION_USE: 19,
} as const;

/** What `flags` of REQUEST and NOTIFY say; the client's protocol is `flags >> PROTOCOL_SHIFT`. */
export const RequestFlag = {
  /** The body is JSON. */
  JSON: 1,
  /** The client's whole frame follows the internal header, for fields of its header; its body begins `code` bytes into it. */
  CLIENT_FRAME: 2,
} as const;

/** A frame for a home counts in `flags` the servers it went to before, which are its home no more. Beyond these it is lost. */
export const MOST_HOPS = 8;
/** What else such a frame's `flags` say: it has waited somewhere for its home to know enough. */
export const HELD_FLAG = 0x80;

export const hopsOf = (flags: number): number => flags & ~HELD_FLAG;

export const PROTOCOL_SHIFT = 2;

/** Sets the flags of an envelope that `encodeEnvelope` has written at `start`. */
export function flagEnvelope(slab: Slab, start: number, flags: number): void {
  slab.view.setUint8(start + 1, flags);
}

/** The runtime's own questions between servers. */
export const Operation = {
  /** Backend to connector. Body: SessionBind. */
  BIND: 1,
  UNBIND: 2,
  /** Backend to connector. Body: SessionPatch. */
  UPDATE: 3,
  /** Backend to connector. Body: SessionKick. */
  KICK: 4,
  /** Connector to backend: the session is over. Answered when the backend's bookkeeping has seen it. */
  CLOSED: 5,
  /** Connector to a uid's home. Body: SessionBind. */
  CLAIM: 6,
  /** Connector to a uid's home. Body: SessionBind. */
  RELEASE: 7,
  /** Anyone to a uid's home. Body: SessionKick; answered with Reach. */
  KICK_USER: 8,
  /** Anyone to a channel's home. Body: PushTarget; answered with ChannelMembers. */
  MEMBERS: 9,
  /** A channel's home to a connector. Body: PushTarget; answered with ChannelMembers. */
  LOCAL_MEMBERS: 10,
  /** Of everybody: whoever asks takes no new work. Answered when nothing new follows. */
  DRAINING: 20,
  /** Of a frontend: how many of its sessions name whoever asks as their server. Answered with Reach. */
  PINNED: 21,
  /** Connector to backend: answered when nothing of the session runs or waits there. */
  SETTLED: 22,

  // From here on asked by administrators, and by nobody else; see `operate/administrator.ts`.
  /** Of a server. Answered with ServerStatus. */
  STATUS: 64,
  /** Of a server. Answered before it begins; it has left when it is done. */
  DRAIN: 65,
  /** Of a server. Answered before it begins. */
  STOP: 66,
  /** Of a connector: pushes to its sessions. Body: Broadcast; answered with Reach. */
  BROADCAST: 67,
  /** Of any server: ends a user's sessions, by way of the uid's home. Body: SessionKick; answered with Reach. */
  KICK_EVERYWHERE: 68,
  /** Of a supervisor: starts one more server. Body: AddServer; answered with ServerAdded before the server is ready. */
  ADD: 69,
} as const;

/** Whether an operation is for administrators. */
export const isAdministration = (operation: number): boolean => operation >= Operation.STATUS;

/** One decoded envelope; a server has one, and fills it again for every frame. */
export class Envelope {
  kind = 0;
  flags = 0;
  /** REPLY: an error code, or 0. REQUEST and NOTIFY: see `RequestFlag.CLIENT_FRAME`. */
  code = 0;
  /** The route's number between servers. */
  linkId = 0;
  /** Bytes between the envelope and the body. */
  headerBytes = 0;
  correlation = 0;
  /** The session the frame is about: its slot and generation at its owner. Generation 0 is no session. */
  slot = 0;
  generation = 0;
  /** Incarnation of the connector that owns the session. */
  owner = 0;
  /** Milliseconds until the deadline. */
  remaining = 0;

  /** Reads the envelope at `start`. False: the frame is shorter than an envelope, or than it says. */
  decode(slab: Slab, start: number, end: number): boolean {
    if (end - start < ENVELOPE_BYTES) return false;
    const view = slab.view;
    this.kind = view.getUint8(start);
    this.flags = view.getUint8(start + 1);
    this.code = view.getUint16(start + 2, true);
    this.linkId = view.getUint16(start + 4, true);
    this.headerBytes = view.getUint16(start + 6, true);
    this.correlation = view.getUint32(start + 8, true);
    this.slot = view.getUint32(start + 12, true);
    this.generation = view.getUint32(start + 16, true);
    this.owner = view.getUint32(start + 20, true);
    this.remaining = view.getUint32(start + 24, true);
    return start + ENVELOPE_BYTES + this.headerBytes <= end;
  }
}

/** Writes an envelope at `start`; the slab must reach `start + ENVELOPE_BYTES`. */
export function encodeEnvelope(
  slab: Slab,
  start: number,
  kind: number,
  code: number,
  linkId: number,
  headerBytes: number,
  correlation: number,
  slot: number,
  generation: number,
  owner: number,
  remaining: number,
): void {
  const view = slab.view;
  view.setUint8(start, kind);
  view.setUint8(start + 1, 0);
  view.setUint16(start + 2, code, true);
  view.setUint16(start + 4, linkId, true);
  view.setUint16(start + 6, headerBytes, true);
  view.setUint32(start + 8, correlation, true);
  view.setUint32(start + 12, slot, true);
  view.setUint32(start + 16, generation, true);
  view.setUint32(start + 20, owner, true);
  view.setUint32(start + 24, remaining, true);
}
