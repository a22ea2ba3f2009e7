/**
 * A gate or connector's client side: it owns the sessions, checks every frame against state and limits, answers what is its own, and
 * passes the rest on. Per frame there is no promise, no closure, and no look into the body.
 */
import { BodyError } from "../../wire/body-error.js";
import { CloseCode } from "../../wire/close-code.js";
import { Hello, Kick, Pong, Welcome } from "../../wire/control.js";
import { ErrorCode, type Executed } from "../../wire/error-code.js";
import { sequenceDistance } from "../../wire/sequence.js";
import { Slab } from "../../wire/slab.js";
import type { Timer } from "../../wire/timing.js";
import type { Dispatcher, Target } from "../backend/dispatcher.js";
import type { ReplySink, RouteContext } from "../backend/route-context.js";
import type { LocalChannels } from "../channel/local-channels.js";
import { Failure } from "../failure.js";
import type { HandlerEntry, RequestHeader } from "../manifest.js";
import type { Route } from "../manifest-tables.js";
import type { ServerCore } from "../server-core.js";
import { Bindings } from "../session/bindings.js";
import { FrontendSession, SessionPhase } from "../session/frontend-session.js";
import { SessionTable } from "../session/session-table.js";
import { Delivery } from "./delivery.js";
import { Forwarder } from "./forwarder.js";
import type { FrontendProtocol } from "./frontend-protocol.js";
import type { FrontendSocket, SocketReceiver } from "./frontend-socket.js";
import { Outbox } from "./outbox.js";
import { RateLimit } from "./rate-limit.js";
import { Responder, type ResponseKey } from "./responder.js";

/** How often silent sessions are looked for. Milliseconds. */
const SWEEP = 1_000;

export interface FrontendOptions {
  readonly core: ServerCore;
  readonly dispatcher: Dispatcher;
  /** This server's own handlers, by link id. */
  readonly targets: ReadonlyArray<Target | undefined>;
  readonly channels: LocalChannels;
  readonly protocol: FrontendProtocol;
  /** A session that this server's own handlers may know is over. */
  readonly sessionEnded: (session: FrontendSession) => void;
}

export class Frontend implements SocketReceiver, ReplySink {
  readonly sessions: SessionTable;
  readonly delivery: Delivery;
  readonly bindings: Bindings;
  private readonly core: ServerCore;
  private readonly dispatcher: Dispatcher;
  private readonly targets: ReadonlyArray<Target | undefined>;
  private readonly protocol: FrontendProtocol;
  private readonly outbox: Outbox;
  private readonly responder: Responder;
  private readonly forwarder: Forwarder;
  private readonly rates: RateLimit;
  private readonly input = new Slab(64 * 1024);
  private sweeper: Timer | null = null;
  private stopping = false;

  constructor(options: FrontendOptions) {
    const { core } = options;
    this.core = core;
    this.dispatcher = options.dispatcher;
    this.targets = options.targets;
    this.protocol = options.protocol;
    this.sessions = new SessionTable(core.limits.sessions);
    const tooSlow = (session: FrontendSession) => {
      const text = `more than ${core.limits.sessionBytes} bytes wait for you; read faster`;
      void this.bindings.close(session, CloseCode.SLOW_CONSUMER, text);
    };
    this.outbox = new Outbox({
      timing: core.timing,
      counters: core.counters,
      sessionBytes: core.limits.sessionBytes,
    });
    this.responder = new Responder(this.outbox, core.clock, core.counters, tooSlow);
    this.forwarder = new Forwarder(core, this.responder);
    this.rates = new RateLimit(core.tables.routes, core.tables.ratedRoutes);
    this.bindings = new Bindings({
      core,
      sessions: this.sessions,
      disconnect: (session, code, reason) => this.disconnect(session, code, reason),
      ended: (session) => {
        this.outbox.discard(session);
        options.channels.leaveAll(session);
        options.sessionEnded(session);
      },
    });
    this.delivery = new Delivery(core, this.sessions, options.channels, this.outbox, this.responder, tooSlow);
    this.sweep();
  }

