/**
 * Takes clients' frames one by one: checks each against state and limits, runs what is this server's own, and passes the rest on. No
 * promise, no closure, and no look into the body.
 */
import { BodyError } from "../../wire/body-error.js";
import { ErrorCode } from "../../wire/error-code.js";
import { sequenceDistance } from "../../wire/sequence.js";
import type { Slab } from "../../wire/slab.js";
import { Arrival } from "../backend/arrival.js";
import type { Dispatcher } from "../backend/dispatcher.js";
import type { Target } from "../backend/target.js";
import { Failure } from "../failure.js";
import type { RequestHeader } from "../manifest.js";
import type { Route } from "../manifest-tables.js";
import type { ServerCore } from "../server-core.js";
import { type FrontendSession, SessionPhase } from "../session/frontend-session.js";
import type { ClientReply } from "./client-reply.js";
import type { Control } from "./control.js";
import type { Faults } from "./faults.js";
import type { Forwarder } from "./forwarder.js";
import { RateLimit } from "./rate-limit.js";
import type { Responder, ResponseKey } from "./responder.js";

export interface IntakeOptions {
  readonly core: ServerCore;
  readonly dispatcher: Dispatcher;
  /** This server's own handlers, by link id. */
  readonly targets: ReadonlyArray<Target | undefined>;
  /** By the protocols' indexes. */
  readonly controls: readonly Control[];
  readonly responder: Responder;
  readonly forwarder: Forwarder;
  readonly reply: ClientReply;
  readonly faults: Faults;
}

export class Intake {
  private readonly core: ServerCore;
  private readonly dispatcher: Dispatcher;
  private readonly targets: ReadonlyArray<Target | undefined>;
  private readonly controls: readonly Control[];
  private readonly responder: Responder;
  private readonly forwarder: Forwarder;
  private readonly reply: ClientReply;
  private readonly faults: Faults;
  private readonly rates: RateLimit;
  private readonly arrival = new Arrival();

  constructor(options: IntakeOptions) {
    const { core } = options;
    this.core = core;
    this.dispatcher = options.dispatcher;
    this.targets = options.targets;
    this.controls = options.controls;
    this.responder = options.responder;
    this.forwarder = options.forwarder;
    this.reply = options.reply;
    this.faults = options.faults;
    this.rates = new RateLimit(core.tables.routes, core.tables.ratedRoutes);
  }

  /** Takes the frame at `start`. Returns where the next one starts; `end` when nothing that follows can be read. */
  frame(session: FrontendSession, slab: Slab, start: number, end: number): number {
    const { protocol } = session;
    const { request, requestHeader: header } = protocol;
    const { faults } = this;
    this.core.counters.framesIn++;
    header.sequence = 0;
    const status = request.decode(header, slab, start, end);
    if (status === ErrorCode.BAD_FRAME) {
      const text = `${end - start} bytes are no whole frame of layout ${protocol.name}.request`;
      faults.faulty(session, ErrorCode.BAD_FRAME, faults.unattributed(session, 0), text);
      return end;
    }
    const { bodyStart, bodyEnd } = header;
    const next = bodyEnd + request.trailer;
    if (status !== ErrorCode.OK) {
      // The sequence is not taken: it may be what was damaged, and a number far ahead would shut out all that follow.
      const key = faults.unattributed(session, header.sequence);
      faults.faulty(session, ErrorCode.BAD_CHECKSUM, key, "the checksum is not that of the bytes");
      return next;
    }
    if (header.compressed !== 0 || header.encrypted !== 0) {
      const text = `compressed ${header.compressed}, encrypted ${header.encrypted}: this server takes neither; both must be 0`;
      faults.faulty(session, ErrorCode.BAD_FRAME, faults.unattributed(session, header.sequence), text);
      return next;
    }
    const route = protocol.routeOf(header);
    if (route !== undefined) this.request(session, route, header, slab, start, bodyStart, bodyEnd);
    else this.control(session, header, slab, bodyStart, bodyEnd);
    return next;
  }

