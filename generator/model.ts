/**
 * The schema after loading and resolving: complete, immutable, plain data that survives JSON. Every rule and every emitter
 * reads this and nothing else. No logic lives here.
 */

import type { ProtoFile } from "./body-model.js";
import type { Layout, Protocol } from "./layout-model.js";
import type { Lock } from "./lock-model.js";
import type { Position } from "./position.js";

export * from "./body-model.js";
export type * from "./layout-model.js";
export type * from "./lock-model.js";
export type { Position } from "./position.js";

export interface Model {
  readonly name: string;
  readonly version: number;
  /** The oldest schema version whose clients are let in. At most `version`. */
  readonly oldestClient: number;
  /** 16 hexadecimal digits: the first 8 bytes of SHA-256 over the canonical JSON of the wire and route facts. */
  readonly schemaHash: string;
  readonly protocols: readonly Protocol[];
  readonly internal: Layout;
  /** Full name of the message that holds a session's typed data; null when the schema declares none. */
  readonly session: string | null;
  readonly servers: readonly ServerType[];
  readonly errors: readonly ErrorDefinition[];
  readonly protoFiles: readonly ProtoFile[];
  readonly lock: Lock;
  readonly position: Position;
}

// ---- Server types and routes

export type ServerKind = "gate" | "connector" | "backend";

export interface ServerType {
  readonly name: string;
  readonly kind: ServerKind;
  /** The number that stands for the type in headers; unique, 1 to 65535. */
  readonly typeId: number;
  /** How a client's request or a remote call finds its server; null for frontends, and for backends that need none. */
  readonly routeBy: RoutingRule | null;
  /** Gates only: how a connector is chosen for a client. */
  readonly choose: "hash" | "leastLoaded" | "roundRobin" | null;
  /** Gates only: the connector type it chooses from. */
  readonly connectorType: string | null;
  readonly groups: readonly Group[];
  readonly pushes: readonly Push[];
  readonly doc: string;
  readonly position: Position;
}

/** The handlers, remotes and schedules that one user class implements: `app/<serverType>/<group>.ts`. */
export interface Group {
  readonly name: string;
  readonly handlers: readonly Handler[];
  readonly remotes: readonly Remote[];
  readonly schedules: readonly Schedule[];
}

/** Code that answers a client's route. */
export interface Handler {
  readonly kind: "request" | "notify";
  /** `<serverType>.<group>.<method>` */
  readonly route: string;
  readonly method: string;
  /** One number for each part of a protocol's key. */
  readonly messageId: readonly number[];
  /** The answer's; the request's own unless the schema says otherwise. */
  readonly replyId: readonly number[];
  /**
   * In protocols without a field for it: what of the response carries an error's code. `silent`: the client is not told. Null when
   * the schema does not say.
   */
  readonly failure: { readonly field: string; readonly position: Position } | "silent" | null;
  /** Never changes and never means another route: the route's number between servers, from the lock file. */
  readonly linkId: number;
  /** Full names of messages, or `RAW_BODY`. `response` is null for a notify. */
  readonly request: string;
  readonly response: string | null;
  readonly public: boolean;
  /** Milliseconds until the caller is answered TIMEOUT. */
  readonly timeout: number;
  readonly rate: Rate | null;
  /** Bound on the body's length in bytes. */
  readonly maxBytes: number;
  readonly order: "session" | "route" | "none";
  readonly doc: string;
  readonly position: Position;
}

/** A token bucket per session and route. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
  /** What happens over the rate: an answer RATE_LIMITED, or nothing at all (notifies only). */
  readonly over: "answer" | "drop";
}

export interface Remote {
  /** `<serverType>.<group>.<method>` */
  readonly route: string;
  readonly method: string;
  readonly linkId: number;
  readonly request: string;
  readonly response: string;
  readonly timeout: number;
  readonly doc: string;
  readonly position: Position;
}

/** Code that runs by the clock. No client and no other server sees it. */
export interface Schedule {
  /** `<serverType>.<group>.<method>` */
  readonly name: string;
  readonly method: string;
  readonly when: ScheduleTimes;
  /** On one server of all that are ready, or on each. */
  readonly on: "one" | "each";
  /** What becomes of it when the run before has not finished. */
  readonly overlap: "skip" | "queue";
  /** Milliseconds until a run's context dies. */
  readonly timeout: number;
  readonly doc: string;
  readonly position: Position;
}

export type ScheduleTimes =
  /** Milliseconds. */
  | { readonly kind: "every"; readonly interval: number }
  | { readonly kind: "cron"; readonly expression: string; readonly timezone: string };

export interface Push {
  /** `<serverType>.<name>` */
  readonly route: string;
  readonly name: string;
  readonly messageId: readonly number[];
  readonly linkId: number;
  readonly message: string;
  readonly overflow: "close" | "drop" | "latest";
  readonly doc: string;
  readonly position: Position;
}

export type RoutingRule =
  | { readonly kind: "uid"; readonly position: Position }
  | { readonly kind: "sessionData"; readonly field: string; readonly position: Position }
  | { readonly kind: "messageField"; readonly field: string; readonly position: Position }
  /** The session's field holds a server's id; never rehashed. */
  | { readonly kind: "server"; readonly field: string; readonly position: Position }
  | { readonly kind: "leastLoaded"; readonly position: Position }
  | { readonly kind: "roundRobin"; readonly position: Position };

export interface ErrorDefinition {
  readonly name: string;
  /** 1000 to 65535. */
  readonly code: number;
  readonly doc: string;
  readonly position: Position;
}

// ---- Diagnostics

/** One problem in a schema. Printers turn it into text, JSON or annotations. */
export interface Diagnostic {
  readonly rule: string;
  readonly message: string;
  /** What to do about it. */
  readonly hint: string | null;
  readonly position: Position;
  /** What it breaks, when it is a difference to a previous schema. */
  readonly level?: "wire" | "route" | "source";
  /** Whether clients notice; false when it is between servers alone. */
  readonly clients?: boolean;
  /** Where it stood in the previous schema, as far as that is known. */
  readonly previous?: Position;
}