  /** Writes what the tick collected. */
  flush(): void {
    this.outbox.flush();
  }

  /** Ends every session; clients come back elsewhere. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.sweeper?.cancel();
    const ended: Promise<void>[] = [];
    for (const session of this.sessions) {
      ended.push(this.bindings.close(session, CloseCode.SERVER_LEAVING, "the server is stopping"));
    }
    await Promise.all(ended);
  }

  // ---- What a listener calls

  opened(socket: FrontendSocket): FrontendSession | null {
    if (this.stopping) {
      socket.close(CloseCode.SERVER_LEAVING, "the server is stopping");
      return null;
    }
    const { core, protocol, bindings } = this;
    const now = core.clock.now();
    const session = this.sessions.open(
      (slot, generation) => new FrontendSession(slot, generation, core.incarnation, socket, protocol, now, bindings),
    );
    if (session === null) socket.close(CloseCode.FULL, `this server holds at most ${core.limits.sessions} sessions`);
    return session;
  }

  received(session: FrontendSession, message: ArrayBuffer): void {
    if (session.phase === SessionPhase.CLOSED) return;
    const { input, core } = this;
    const length = message.byteLength;
    session.lastHeard = core.clock.now();
    core.counters.bytesIn += length;
    if (length > core.limits.frameBytes) {
      const text = `a message of ${length} bytes; at most ${core.limits.frameBytes} are taken`;
      this.faulty(session, ErrorCode.TOO_LARGE, this.unattributed(0), text);
      return;
    }
    input.length = 0;
    input.reserve(length);
    // Copied, because the transport takes its buffer back, and because one persistent view reads faster than a new one a message.
    input.bytes.set(new Uint8Array(message));
    let at = 0;
    do at = this.frame(session, at, length);
    while (at < length && !session.closed);
  }

  drained(session: FrontendSession): void {
    this.delivery.drained(session);
  }

  closed(session: FrontendSession): void {
    void this.bindings.ended(session);
  }

  // ---- Answers of this server's own handlers

  answer(context: RouteContext, response: unknown): void {
    const session = context.servedSession as FrontendSession;
    const handler = context.entry as HandlerEntry;
    if (session.phase === SessionPhase.OPEN) {
      this.responder.message(
        session,
        context.sequence,
        handler.messageId,
        this.core.type.typeId,
        handler.response!,
        response,
      );
    } else {
      this.core.counters.lateAnswers++;
    }
    session.inFlight--;
  }

  fail(context: RouteContext, failure: Failure, executed: Executed): void {
    const session = context.servedSession as FrontendSession;
    const handler = context.entry as HandlerEntry;
    if (context.target.answers) session.inFlight--;
    if (session.phase !== SessionPhase.OPEN) this.core.counters.lateAnswers++;
    else this.responder.failure(session, this.keyOf(handler, context.sequence), failure, executed);
  }

  // ---- One frame

  /** Takes the frame at `start`. Returns where the next one starts; `end` when nothing that follows can be read. */
  private frame(session: FrontendSession, start: number, end: number): number {
    const { request, requestHeader: header } = session.protocol;
    this.core.counters.framesIn++;
    header.sequence = 0;
    const status = request.decode(header, this.input, start, end);
    if (status === ErrorCode.BAD_FRAME) {
      const text = `${end - start} bytes are no whole frame of layout ${session.protocol.name}.request`;
      this.faulty(session, ErrorCode.BAD_FRAME, this.unattributed(0), text);
      return end;
    }
    const { bodyStart, bodyEnd } = header;
    if (status !== ErrorCode.OK) {
      this.takeSequence(session, header.sequence);
      this.faulty(
        session,
        ErrorCode.BAD_CHECKSUM,
        this.unattributed(header.sequence),
        "the checksum is not that of the bytes",
      );
      return bodyEnd;
    }
    if (header.compressed !== 0 || header.encrypted !== 0) {
      const text = `compressed ${header.compressed}, encrypted ${header.encrypted}: this server takes neither; both must be 0`;
      this.faulty(session, ErrorCode.BAD_FRAME, this.unattributed(header.sequence), text);
      return bodyEnd;
    }
    const route = this.core.tables.routeById[header.messageId];
    if (route !== undefined) this.request(session, route, header, bodyStart, bodyEnd);
    else this.control(session, header, bodyStart, bodyEnd);
    return bodyEnd;
  }

