/**
 * What the schema's functions return: plain data that says what was written and where. The types are strict so that an editor
 * completes and checks a schema; `shape.ts` checks the same at run time, because a schema may also be JavaScript.
 */
import type { ServerKind } from "../model.js";
import type { LayoutDefinition } from "./layout-definition.js";
import type { Definition } from "./site.js";

export type * from "./layout-definition.js";
export type { Definition } from "./site.js";

/** Milliseconds, or a text with a unit: `"250ms"`, `"10s"`, `"2m"`, `"6h"`. */
export type Duration = number | `${number}ms` | `${number}s` | `${number}m` | `${number}h`;

/** Bytes, or a text with a unit: `"512b"`, `"4kb"` (4096 bytes), `"1mb"`. */
export type ByteSize = number | `${number}b` | `${number}kb` | `${number}mb`;

/** One number, or the two parts of a key made by `id(service, messageId)`. */
export type MessageKey = number | readonly [service: number, messageId: number];

// ---- Protocols

export interface HandshakeOptions {
  /** How often a client says that it is there. `"10s"` unless given. */
  readonly heartbeat?: Duration;
  /** Silence after which the server closes. Two and a half heartbeats unless given. */
  readonly timeout?: Duration;
}

export interface HandshakeDefinition extends Definition<"handshake"> {
  readonly options?: HandshakeOptions;
}

/** The message by which a client of somebody else's protocol says that it is there, and the same goes back. */
export interface EchoDefinition extends Definition<"echo"> {
  readonly id: MessageKey;
}

export interface ControlOptions {
  /** How clients say that they are there: `echo(id(7, 0x0701))`. */
  readonly heartbeat?: EchoDefinition;
  /** What a client is told before it is closed: `push(id(1, 0x0107), "IM.Login.IMKickUser")`. */
  readonly kick?: PushDefinition;
  /** The route that a client calls first: `"connector.login.enter"`. It is public. */
  readonly login?: string;
  /** Silence after which the server closes. Never unless given. */
  readonly timeout?: Duration;
}

export interface ControlDefinition extends Definition<"control"> {
  readonly options?: ControlOptions;
}

export interface SequenceOptions {
  /** What pushes carry: the session's push counter (`"count"`), or 0. `"count"` with `handshake()`, 0 without, unless given. */
  readonly push?: "count" | 0;
  /**
   * Whether a request that comes twice runs once and is answered twice. It needs `handshake()` and a sequence of 32 bits, and is true
   * there unless given.
   */
  readonly deduplicate?: boolean;
}

export interface ProtocolOptions {
  /** Header of what a client sends. */
  readonly request: LayoutDefinition;
  /** Header of what a client receives: answers and pushes. */
  readonly response: LayoutDefinition;
  /**
   * How clients of this protocol write bodies: as `protobuf` (unless given), as protobuf's canonical `json`, or not at all: the routes of
   * a `raw` protocol carry `raw()`.
   */
  readonly body?: "protobuf" | "json" | "raw";
  /** The roles of the fields that say which message a frame carries, outermost first. `["messageId"]` unless given. */
  readonly key?: readonly ["messageId"] | readonly ["service", "messageId"] | readonly ["route"];
  /** The messages that keep a connection: our own `handshake()`, what another protocol has in `control()`, or `none()`. */
  readonly control: HandshakeDefinition | ControlDefinition;
  readonly sequence?: SequenceOptions;
}

export interface ProtocolDefinition extends Definition<"protocol"> {
  readonly options: ProtocolOptions;
}

// ---- Routes

/** A token bucket. */
export interface RateOptions {
  readonly perSecond: number;
  /** How many may come at once. What `perSecond` lets through in a second unless given. */
  readonly burst?: number;
}

export interface NotifyRateOptions extends RateOptions {
  /** Over the rate: `answer` with RATE_LIMITED (the default), or `drop` without a word. */
  readonly over?: "answer" | "drop";
}

/** So many per second, minute or hour: `"20/s"`, `"60/m"`, `"100/h"`. */
export type RateText = `${number}/${"s" | "m" | "h"}`;

