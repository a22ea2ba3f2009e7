/** What one running handler or remote is given, and what the dispatcher remembers of it. One is made per request. */
import type { Executed } from "../../wire/error-code.js";
import { Deadlined } from "../cluster/deadline-wheel.js";
import type { Peer } from "../cluster/peer.js";
import { Failure } from "../failure.js";
import type { HandlerEntry, RemoteEntry, RequestHeader, ResponseHeader } from "../manifest.js";
import type { ServedSession } from "../session/served-session.js";
import type { Task, Turn } from "../session/session-work.js";
import type { HandlerContext, RemoteContext } from "./application.js";
import type { Arrival } from "./arrival.js";
import type { Target } from "./target.js";

/** What a protocol without fields of the application's own has. */
const NO_FIELDS = Object.freeze({});

/** Where an outcome goes: back over the link, or to the client of this very connector. */
export interface ReplySink {
  /** Throws what the codec throws when the handler returned something that is not the response. */
  answer(context: RouteContext, response: unknown): void;
  fail(context: RouteContext, failure: Failure, executed: Executed): void;
}

/** Who runs it. */
export interface ContextRunner {
  readonly serverId: string;
  /** Milliseconds on the clock's scale. */
  now(): number;
  /** Its deadline has passed. */
  expired(context: RouteContext): void;
}

// biome-ignore lint/suspicious/noExplicitAny: session data of every schema; generated types give applications the real ones.
export class RouteContext extends Deadlined implements HandlerContext<any>, RemoteContext<any>, Task {
  readonly target: Target;
  readonly sink: ReplySink;
  /** The server that waits for the outcome; null when that is this one. */
  readonly peer: Peer | null;
  readonly correlation: number;
  readonly sequence: number;
  /** The client's protocol has bodies in JSON. */
  readonly json: boolean;
  /** Index of the client's protocol. */
  readonly protocol: number;
  /** The answer's header, where the application has fields of its own in it. */
  readonly replyHeader: ResponseHeader | null;
  private readonly clientHeader: RequestHeader | null;
  /** Milliseconds from its arrival to its deadline. */
  readonly patience: number;
  /** An outcome was sent, or the deadline passed: whatever comes now is late. */
  settled = false;
  /** It returned a promise, and the dispatcher counts it as running. */
  tracked = false;
  /** The turn it holds or waits for; null when it needs none. */
  turn: Turn | null = null;
  private readonly runner: ContextRunner;
  private readonly held: ServedSession | null;
  private controller: AbortController | null = null;
  private abortReason: Failure | null = null;
  private dead = false;
  private replyFields: object | null = null;

  constructor(runner: ContextRunner, target: Target, sink: ReplySink, arrival: Arrival, now: number) {
    super();
    this.runner = runner;
    this.target = target;
    this.sink = sink;
    this.held = arrival.session;
    this.peer = arrival.peer;
    this.correlation = arrival.correlation;
    this.sequence = arrival.sequence;
    this.json = arrival.json;
    this.protocol = arrival.protocol;
    this.clientHeader = arrival.header;
    this.replyHeader = arrival.reply;
    this.patience = Math.min(arrival.remaining, target.entry.timeout);
    this.deadline = now + this.patience;
  }

  get entry(): HandlerEntry | RemoteEntry {
    return this.target.entry;
  }

  get route(): string {
    return this.target.entry.route;
  }

  // biome-ignore lint/suspicious/noExplicitAny: a handler's session is never null, a remote's may be; the generated types say which.
  get session(): any {
    if (this.dead) throw this.expiredFailure();
    return this.held;
  }

  /** The session, also after the deadline; for the runtime itself. */
  get servedSession(): ServedSession | null {
    return this.held;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the generated types say which fields there are.
  get header(): any {
    if (this.dead) throw this.expiredFailure();
    return this.clientHeader ?? NO_FIELDS;
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above.
  get reply(): any {
    if (this.dead) throw this.expiredFailure();
    // A handler may set what clients of another protocol would see.
    this.replyFields ??= this.replyHeader ?? {};
    return this.replyFields;
  }

  get caller(): string {
    if (this.dead) throw this.expiredFailure();
    return this.peer?.id ?? this.runner.serverId;
  }

  get signal(): AbortSignal {
    if (this.controller === null) {
      this.controller = new AbortController();
      if (this.abortReason !== null) this.controller.abort(this.abortReason);
    }
    return this.controller.signal;
  }

  get remaining(): number {
    return Math.max(0, this.deadline - this.runner.now());
  }

  /** Tells the handler, if it listens, that nobody waits any more. */
  abort(reason: Failure): void {
    if (this.abortReason !== null) return;
    this.abortReason = reason;
    this.controller?.abort(reason);
  }

  expire(): void {
    this.dead = true;
    this.runner.expired(this);
  }

  private expiredFailure(): Failure {
    return Failure.of(
      "CONTEXT_EXPIRED",
      `the context of ${this.route} was used after its deadline of ${this.target.entry.timeout} ms; watch context.signal`,
      "yes",
    );
  }
}