  private request(session: FrontendSession, route: Route, header: RequestHeader, start: number, end: number): void {
    const { handler } = route;
    const { core } = this;
    if (session.phase !== SessionPhase.OPEN) {
      this.faulty(session, ErrorCode.UNAUTHENTICATED, this.keyOf(handler, header.sequence), "say Hello first");
      return;
    }
    if (header.serverType !== route.type.typeId && header.serverType !== 0) {
      const text = `${handler.route} is a route of server type ${route.type.typeId}, not ${header.serverType}`;
      this.faulty(session, ErrorCode.BAD_FRAME, this.keyOf(handler, header.sequence), text);
      return;
    }
    if (!this.takeSequence(session, header.sequence)) {
      const text = `${handler.route}: sequence ${header.sequence} came after ${session.lastSequence}; count up from it, skipping 0`;
      this.refuse(session, route, header, Failure.of("BAD_SEQUENCE", text, "no"));
      return;
    }
    if (session.uid === null && !handler.public) {
      const text = `${handler.route} needs a session that is bound to a user; it is not public`;
      this.refuse(session, route, header, Failure.of("UNAUTHENTICATED", text, "no"));
      return;
    }
    if (end - start > handler.maxBytes) {
      const text = `${handler.route}: a body of ${end - start} bytes; its bound is ${handler.maxBytes}`;
      this.refuse(session, route, header, Failure.of("TOO_LARGE", text, "no"));
      return;
    }
    if (route.rateIndex >= 0 && !this.rates.take(session, route.rateIndex, core.clock.now())) {
      if (handler.rate!.over === "drop") {
        core.counters.droppedNotifies++;
        return;
      }
      const text = `${handler.route}: more than ${handler.rate!.perSecond} requests a second`;
      this.refuse(session, route, header, Failure.of("RATE_LIMITED", text, "no"));
      return;
    }
    if (handler.kind === "request" && session.inFlight >= core.limits.inFlight) {
      const text = `${handler.route}: ${session.inFlight} requests of this session wait for answers; at most ${core.limits.inFlight} may`;
      this.refuse(session, route, header, Failure.of("OVERLOADED", text, "no"));
      return;
    }
    if (route.typeIndex !== core.typeIndex) {
      this.forwarder.forward(session, route, header, this.input, start, end);
      return;
    }
    if (handler.kind === "request") session.inFlight++;
    const target = this.targets[handler.linkId]!;
    this.dispatcher.dispatch(target, this, session, null, 0, header.sequence, handler.timeout, this.input, start, end);
  }

  // ---- Control messages

  private control(session: FrontendSession, header: RequestHeader, start: number, end: number): void {
    const { protocol } = session;
    const { messageId, sequence } = header;
    try {
      if (messageId === protocol.helloId) {
        this.hello(session, sequence, start, end);
      } else if (messageId === protocol.pingId && session.phase === SessionPhase.OPEN) {
        const pong: Pong = { serverTime: BigInt(this.core.timing.wallClock()) };
        this.responder.message(session, sequence, messageId, 0, Pong, pong);
      } else {
        this.takeSequence(session, sequence);
        const text = `message id ${messageId} names no route that a client may call`;
        this.faulty(session, ErrorCode.UNKNOWN_MESSAGE, { sequence, messageId, serverType: 0 }, text);
      }
    } catch (error) {
      if (!(error instanceof BodyError)) throw error;
      this.faulty(session, ErrorCode.BAD_BODY, { sequence, messageId, serverType: 0 }, error.message);
    }
  }

