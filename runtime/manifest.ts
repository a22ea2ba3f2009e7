/**
 * The one contract between generated code and the runtime: what `generated/server/manifest.ts` exports. Plain tables and codecs;
 * the runtime knows nothing else of a schema.
 */
import type { AnyBodyCodec, ScanKey } from "../wire/body-codec.js";
import type { InternalHeader, LayoutCodec, RequestHeader, ResponseHeader } from "../wire/layout-codec.js";

export type { AnyBodyCodec, BodyCodec, ScanKey } from "../wire/body-codec.js";
export type { Header, InternalHeader, LayoutCodec, RequestHeader, ResponseHeader } from "../wire/layout-codec.js";

export interface Manifest {
  readonly name: string;
  readonly version: number;
  readonly oldestClient: number;
  /** 16 hexadecimal digits. */
  readonly schemaHash: string;
  /** Schemas that this one understands, newest first; the first is its own. */
  readonly lineage: readonly string[];
  /** Schemas whose clients alone are understood: what changed since is between servers. */
  readonly clientLineage: readonly string[];
  readonly protocols: readonly ProtocolEntry[];
  readonly internal: LayoutCodec<InternalHeader>;
  /** Null when the schema has no session data. */
  readonly session: SessionCodec | null;
  readonly servers: readonly ServerTypeEntry[];
  /** Handlers, in the schema's order. */
  readonly handlers: readonly HandlerEntry[];
  readonly remotes: readonly RemoteEntry[];
  readonly pushes: readonly PushEntry[];
  readonly schedules: readonly ScheduleEntry[];
  /** The application's error codes by name. */
  readonly errors: Readonly<Record<string, number>>;
}

export interface ProtocolEntry {
  readonly name: string;
  readonly request: LayoutCodec<RequestHeader>;
  readonly response: LayoutCodec<ResponseHeader>;
  /** How clients of this protocol write bodies. A `raw` protocol has no routes but those whose bodies are `raw()`. */
  readonly body: "protobuf" | "json" | "raw";
  /**
   * What tells messages apart: the header's `messageId`, the `pair` of `service` and `messageId` (as one number,
   * `service * 65536 + messageId`), or the `route` by name, with `messageId` as its code where the name is empty.
   */
  readonly key: "id" | "pair" | "route";
  /** The numbers that the role `kind` has; null when the layouts have no such field. */
  readonly kinds: MessageKinds | null;
  readonly control: HandshakeEntry | ForeignControlEntry;
  readonly sequence: {
    /** What pushes carry: the session's push counter, or 0. */
    readonly push: "count" | 0;
    /** Whether a request that comes twice runs once and is answered twice. */
    readonly deduplicate: boolean;
  };
}

export interface MessageKinds {
  readonly request: number;
  readonly notify: number;
  readonly response: number;
  readonly push: number;
}

/** Gatesmith's own control messages. */
export interface HandshakeEntry {
  readonly kind: "handshake";
  /** Milliseconds. */
  readonly heartbeat: number;
  readonly timeout: number;
  /** The id of Hello and Welcome; the other control messages count down from it (`wire/control-id.ts`). */
  readonly controlId: number;
}

/** What a protocol that is not ours has instead. Message ids are keys as one number. */
export interface ForeignControlEntry {
  readonly kind: "foreign";
  /** Milliseconds of silence after which a client is closed; 0 for never. */
  readonly timeout: number;
  /** The message by which a client says that it is there, answered by the same. */
  readonly heartbeat: { readonly messageId: number; readonly reply: "echo" } | null;
  /** The message that tells a client why it is closed. */
  readonly kick: { readonly messageId: number; readonly message: AnyBodyCodec } | null;
  /** The route that a client calls first. */
  readonly login: string | null;
}

// ---- Bodies

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
  /** Gates only: the connector type it chooses from. */
  readonly connectorType: string | null;
  /** The groups an application must implement. */
  readonly groups: readonly string[];
}

export type RoutingEntry =
  | { readonly kind: "uid" }
  /** `scanKey` finds the field's canonical bytes in the encoded session data. */
  | { readonly kind: "sessionData"; readonly field: string; readonly scanKey: ScanKey }
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
  /** The key as one number: the message id, or `service * 65536 + messageId`. */
  readonly messageId: number;
  /** The key of the answer: `messageId` unless the schema gives it one of its own. */
  readonly replyId: number;
  /** The property of the response that carries an error's code, in protocols without a field for it; null when there is none. */
  readonly failureField: string | null;
  readonly linkId: number;
  /** The schema version it began in: servers of an older one do not have it. */
  readonly since: number;
  readonly request: AnyBodyCodec;
  /** Null for a notify. */
  readonly response: AnyBodyCodec | null;
  /** The same for clients of a protocol whose bodies are JSON; null when the schema has none. */
  readonly json: JsonEntry | null;
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

/** A handler's bodies as JSON. Between servers bodies are protobuf, or `raw()`: remotes have none of this. */
export interface JsonEntry {
  readonly request: AnyBodyCodec;
  /** Null for a notify. */
  readonly response: AnyBodyCodec | null;
  /**
   * As the handler's, for a body in JSON. The key's bytes are those of the protobuf body, written into the slab behind `end` and
   * behind `slab.length`: whatever a client speaks, the same key finds the same server.
   */
  readonly scanKey: ScanKey | null;
}

export interface RemoteEntry {
  readonly route: string;
  readonly serverType: string;
  readonly group: string;
  readonly method: string;
  readonly linkId: number;
  /** The schema version it began in: servers of an older one do not have it. */
  readonly since: number;
  readonly request: AnyBodyCodec;
  readonly response: AnyBodyCodec;
  readonly timeout: number;
  readonly scanKey: ScanKey | null;
}

export interface ScheduleEntry {
  /** `<serverType>.<group>.<method>` */
  readonly name: string;
  readonly serverType: string;
  readonly group: string;
  readonly method: string;
  /** The schema version it began in: servers of an older one do not have it. */
  readonly since: number;
  readonly when: ScheduleTimes;
  /** On one server of all that are ready, or on each. */
  readonly on: "one" | "each";
  /** What becomes of it when the run before has not finished. */
  readonly overlap: "skip" | "queue";
  /** Milliseconds until a run's context dies. */
  readonly timeout: number;
}

export type ScheduleTimes =
  /** Milliseconds. */
  | { readonly kind: "every"; readonly interval: number }
  | { readonly kind: "cron"; readonly expression: string; readonly timezone: string };

export interface PushEntry {
  /** `<serverType>.<name>` */
  readonly route: string;
  readonly serverType: string;
  readonly name: string;
  readonly messageId: number;
  readonly linkId: number;
  readonly message: AnyBodyCodec;
  /** The same for clients of a protocol whose bodies are JSON; null when the schema has none. */
  readonly json: AnyBodyCodec | null;
  readonly overflow: "close" | "drop" | "latest";
}
