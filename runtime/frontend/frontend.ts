/**
 * A gate or connector's client side: it owns the sessions, checks every frame against state and limits, answers what is its own, and
 * passes the rest on. Per frame there is no promise, no closure, and no look into the body.
 */
import { BodyError } from "../../wire/body-error.js";
import { CloseCode } from "../../wire/close-code.js";
import { ErrorCode } from "../../wire/error-code.js";
import { sequenceDistance } from "../../wire/sequence.js";
import { Slab } from "../../wire/slab.js";
import type { Dispatcher, Target } from "../backend/dispatcher.js";
import type { LocalChannels } from "../channel/local-channels.js";
import { Failure } from "../failure.js";
import type { HandlerEntry, RequestHeader } from "../manifest.js";
import type { Route } from "../manifest-tables.js";
import type { ServerCore } from "../server-core.js";
import { Bindings } from "../session/bindings.js";
import { FrontendSession, SessionPhase } from "../session/frontend-session.js";
import { SessionTable } from "../session/session-table.js";
import { ClientReply } from "./client-reply.js";
import { Delivery } from "./delivery.js";
import { Faults } from "./faults.js";
import { Forwarder } from "./forwarder.js";
import type { FrontendProtocol } from "./frontend-protocol.js";
import type { FrontendSocket, SocketReceiver } from "./frontend-socket.js";
import { Handshake } from "./handshake.js";
import { Outbox } from "./outbox.js";
import { RateLimit } from "./rate-limit.js";
import { Responder, type ResponseKey } from "./responder.js";
import { StreamBuffer } from "./stream-buffer.js";
import { Sweeper } from "./sweeper.js";

export interface FrontendOptions {
  readonly core: ServerCore;
  readonly dispatcher: Dispatcher;
  /** This server's own handlers, by link id. */
  readonly targets: ReadonlyArray<Target | undefined>;
  readonly channels: LocalChannels;
  /** In the manifest's order; the first is spoken where nothing else is said. */
  readonly protocols: readonly FrontendProtocol[];
  /** A session that this server's own handlers may know is over. */
  readonly sessionEnded: (session: FrontendSession) => void;
}

export class Frontend implements SocketReceiver {
  readonly sessions: SessionTable;
  readonly delivery: Delivery;
  readonly bindings: Bindings;
  private readonly core: ServerCore;
  private readonly dispatcher: Dispatcher;
  private readonly targets: ReadonlyArray<Target | undefined>;
  readonly protocols: readonly FrontendProtocol[];
  private readonly outbox: Outbox;
  private readonly responder: Responder;
  private readonly forwarder: Forwarder;
  private readonly rates: RateLimit;
  private readonly faults: Faults;
  private readonly handshake: Handshake;
  private readonly reply: ClientReply;
  private readonly sweeper: Sweeper;
  private readonly input = new Slab(64 * 1024);
  private stopping = false;

  constructor(options: FrontendOptions) {
    const { core } = options;
    this.core = core;
    this.dispatcher = options.dispatcher;
    this.targets = options.targets;
    this.protocols = options.protocols;
    this.sessions = new SessionTable(core.limits.sessions);
    const close = (session: FrontendSession, code: CloseCode, reason: string) => {
      void this.bindings.close(session, code, reason);
    };
    const tooSlow = (session: FrontendSession) => {
      if (session.doomed) return;
      session.doomed = true;
      const text = `more than ${core.limits.sessionBytes} bytes wait for you; read faster`;
      // Not at once: a channel's members may be gone through right now, and an end changes them and runs the application's code.
      core.timing.defer(() => close(session, CloseCode.SLOW_CONSUMER, text));
    };
    this.outbox = new Outbox({
      timing: core.timing,
      counters: core.counters,
      sessionBytes: core.limits.sessionBytes,
    });
    this.responder = new Responder(this.outbox, core.clock, core.counters, tooSlow);
    this.forwarder = new Forwarder(core, this.responder);
    this.rates = new RateLimit(core.tables.routes, core.tables.ratedRoutes);
    this.faults = new Faults(core, this.responder, close);
    this.handshake = new Handshake({ core, responder: this.responder, faults: this.faults, close });
    this.bindings = new Bindings({
      core,
      sessions: this.sessions,
      disconnect: (session, code, reason) => this.disconnect(session, code, reason),
      ended: (session, wasOpen) => {
        this.outbox.discard(session);
        options.channels.leaveAll(session);
        // No handler has seen a connection that never said Hello.
        if (wasOpen) options.sessionEnded(session);
      },
    });
    this.delivery = new Delivery(core, this.sessions, options.channels, this.outbox, this.responder, tooSlow);
    this.reply = new ClientReply(core, this.responder);
    this.sweeper = new Sweeper({ core, sessions: this.sessions, faults: this.faults, close });
  }