  private hello(session: FrontendSession, sequence: number, start: number, end: number): void {
    const { core } = this;
    const { manifest } = core.tables;
    const { protocol } = session;
    const key: ResponseKey = { sequence, messageId: protocol.helloId, serverType: 0 };
    if (session.phase !== SessionPhase.CONNECTING) {
      this.faulty(session, ErrorCode.BAD_FRAME, key, "Hello was said already");
      return;
    }
    const hello = Hello.decode(this.input, start, end);
    if (hello.version < manifest.oldestClient) {
      const text = `schema version ${hello.version} is older than ${manifest.oldestClient}, the oldest this server takes: update the client`;
      void this.bindings.close(session, CloseCode.INCOMPATIBLE, text);
      return;
    }
    session.phase = SessionPhase.OPEN;
    session.lastSequence = sequence;
    this.responder.message<Welcome>(session, sequence, protocol.helloId, 0, Welcome, {
      sessionId: session.id,
      resumeToken: "",
      heartbeat: protocol.heartbeat,
      timeout: protocol.timeout,
      serverTime: BigInt(core.timing.wallClock()),
      limits: { inFlight: core.limits.inFlight, frameBytes: core.limits.frameBytes },
      resumed: false,
    });
    core.log.debug({ session: session.id, client: hello.client, version: hello.version }, "session opened");
  }

  // ---- Refusals

  /** A frame that a correct client never sends: answered where that is possible, counted, and one strike nearer to the end. */
  private faulty(session: FrontendSession, code: ErrorCode, key: ResponseKey, text: string): void {
    const { core } = this;
    const failure = new Failure(code, "", text, "no");
    this.responder.failure(session, key, failure, "no");
    session.strikes++;
    if (session.strikes < core.limits.strikes || session.phase === SessionPhase.CLOSED) return;
    core.counters.strikeOuts++;
    core.log.warn(
      { session: session.id, clientIp: session.clientIp, code, strikes: session.strikes },
      "closed for bad traffic",
    );
    void this.bindings.close(session, CloseCode.BAD_TRAFFIC, `${session.strikes} faulty frames; the last: ${text}`);
  }

  private refuse(session: FrontendSession, route: Route, header: RequestHeader, failure: Failure): void {
    if (route.handler.kind === "notify") this.core.counters.droppedNotifies++;
    this.responder.failure(session, this.keyOf(route.handler, header.sequence), failure, "no");
  }

  /** At most once: a number that is not after the last one never runs. */
  private takeSequence(session: FrontendSession, sequence: number): boolean {
    const bytes = session.protocol.request.sequenceBytes;
    if (bytes === 0) return true;
    if (sequence === 0 || sequenceDistance(session.lastSequence, sequence, bytes) <= 0) return false;
    session.lastSequence = sequence;
    return true;
  }

  private keyOf(handler: HandlerEntry, sequence: number): ResponseKey {
    const { tables } = this.core;
    const { typeId } = tables.manifest.servers[tables.typeIndex.get(handler.serverType)!]!;
    return { sequence, messageId: handler.messageId, serverType: typeId };
  }

  private unattributed(sequence: number): ResponseKey {
    return { sequence, messageId: this.protocol.failureId, serverType: 0 };
  }

  // ---- Ends

  private disconnect(session: FrontendSession, code: CloseCode, reason: string): void {
    if (session.phase === SessionPhase.OPEN && code !== CloseCode.SLOW_CONSUMER) {
      this.responder.message<Kick>(session, 0, session.protocol.kickId, 0, Kick, { code, reason });
      this.outbox.flushSession(session);
    }
    session.socket.close(code, reason);
  }

  /** Sessions that went silent, and connections that never said Hello. */
  private sweep(): void {
    const { core, protocol } = this;
    const now = core.timing.now();
    for (const session of this.sessions) {
      const silent = now - session.lastHeard;
      if (session.phase === SessionPhase.CONNECTING && silent > core.limits.helloTimeout) {
        void this.bindings.close(session, CloseCode.HELLO_TIMEOUT, `no Hello within ${core.limits.helloTimeout} ms`);
      } else if (silent > protocol.timeout) {
        void this.bindings.close(session, CloseCode.HEARTBEAT_TIMEOUT, `nothing heard within ${protocol.timeout} ms`);
      }
    }
    this.sweeper = core.timing.after(SWEEP, () => this.sweep());
  }
}
