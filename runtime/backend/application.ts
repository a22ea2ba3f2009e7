/** What an application consists of, as types: the runtime's side of what generated code exports with the schema's own types. */
import type { Logger } from "pino";
import type { Timing } from "../../wire/timing.js";
import type { Failure } from "../failure.js";
import type { Manifest } from "../manifest.js";
import type { Session } from "../session/session.js";

// ---- Contexts

interface RouteContextBase {
  /** `chat.room.send` */
  readonly route: string;
  /** Aborts at the deadline, and when the session ends. */
  readonly signal: AbortSignal;
  /** Milliseconds until the deadline; 0 afterwards. */
  readonly remaining: number;
}

/** What a handler is given beside the message. Using it after its deadline throws CONTEXT_EXPIRED. */
export interface HandlerContext<Data, Header = Record<never, never>, Reply = Record<never, never>>
  extends RouteContextBase {
  readonly session: Session<Data>;
  /** The request's sequence number, as the client sent it. */
  readonly sequence: number;
  /** The application's own fields of the client's header. A field that the client's protocol lacks is not there. */
  readonly header: Header;
  /** The answer's: what is set here before the handler is done reaches the client, where its protocol has the field. */
  readonly reply: Reply;
}

/** What a remote is given. `session` is the one the caller named, if any. */
export interface RemoteContext<Data> extends RouteContextBase {
  readonly session: Session<Data> | null;
  /** Id of the calling server. */
  readonly caller: string;
}

/** What a run of a schedule is given. */
export interface ScheduleContext {
  /** `chat.room.sweep` */
  readonly schedule: string;
  /** When it was due, in milliseconds since 1970. The run may have begun a little later, or behind the run before. */
  readonly scheduledAt: number;
  /** Aborts at the deadline, and when the server has to stop. */
  readonly signal: AbortSignal;
  /** Milliseconds until the deadline; 0 afterwards. */
  readonly remaining: number;
}

export type AnyContext<Data> = HandlerContext<Data> | RemoteContext<Data>;

// ---- What a server offers its application

export interface Server<Data, Pushes, Rpc> {
  /** `chat-2` */
  readonly id: string;
  /** `chat` */
  readonly type: string;
  /** Instance number within the type, from 1. */
  readonly number: number;
  readonly log: Logger;
  readonly timing: Timing;
  /** Sends this type's pushes. */
  readonly push: Pushes;
  /** Calls remotes of other servers, or of this one. */
  readonly rpc: Rpc;
  /** A channel of this server type. Nothing is created until somebody joins. */
  channel(name: string): Channel<Data>;
  /** Ends every session of a user, wherever it is. */
  kickUser(uid: string, reason?: string): Promise<void>;
  /** The live servers, by this server's view. */
  servers(type?: string): readonly ServerInfo[];
  /** Throws NOT_IMPLEMENTED; what a generated stub does until it is filled in. */
  notImplemented(route: string): never;
}

export type BackendServer<Data, Pushes, Rpc> = Server<Data, Pushes, Rpc>;
export type ConnectorServer<Data, Pushes, Rpc> = Server<Data, Pushes, Rpc>;

export interface GateServer<Data, Pushes, Rpc> extends Server<Data, Pushes, Rpc> {
  /**
   * Chooses a connector by the schema's rule, and gives its preferred address, or the one at which it speaks `protocol`. Throws
   * NO_SERVER when none is ready or the chosen one does not speak it.
   */
  choose(uid: string, protocol?: string): Endpoint;
}

/** Where a client connects. */
export interface Endpoint {
  /** `ws://host:port/` */
  readonly url: string;
  /** `connector-1` */
  readonly server: string;
}

export interface ServerInfo {
  readonly id: string;
  readonly type: string;
  readonly state: "starting" | "ready" | "draining";
  /** Sessions on a frontend, requests in progress on a backend, as last announced. */
  readonly load: number;
}

export interface PushSender<Message, Data> {
  /** To one session. */
  toSession(session: Session<Data>, message: Message, options?: PushOptions): void;
  /** To every session of a user. */
  toUser(uid: string, message: Message, options?: PushOptions): void;
  /** To every session in a channel of this server type. */
  toChannel(channel: string, message: Message, options?: PushOptions): void;
  /** To every open session of the cluster. */
  toEveryone(message: Message, options?: PushOptions): void;
}

export interface PushOptions {
  /** Overflow `latest`: of the pushes with the same key that wait for a slow client, only the newest is kept. */
  readonly key?: string;
}

export interface Channel<Data> {
  readonly name: string;
  /**
   * A publish that follows reaches the session. Joining twice is joining once. A session is in at most 1,024 channels: further joins are
   * counted, and have no effect.
   */
  join(session: Session<Data>): void;
  leave(session: Session<Data>): void;
  /** Asks everybody who has members. */
  members(): Promise<ChannelMembers>;
}

export interface ChannelMembers {
  readonly members: readonly { readonly session: string; readonly uid: string | null }[];
  /** Servers that did not answer in time; their members are not in the list. */
  readonly missing: readonly string[];
}

/** Whom a remote call is routed for: the rule of the called type is applied to it. */
export type RpcTarget<Data> = Session<Data> | { readonly server: string } | { readonly key: string };

export interface CallOptions {
  /** Milliseconds; the remote's own timeout at most. */
  readonly timeout?: number;
  /** Gives up waiting. The remote may have run. */
  readonly signal?: AbortSignal;
}

// ---- Definitions

/** What a group class may have beside its routes and schedules. */
export interface GroupLifecycle<Data> {
  /** Before the server is announced as ready. Until it is done no traffic arrives. */
  onStart?(): void | Promise<void>;
  /** All servers the configuration starts with are ready. */
  onReady?(): void | Promise<void>;
  /** The server is stopping. */
  onStop?(): void | Promise<void>;
  /** A session this server has heard of is over; after its last request here, exactly once. */
  onSessionClosed?(session: Session<Data>): void | Promise<void>;
}

export type GroupClass<ServerHandle, Group> = new (server: ServerHandle) => Group;

/** Around every handler and remote; schedules have none. */
export interface Filters<Data> {
  /** In order, before the handler; what one throws is the answer, and the handler does not run. */
  readonly before?: readonly BeforeFilter<Data>[];
  /** In order, after the outcome is known and before the answer leaves. */
  readonly after?: readonly AfterFilter<Data>[];
  /** Turns what a handler threw into what the client is told; `undefined` leaves it as it is. */
  readonly error?: (error: unknown, context: AnyContext<Data>) => Failure | undefined;
}

export type BeforeFilter<Data> = (context: AnyContext<Data>, message: unknown) => void | Promise<void>;
export type AfterFilter<Data> = (context: AnyContext<Data>, outcome: Outcome) => void | Promise<void>;

/** `failure` is null when the handler answered. */
export interface Outcome {
  readonly response: unknown;
  readonly failure: Failure | null;
}

export interface ServerTypeDefinition<ServerHandle, Data> extends Filters<Data> {
  readonly groups: { readonly [group: string]: GroupClass<ServerHandle, GroupLifecycle<Data>> };
}

/** What `defineApplication` of generated code returns, and `startCluster` runs. */
export interface RunnableApplication {
  readonly manifest: Manifest;
  // biome-ignore lint/suspicious/noExplicitAny: the generated Application type checks these; the runtime holds them of every schema.
  readonly servers: { readonly [type: string]: ServerTypeDefinition<any, any> };
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly everywhere: Filters<any>;
}