  /** A protocol by its name in the schema; the first by default. */
  protocol(name?: string): FrontendProtocol {
    const protocol = name === undefined ? this.protocols[0] : this.protocols.find((one) => one.name === name);
    if (protocol === undefined) throw new RangeError(`the schema has no protocol "${name}"`);
    return protocol;
  }

  /** Writes what the tick collected. */
  flush(): void {
    this.outbox.flush();
  }

  /** Ends every session; clients come back elsewhere. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.sweeper.stop();
    const ended: Promise<void>[] = [];
    for (const session of this.sessions) {
      ended.push(this.bindings.close(session, CloseCode.SERVER_LEAVING, "the server is stopping"));
    }
    await Promise.all(ended);
  }

  // ---- What a listener calls

  opened(socket: FrontendSocket, protocol = this.protocols[0]!): FrontendSession | null {
    if (this.stopping) {
      socket.close(CloseCode.SERVER_LEAVING, "the server is stopping");
      return null;
    }
    const { core, bindings } = this;
    const now = core.clock.now();
    const session = this.sessions.open(
      (slot, generation) => new FrontendSession(slot, generation, core.incarnation, socket, protocol, now, bindings),
    );
    if (session === null) socket.close(CloseCode.FULL, `this server holds at most ${core.limits.sessions} sessions`);
    return session;
  }

  received(session: FrontendSession, message: ArrayBuffer): void {
    if (session.phase === SessionPhase.CLOSED || session.doomed) return;
    try {
      this.message(session, message);
    } catch (error) {
      this.crashed(session, error);
    }
  }

  receivedText(session: FrontendSession): void {
    if (session.phase === SessionPhase.CLOSED || session.doomed) return;
    const key = this.faults.unattributed(session, 0);
    this.faults.faulty(session, ErrorCode.BAD_FRAME, key, "a text message; frames travel in binary messages");
  }

  receivedChunk(session: FrontendSession, chunk: Uint8Array): void {
    if (session.phase === SessionPhase.CLOSED || session.doomed) return;
    try {
      this.chunk(session, chunk);
    } catch (error) {
      this.crashed(session, error);
    }
  }

  drained(session: FrontendSession): void {
    this.delivery.drained(session);
  }

  closed(session: FrontendSession, fault?: string): void {
    if (fault !== undefined && session.phase !== SessionPhase.CLOSED) this.core.counters.strikeOuts++;
    void this.bindings.ended(session);
  }

  // ---- Bytes

  private message(session: FrontendSession, message: ArrayBuffer): void {
    const { input, core } = this;
    const length = message.byteLength;
    this.heard(session);
    core.counters.bytesIn += length;
    if (length > core.limits.frameBytes) {
      const text = `a message of ${length} bytes; at most ${core.limits.frameBytes} are taken`;
      this.faults.faulty(session, ErrorCode.TOO_LARGE, this.faults.unattributed(session, 0), text);
      return;
    }
    input.length = 0;
    input.reserve(length);
    // Copied, because the transport takes its buffer back, and because one persistent view reads faster than a new one a message.
    input.bytes.set(new Uint8Array(message));
    let at = 0;
    do at = this.frame(session, at, length);
    while (at < length && !session.closed && !session.doomed);
  }

  private chunk(session: FrontendSession, chunk: Uint8Array): void {
    const { input, core } = this;
    const now = core.clock.now();
    this.heard(session);
    core.counters.bytesIn += chunk.length;
    const { rest } = session;
    if (rest !== null) {
      rest.append(chunk);
      if (rest.length < rest.needed) return;
    }
    const end = rest === null ? chunk.length : rest.length;
    input.length = 0;
    input.reserve(end);
    input.bytes.set(rest === null ? chunk : rest.bytes.subarray(0, end));
    this.cut(session, end, now);
  }

  /** Before Hello nothing counts as a sign of life: the time for it runs from connecting. */
  private heard(session: FrontendSession): void {
    if (session.phase === SessionPhase.OPEN) session.lastHeard = this.core.clock.now();
  }