export interface RenameOptions {
  /** The route's name before it was renamed, so that it keeps its ids: `"chat.room.wave"`. */
  readonly was?: string;
}

export interface HandlerOptions extends RenameOptions {
  /** Whether a session without a uid may call it. False unless given. */
  readonly public?: boolean;
  /** When the caller is answered TIMEOUT and the handler's context dies. `"10s"` unless given. */
  readonly timeout?: Duration;
  /** Bound on the body. 64 KiB unless given, or what the layout's length field can carry if that is less. */
  readonly maxBytes?: ByteSize;
  /**
   * Which requests wait for one another: those of one `session` (the default), those of one session and `route`, or `none`.
   */
  readonly order?: "session" | "route" | "none";
}

/** A field of the response. */
export interface BodyFieldDefinition extends Definition<"bodyField"> {
  readonly field: string;
}

export interface RequestOptions extends HandlerOptions {
  /** The id of the answer, where it differs from the request's. */
  readonly reply?: MessageKey;
  /**
   * In protocols whose responses have no `errorCode`: the field of the body that carries it, `bodyField("result_code")`, or `"silent"`
   * when the client is not told.
   */
  readonly failure?: BodyFieldDefinition | "silent";
  /** How often one session may call it. Unlimited unless given. */
  readonly rate?: RateText | RateOptions;
}

export interface NotifyOptions extends HandlerOptions {
  /** How often one session may send it. Unlimited unless given. */
  readonly rate?: RateText | NotifyRateOptions;
}

export interface PushOptions extends RenameOptions {
  /**
   * When a client does not keep up: `close` its connection (the default), `drop` the push, or keep only the `latest` of each key.
   */
  readonly overflow?: "close" | "drop" | "latest";
}

export interface RemoteOptions extends RenameOptions {
  /** When the caller gets TIMEOUT. `"10s"` unless given. */
  readonly timeout?: Duration;
}

/** Bytes as they are, where a message would stand. */
export interface RawDefinition extends Definition<"raw"> {}

/** The full name of a message, or `raw()`. */
export type BodyType = string | RawDefinition;

export interface RequestDefinition extends Definition<"request"> {
  readonly id: MessageKey;
  readonly request: BodyType;
  readonly response: BodyType;
  readonly options?: RequestOptions;
}

export interface NotifyDefinition extends Definition<"notify"> {
  readonly id: MessageKey;
  readonly message: BodyType;
  readonly options?: NotifyOptions;
}

export interface PushDefinition extends Definition<"push"> {
  readonly id: MessageKey;
  readonly message: BodyType;
  readonly options?: PushOptions;
}

export interface RemoteDefinition extends Definition<"rpc"> {
  readonly request: BodyType;
  readonly response: BodyType;
  readonly options?: RemoteOptions;
}

export type HandlerDefinition = RequestDefinition | NotifyDefinition;
export type RouteDefinition = HandlerDefinition | PushDefinition | RemoteDefinition;

// ---- Schedules

export interface ScheduleOptions {
  /** Which servers of the type: `one` of them all (unless given), or `each`. */
  readonly on?: "one" | "each";
  /** When it is due, and the run before has not finished: `skip` (unless given), or run it behind that one: `queue`, which holds one. */
  readonly overlap?: "skip" | "queue";
  /** When a run's context dies. `"1m"` unless given. */
  readonly timeout?: Duration;
}

export interface CronOptions extends ScheduleOptions {
  /** Whose clock: `"Europe/Berlin"`. `"UTC"` unless given. */
  readonly timezone?: string;
}

export interface EveryDefinition extends Definition<"every"> {
  readonly interval: Duration;
  readonly options?: ScheduleOptions;
}

export interface CronDefinition extends Definition<"cron"> {
  readonly expression: string;
  readonly options?: CronOptions;
}

export type ScheduleDefinition = EveryDefinition | CronDefinition;

// ---- Server types

