/**
 * The one contract between generated code and the runtime: what `generated/server/manifest.ts` exports. Plain tables and codecs;
 * the runtime knows nothing else of a schema.
 */
import type { Slab } from "../wire/slab.js";

export interface Manifest {
  readonly name: string;
  readonly version: number;
  readonly oldestClient: number;
  /** 16 hexadecimal digits. */
  readonly schemaHash: string;
  /** Hashes this schema is compatible with; the first is its own. */
  readonly lineage: readonly string[];
  readonly protocols: readonly ProtocolEntry[];
  readonly internal: LayoutCodec<InternalHeader>;
  /** Null when the schema has no session data. */
  readonly session: SessionCodec | null;
  readonly servers: readonly ServerTypeEntry[];
  /** Handlers, in the schema's order. */
  readonly handlers: readonly HandlerEntry[];
  readonly remotes: readonly RemoteEntry[];
  readonly pushes: readonly PushEntry[];
  /** The application's error codes by name. */
  readonly errors: Readonly<Record<string, number>>;
}

export interface ProtocolEntry {
  readonly name: string;
  readonly request: LayoutCodec<RequestHeader>;
  readonly response: LayoutCodec<ResponseHeader>;
  /** Milliseconds. */
  readonly heartbeat: number;
  readonly timeout: number;
  /** The id of Hello and Welcome; the other control messages count down from it (`wire/control-id.ts`). */
  readonly controlId: number;
}

// ---- Headers

/**
 * What every header object has. One generated class a layout; a codec fills and reads the same instance again and again.
 * A property whose role the layout lacks exists all the same, and stays 0.
 */
export interface Header {
  /** Set by `decode`: where the body begins and ends in the slab. The next frame, if any, begins at `bodyEnd`. */
  bodyStart: number;
  bodyEnd: number;
}

export interface RequestHeader extends Header {
  sequence: number;
  messageId: number;
  serverType: number;
  timestampHigh: number;
  timestampLow: number;
  compressed: number;
  encrypted: number;
}

export interface ResponseHeader extends RequestHeader {
  errorCode: number;
}

export interface InternalHeader extends ResponseHeader {
  /** Instance numbers of the sending and the receiving server. */
  source: number;
  target: number;
  userIdHigh: number;
  userIdLow: number;
  roleIdHigh: number;
  roleIdLow: number;
  clientIp: string;
}

export interface LayoutCodec<H extends Header> {
  /** Bytes of the header when it has no variable part; its least size otherwise. */
  readonly size: number;
  /** Byte width of the sequence field: 0, 1, 2, 3 or 4. */
  readonly sequenceBytes: number;
  /** A header with every field zero or empty. */
  create(): H;
  /** Bytes that `encode` will write for this header. */
  sizeOf(header: H): number;
  /**
   * Writes the header at `start`. The body must already stand from `start + sizeOf(header)` to `end`, and the slab must reach that far:
   * length and checksum are computed here. Does not touch `slab.length`.
   */
  encode(header: H, slab: Slab, start: number, end: number): void;
  /**
   * Reads a header from `start`, never past `end`. Returns `ErrorCode.OK`, or BAD_FRAME or BAD_CHECKSUM.
   * After BAD_CHECKSUM all fields are set; after BAD_FRAME those before the fault. A layout without a length takes all bytes to `end` as body.
   */
  decode(header: H, slab: Slab, start: number, end: number): number;
}

// ---- Bodies

export interface BodyCodec<T> {
  /** Full name of the message. */
  readonly name: string;
  /** Appends the message at `slab.length`. If it throws (a value of the wrong type), `slab.length` is as before. */
  encode(message: T, slab: Slab): void;
  /** Reads the message between two offsets. Throws `BodyError` (`wire/body-error.ts`) and nothing else. */
  decode(slab: Slab, start: number, end: number): T;
  /** A message with every field at its default. */
  create(): T;
}

/** A message whose type the runtime does not know. */
// biome-ignore lint/suspicious/noExplicitAny: tables hold codecs of every message; their generated users are typed.
export type AnyBodyCodec = BodyCodec<any>;

export interface SessionCodec {
  readonly body: AnyBodyCodec;
  /** Field names and their numbers in the message. */
  readonly fields: Readonly<Record<string, number>>;
}

// ---- Server types and routes

export interface ServerTypeEntry {
  readonly name: string;
  readonly kind: "gate" | "connector" | "backend";
  readonly typeId: number;
  readonly routeBy: RoutingEntry | null;
  readonly choose: "hash" | "leastLoaded" | "roundRobin" | null;
  /** The groups an application must implement. */
  readonly groups: readonly string[];
}

export type RoutingEntry =
  | { readonly kind: "uid" }
  | { readonly kind: "sessionData"; readonly field: string }
  | { readonly kind: "server"; readonly field: string }
  | { readonly kind: "messageField"; readonly field: string }
  | { readonly kind: "leastLoaded" }
  | { readonly kind: "roundRobin" };

export interface HandlerEntry {
  readonly kind: "request" | "notify";
  readonly route: string;
  readonly serverType: string;
  readonly group: string;
  readonly method: string;
  /** The key as one number: the message id, or `service << 16 | messageId`. */
  readonly messageId: number;
  readonly linkId: number;
  readonly request: AnyBodyCodec;
  /** Null for a notify. */
  readonly response: AnyBodyCodec | null;
  readonly public: boolean;
  /** Milliseconds. */
  readonly timeout: number;
  readonly rate: { readonly perSecond: number; readonly burst: number; readonly over: "answer" | "drop" } | null;
  /** Bytes. */
  readonly maxBytes: number;
  readonly order: "session" | "route" | "none";
  /**
   * For `messageField` routing: finds the field's canonical wire bytes in an encoded body without decoding it. Sets `key.start` and
   * `key.end`, both 0 when the field is absent or empty. Null for every other rule.
   */
  readonly scanKey: ScanKey | null;
}

export type ScanKey = (slab: Slab, start: number, end: number, key: { start: number; end: number }) => void;

export interface RemoteEntry {
  readonly route: string;
  readonly serverType: string;
  readonly group: string;
  readonly method: string;
  readonly linkId: number;
  readonly request: AnyBodyCodec;
  readonly response: AnyBodyCodec;
  readonly timeout: number;
  readonly scanKey: ScanKey | null;
}

export interface PushEntry {
  /** `<serverType>.<name>` */
  readonly route: string;
  readonly serverType: string;
  readonly name: string;
  readonly messageId: number;
  readonly linkId: number;
  readonly message: AnyBodyCodec;
  readonly overflow: "close" | "drop" | "latest";
}