  /** A mistake of ours, not the client's. It must not bring down what the others' sessions live in. */
  private crashed(session: FrontendSession, error: unknown): void {
    const { counters, log } = this.core;
    counters.exceptions++;
    log.error({ err: error, session: session.id }, "a message could not be taken");
    void this.bindings.close(session, CloseCode.INTERNAL, "the server failed; the session cannot go on");
  }

  // ---- One frame

  /** Cuts a stream's bytes, which stand at the front of the input, into frames; what is left of the last one waits for more. */
  private cut(session: FrontendSession, end: number, now: number): void {
    const { input } = this;
    const { request, name } = session.protocol;
    const { frameBytes } = this.core.limits;
    let at = 0;
    while (at < end && !session.closed && !session.doomed) {
      const length = request.frameLength(input, at, end, frameBytes);
      if (length < 0) {
        const text = `what arrived begins no frame of layout ${name}.request with at most ${frameBytes} bytes`;
        this.faults.fatal(session, ErrorCode.BAD_FRAME, text);
        return;
      }
      if (length === 0 || at + length > end) {
        session.restSince = session.rest === null || at > 0 ? now : session.restSince;
        session.rest = new StreamBuffer(input.bytes, at, end, Math.max(length, end - at + 1));
        return;
      }
      this.frame(session, at, at + length);
      at += length;
    }
    session.rest = null;
  }

  /** Takes the frame at `start`. Returns where the next one starts; `end` when nothing that follows can be read. */
  private frame(session: FrontendSession, start: number, end: number): number {
    const { request, requestHeader: header } = session.protocol;
    this.core.counters.framesIn++;
    header.sequence = 0;
    const status = request.decode(header, this.input, start, end);
    if (status === ErrorCode.BAD_FRAME) {
      const text = `${end - start} bytes are no whole frame of layout ${session.protocol.name}.request`;
      this.faults.faulty(session, ErrorCode.BAD_FRAME, this.faults.unattributed(session, 0), text);
      return end;
    }
    const { bodyStart, bodyEnd } = header;
    if (status !== ErrorCode.OK) {
      // The sequence is not taken: it may be what was damaged, and a number far ahead would shut out all that follow.
      this.faults.faulty(
        session,
        ErrorCode.BAD_CHECKSUM,
        this.faults.unattributed(session, header.sequence),
        "the checksum is not that of the bytes",
      );
      return bodyEnd;
    }
    if (header.compressed !== 0 || header.encrypted !== 0) {
      const text = `compressed ${header.compressed}, encrypted ${header.encrypted}: this server takes neither; both must be 0`;
      this.faults.faulty(session, ErrorCode.BAD_FRAME, this.faults.unattributed(session, header.sequence), text);
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
      this.faults.faulty(session, ErrorCode.UNAUTHENTICATED, this.keyOf(handler, header.sequence), "say Hello first");
      return;
    }
    if (header.serverType !== route.type.typeId && header.serverType !== 0) {
      const text = `${handler.route} is a route of server type ${route.type.typeId}, not ${header.serverType}`;
      this.faults.faulty(session, ErrorCode.BAD_FRAME, this.keyOf(handler, header.sequence), text);
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
    this.dispatcher.dispatch(
      target,
      this.reply,
      session,
      null,
      0,
      header.sequence,
      handler.timeout,
      this.input,
      start,
      end,
    );
  }

  /** A frame whose id is no route's: a control message, or a mistake. */
  private control(session: FrontendSession, header: RequestHeader, start: number, end: number): void {
    const key: ResponseKey = { sequence: header.sequence, messageId: header.messageId, serverType: 0 };
    try {
      if (this.handshake.take(session, header, this.input, start, end)) return;
    } catch (error) {
      if (!(error instanceof BodyError)) throw error;
      this.faults.faulty(session, ErrorCode.BAD_BODY, key, error.message);
      return;
    }
    this.takeSequence(session, header.sequence);
    const text = `message id ${header.messageId} names no route that a client may call`;
    this.faults.faulty(session, ErrorCode.UNKNOWN_MESSAGE, key, text);
  }

  // ---- Refusals

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

  // ---- Ends

  private disconnect(session: FrontendSession, code: CloseCode, reason: string): void {
    if (session.phase === SessionPhase.OPEN && code !== CloseCode.SLOW_CONSUMER) {
      this.handshake.goodbye(session, code, reason);
      this.outbox.flushSession(session);
    }
    session.socket.close(code, reason);
  }
}