  private request(
    session: FrontendSession,
    route: Route,
    header: RequestHeader,
    slab: Slab,
    frame: number,
    start: number,
    end: number,
  ): void {
    const { handler } = route;
    const { core } = this;
    const { protocol } = session;
    core.counters.requests++;
    if (session.phase !== SessionPhase.OPEN) {
      this.faulty(session, ErrorCode.UNAUTHENTICATED, route, header, "say Hello first");
      return;
    }
    if (header.serverType !== route.type.typeId && header.serverType !== 0) {
      const text = `${handler.route} is a route of server type ${route.type.typeId}, not ${header.serverType}`;
      this.faulty(session, ErrorCode.BAD_FRAME, route, header, text);
      return;
    }
    if (protocol.kinds !== null && header.kind !== protocol.kinds[handler.kind]) {
      const text = `${handler.route} is a ${handler.kind}, kind ${protocol.kinds[handler.kind]}, not kind ${header.kind}`;
      // Only what asks waits for an answer, and says under which sequence.
      if (header.kind === protocol.kinds.request) this.faulty(session, ErrorCode.BAD_FRAME, route, header, text);
      else this.faults.faulty(session, ErrorCode.BAD_FRAME, this.faults.unattributed(session, 0), text);
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
      this.forwarder.forward(session, route, header, slab, frame, start, end);
      return;
    }
    if (handler.kind === "request") session.inFlight++;
    const { arrival } = this;
    arrival.session = session;
    arrival.sequence = header.sequence;
    arrival.remaining = handler.timeout;
    arrival.json = protocol.json;
    if (protocol.hasFields) {
      // A header of its own: the protocol's is filled again with the next frame, and the handler may keep this one.
      arrival.header = protocol.request.create();
      protocol.request.decode(arrival.header, slab, frame, end + protocol.request.trailer);
      arrival.reply = protocol.response.create();
    } else {
      arrival.header = null;
      arrival.reply = null;
    }
    this.dispatcher.dispatch(this.targets[handler.linkId]!, this.reply, arrival, slab, start, end);
  }

  /** A frame whose id is no route's: a control message, or a mistake. */
  private control(session: FrontendSession, header: RequestHeader, slab: Slab, start: number, end: number): void {
    const { protocol } = session;
    const id = protocol.keyOf(header);
    const key: ResponseKey = { sequence: header.sequence, messageId: id, serverType: 0 };
    try {
      if (this.controls[protocol.index]!.take(session, header, slab, start, end)) return;
    } catch (error) {
      if (!(error instanceof BodyError)) throw error;
      this.faults.faulty(session, ErrorCode.BAD_BODY, key, error.message);
      return;
    }
    this.takeSequence(session, header.sequence);
    const what = header.route === "" ? `message id ${id}` : `route "${header.route.slice(0, 64)}"`;
    const text = `${what} names no route that a client may call`;
    // A client of a newer schema may well call what this one does not have yet.
    if (session.newer) this.responder.failure(session, key, Failure.of("UNKNOWN_MESSAGE", text, "no"), "no");
    else this.faults.faulty(session, ErrorCode.UNKNOWN_MESSAGE, key, text);
  }

  private faulty(session: FrontendSession, code: ErrorCode, route: Route, header: RequestHeader, text: string): void {
    this.faults.faulty(session, code, keyOf(route, header), text);
  }

  private refuse(session: FrontendSession, route: Route, header: RequestHeader, failure: Failure): void {
    if (route.handler.kind === "notify") this.core.counters.droppedNotifies++;
    this.responder.failure(session, keyOf(route, header), failure, "no");
  }

  /** At most once: a number that is not after the last one never runs. */
  private takeSequence(session: FrontendSession, sequence: number): boolean {
    const { protocol } = session;
    if (!protocol.ordersRequests) return true;
    const bytes = protocol.request.sequenceBytes;
    if (sequence === 0 || sequenceDistance(session.lastSequence, sequence, bytes) <= 0) return false;
    session.lastSequence = sequence;
    return true;
  }
}

function keyOf({ handler, type }: Route, header: RequestHeader): ResponseKey {
  return { sequence: header.sequence, messageId: handler.replyId, serverType: type.typeId, handler };
}