/** A rule by which a backend of a type is found. */
export interface RoutingDefinition<Rule extends string = string> extends Definition<"routing"> {
  readonly rule: Rule;
  readonly field?: string;
  readonly options?: never;
}

/** A rule by which a gate picks a connector. */
export interface ChoiceDefinition<Rule extends string = string> extends Definition<"routing"> {
  readonly rule: Rule;
  readonly options?: ChoiceOptions;
}

export interface ChoiceOptions {
  /** The connector type to choose from. Needed when the schema has several. */
  readonly of?: string;
}

export type RoutingRuleDefinition =
  | RoutingDefinition<"uid" | "sessionData" | "messageField" | "server">
  | RoutingDefinition<"leastLoaded" | "roundRobin">;

export type ChoiceRuleDefinition = ChoiceDefinition<"hash" | "leastLoaded" | "roundRobin">;

export type Groups<T> = Readonly<Record<string, Readonly<Record<string, T>>>>;

export interface ServerOptions {
  /** The number that stands for this type in headers: 1 to 65535, unique. */
  readonly typeId: number;
  /** What clients may call, by group and method. A group is one class in `app/<type>/<group>.ts`. */
  readonly handlers?: Groups<HandlerDefinition>;
  /** What this type tells clients, by name. */
  readonly pushes?: Readonly<Record<string, PushDefinition>>;
  /** What other servers may call, by group and method. */
  readonly remotes?: Groups<RemoteDefinition>;
  /** What its servers do by the clock, by group and method. */
  readonly schedules?: Groups<ScheduleDefinition>;
}

export interface GateOptions extends ServerOptions {
  /** How a connector is chosen for a client. `leastLoaded()` unless given. */
  readonly choose?: ChoiceRuleDefinition;
}

export interface ConnectorOptions extends ServerOptions {}

export interface BackendOptions extends ServerOptions {
  /** How the server for a session's request is found. Needed as soon as clients may call this type. */
  readonly routeBy?: RoutingRuleDefinition;
}

export interface ServerDefinition extends Definition<"server"> {
  readonly kind: ServerKind;
  readonly name: string;
  readonly options: GateOptions | ConnectorOptions | BackendOptions;
}

// ---- The schema

export interface SchemaOptions {
  /** The application's name; generated clients carry it. */
  readonly name: string;
  /** Counts up with every change that clients can notice. */
  readonly version: number;
  /** Clients of an older version are refused. 1 unless given. */
  readonly oldestClient?: number;
  /** The `.proto` files, relative to the schema's folder: `"./messages/*.proto"`, or with `**` for nested folders. */
  readonly protos: string;
  readonly protocols: Readonly<Record<string, ProtocolDefinition>>;
  /** The header between servers. It needs no role: what the runtime must know there travels in an envelope of its own. */
  readonly internal: LayoutDefinition;
  /**
   * What becomes of fields that a message does not declare: they are skipped (unless given), or kept when it is decoded, and encoded
   * again behind the others. `"keep"`, or a list of the messages that do, by their full names.
   */
  readonly unknownFields?: "skip" | "keep" | readonly string[];
  /** Full name of the message that holds a session's data. */
  readonly session?: string;
  readonly servers: readonly ServerDefinition[];
  /** Error codes of the application: 1000 to 65535. */
  readonly errors?: Readonly<Record<string, number>>;
  /**
   * Numbers that must stay free: other programs use them, or clients from before this schema. Those of routes that are gone are
   * remembered by the lock file.
   */
  readonly reserved?: ReservedNumbers;
}

export interface ReservedNumbers {
  /** `[2005, { from: 2100, to: 2199 }]`, in both directions. */
  readonly messageIds?: readonly (MessageKey | KeyRange)[];
  /** Codes of the application's errors. */
  readonly errors?: readonly number[];
}

/** Both ends belong to it. In a key of two parts the first is the same. */
export interface KeyRange {
  readonly from: MessageKey;
  readonly to: MessageKey;
}

export interface SchemaDefinition extends Definition<"schema"> {
  readonly options: SchemaOptions;
}
