/** Passes clients' requests on to the backends that answer them, body unopened, and the answers back. */
import { BodyError } from "../../wire/body-error.js";
import { ErrorCode, errorCodeName } from "../../wire/error-code.js";
import type { Slab } from "../../wire/slab.js";
import {
  ENVELOPE_BYTES,
  encodeEnvelope,
  FrameKind,
  flagEnvelope,
  Operation,
  PROTOCOL_SHIFT,
  RequestFlag,
} from "../bus/envelope.js";
import type { Completion, PendingCall } from "../cluster/calls.js";
import { readFailure } from "../cluster/failure-body.js";
import { lostFailure } from "../cluster/lost-failure.js";
import type { Peer } from "../cluster/peer.js";
import { Router } from "../cluster/router.js";
import { Failure } from "../failure.js";
import type { InternalHeader, RequestHeader } from "../manifest.js";
import type { Route } from "../manifest-tables.js";
import { LogLimit } from "../operate/log-limit.js";
import type { ServerCore } from "../server-core.js";
import { type FrontendSession, SessionPhase, type SessionUse } from "../session/frontend-session.js";
import { currentUse, switchTo, tellState } from "../session/session-uses.js";
import { HeldRequest, HeldRequests } from "./held-requests.js";
import { type Responder, type ResponseKey, ReusedKey } from "./responder.js";

/** About answers that fit no frame, in ten seconds. */
const LINES = 10;

export class Forwarder implements Completion {
  private readonly core: ServerCore;
  private readonly responder: Responder;
  private readonly header: InternalHeader;
  private readonly key = new ReusedKey();
  private readonly lines: LogLimit;
  /** By type index: what the type's rule depends on. */
  private readonly depends: readonly ("session" | "message" | "turn")[];

  constructor(core: ServerCore, responder: Responder) {
    this.core = core;
    this.responder = responder;
    this.lines = new LogLimit(LINES, () => core.timing.now());
    this.header = core.tables.manifest.internal.create();
    this.depends = core.tables.manifest.servers.map((type) => Router.depends(type.routeBy));
  }

  /**
   * Sends a request or notify on. Its frame, and in it the body, stand in the slab. `deadline` is on the clock's scale. Every refusal is
   * answered here.
   */
  forward(
    session: FrontendSession,
    route: Route,
    request: RequestHeader,
    slab: Slab,
    frame: number,
    start: number,
    end: number,
    deadline = this.core.clock.now() + route.handler.timeout,
  ): void {
    const { handler } = route;
    if (session.held?.has(route.typeIndex) === true) {
      this.hold(session, route, request, slab, frame, end, deadline);
      return;
    }
    const use = this.choose(session, route, request, slab, frame, start, end, deadline);
    if (use === null) return;
    const { peer } = use;
    const link = peer.link;
    const { core, header } = this;
    if (use.told !== session.version && !tellState(session, use)) {
      this.overloaded(session, route, request, peer);
      return;
    }
    const answers = handler.kind === "request";
    const call = answers ? core.calls.open(peer, deadline, this) : null;
    header.sequence = request.sequence;
    header.messageId = request.messageId;
    header.service = request.service;
    header.serverType = route.type.typeId;
    header.timestampHigh = request.timestampHigh;
    header.timestampLow = request.timestampLow;
    header.userIdHigh = session.userIdHigh;
    header.userIdLow = session.userIdLow;
    header.source = core.number;
    header.target = peer.number;
    header.clientIp = session.clientIp;
    const internal = core.tables.manifest.internal;
    const headerBytes = internal.sizeOf(header);
    const { protocol } = session;
    // Only a protocol whose headers have fields of the application's own sends more than the body on.
    const from = protocol.hasFields ? frame : start;
    const to = protocol.hasFields ? end + protocol.request.trailer : end;
    const length = to - from;
    if ((answers && call === null) || !link.begin(ENVELOPE_BYTES + headerBytes + length)) {
      if (call !== null) core.calls.abandon(call);
      this.overloaded(session, route, request, peer);
      return;
    }
    let correlation = 0;
    if (call !== null) {
      call.session = session;
      call.route = route;
      call.sequence = request.sequence;
      call.use = use;
      session.inFlight++;
      use.inFlight++;
      correlation = call.correlation;
    } else {
      use.notified = true;
    }
    const out = link.slab;
    const at = out.length;
    const kind = answers ? FrameKind.REQUEST : FrameKind.NOTIFY;
    const { slot, generation, owner } = session;
    encodeEnvelope(
      out,
      at,
      kind,
      start - from,
      handler.linkId,
      headerBytes,
      correlation,
      slot,
      generation,
      owner,
      Math.max(1, Math.round(deadline - core.clock.now())),
    );
    const headerAt = at + ENVELOPE_BYTES;
    const bodyAt = headerAt + headerBytes;
    const flags = (protocol.json ? RequestFlag.JSON : 0) | (protocol.hasFields ? RequestFlag.CLIENT_FRAME : 0);
    if (flags !== 0) flagEnvelope(out, at, flags | (protocol.index << PROTOCOL_SHIFT));
    out.length = bodyAt;
    out.append(slab, from, to);
    internal.encode(header, out, headerAt, out.length);
    link.end();
  }

  answered(call: PendingCall, code: number, slab: Slab, start: number, end: number): void {
    const session = this.settle(call);
    if (session === null) return;
    const { handler, type } = call.route!;
    const key = this.key.of(handler, type.typeId, call.sequence);
    const { protocol } = session;
    try {
      if (code !== 0 && protocol.entry.control.kind === "foreign") this.failed(session, key, code, slab, start, end);
      else if (code === 0 && protocol.hasFields) this.withFields(session, key, slab, start, end);
      else this.responder.bytes(session, key, code, slab, start, end);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.unsendable(session, call, error);
    }
  }

  /** The answer is a whole frame of the client's protocol, for the fields its header has. */
  private withFields(session: FrontendSession, key: ResponseKey, slab: Slab, start: number, end: number): void {
    const { response } = session.protocol;
    const header = response.create();
    if (response.decode(header, slab, start, end) !== ErrorCode.OK) {
      this.core.counters.strayFrames++;
      this.responder.failure(
        session,
        key,
        Failure.of("INTERNAL", "the backend's answer does not decode", "yes"),
        "yes",
      );
      return;
    }
    this.responder.bytes(session, key, 0, slab, header.bodyStart, header.bodyEnd, header);
  }

  /** A client that is not ours cannot read our Failure. */
  private failed(
    session: FrontendSession,
    key: ResponseKey,
    code: number,
    slab: Slab,
    start: number,
    end: number,
  ): void {
    const failure = readFailure(code, slab, start, end, this.core.tables.errorNames);
    this.responder.failure(session, key, failure, failure.executed);
  }

  /** The answer is larger than the client's layout can say. */
  private unsendable(session: FrontendSession, call: PendingCall, error: RangeError): void {
    const { core } = this;
    const { route } = call.route!.handler;
    const logId = core.timing.random().toString(16).padStart(8, "0");
    core.counters.exceptions++;
    const logged = this.lines.line((more) => {
      core.log.error({ err: error, logId, route, session: session.id, ...more }, "an answer fits no frame");
    });
    const failure = logged
      ? Failure.logged(`${route} failed; the server's log says more under ${logId}`, logId)
      : Failure.logged(`${route} failed, as it did often lately; the server's log says more of the last ones`, "");
    this.responder.failure(session, keyOf(call.route!, call.sequence), failure, failure.executed);
  }

  timedOut(call: PendingCall): void {
    const { route, timeout } = call.route!.handler;
    this.fail(call, Failure.of("TIMEOUT", `${route} did not answer within ${timeout} ms`, "unknown"));
  }

  lost(call: PendingCall): void {
    this.fail(call, lostFailure(call.route!.handler.route, call.peer!));
  }

  private fail(call: PendingCall, failure: Failure): void {
    const session = this.settle(call);
    if (session !== null) this.responder.failure(session, keyOf(call.route!, call.sequence), failure, failure.executed);
  }

  /** The call has its outcome. Null: its session is over, and nobody is told. */
  private settle(call: PendingCall): FrontendSession | null {
    const session = call.session!;
    const use = call.use!;
    const { linkId, timeout } = call.route!.handler;
    this.core.requestTimes.took(linkId, this.core.clock.now() + timeout - call.deadline);
    session.inFlight--;
    use.inFlight--;
    if (use.inFlight === 0 && session.held?.has(use.peer.typeIndex) === true) this.letGo(session, use.peer.typeIndex);
    if (session.phase === SessionPhase.OPEN) return session;
    this.core.counters.lateAnswers++;
    return null;
  }

  /** Until the session's server is done with it: or one that always has something in flight would keep a draining server from leaving. */
  private hold(
    session: FrontendSession,
    route: Route,
    request: RequestHeader,
    slab: Slab,
    frame: number,
    end: number,
    deadline: number,
  ): void {
    const { limits, wheel } = this.core;
    const held = session.held ?? new HeldRequests();
    const to = end + session.protocol.request.trailer;
    if (held.hasRoom(to - frame, limits.sessionBytes)) {
      const one = new HeldRequest(session.protocol, route, slab, frame, to, deadline, (late) =>
        this.heldTooLong(session, late),
      );
      held.add(one);
      wheel.add(one);
      session.held = held;
      if (route.handler.kind === "request") session.inFlight++;
      return;
    }
    const text = `${route.handler.route}: its session moves to another server, and more waits for that already than may; try again later`;
    this.refuse(session, route, request, Failure.of("OVERLOADED", text, "no"));
  }

  /** Whoever sent it gives it up by now: it must not run any more. */
  private heldTooLong(session: FrontendSession, one: HeldRequest): void {
    session.held?.remove(one);
    if (session.held?.empty === true) session.held = null;
    this.goesOn(session, one);
    if (session.phase === SessionPhase.OPEN) this.refuseLate(session, one);
  }

  private refuseLate(session: FrontendSession, { route, header }: HeldRequest): void {
    const { route: name, timeout } = route.handler;
    const text = `${name} waited ${timeout} ms for what its session has at another server`;
    this.refuse(session, route, header, Failure.of("TIMEOUT", text, "no"));
  }

  /** It is held no longer. */
  private goesOn(session: FrontendSession, one: HeldRequest): void {
    this.core.wheel.remove(one);
    if (one.route.handler.kind === "request") session.inFlight--;
  }

  /** Of notifies nobody hears when they are done: the server is asked. */
  private async settleNotifies(session: FrontendSession, use: SessionUse): Promise<void> {
    try {
      const what = `notifies of session ${session.id}`;
      await this.core.operations.ask(use.peer, Operation.SETTLED, session, null, null, what);
    } catch {
      // It is lost, or takes longer than anybody should wait for what has no answer.
    }
    use.notified = false;
    this.letGo(session, use.peer.typeIndex);
  }

  private letGo(session: FrontendSession, typeIndex: number): void {
    // Not from within an answer, whose call is not free yet.
    this.core.timing.defer(() => {
      const waiting = session.held?.take(typeIndex) ?? [];
      if (session.held?.empty === true) session.held = null;
      for (const one of waiting) {
        this.goesOn(session, one);
        if (session.phase !== SessionPhase.OPEN) continue;
        const { route, header, slab, deadline } = one;
        if (deadline <= this.core.clock.now()) this.refuseLate(session, one);
        else this.forward(session, route, header, slab, 0, header.bodyStart, header.bodyEnd, deadline);
      }
    });
  }

  /** Null: it was refused, or waits. */
  private choose(
    session: FrontendSession,
    route: Route,
    request: RequestHeader,
    slab: Slab,
    frame: number,
    start: number,
    end: number,
    deadline: number,
  ): SessionUse | null {
    const { router, view } = this.core;
    const { typeIndex } = route;
    const { since } = route.handler;
    let peer: Peer | null;
    if (this.depends[typeIndex] === "session") {
      const use = currentUse(session, typeIndex);
      if (use?.peer.alive === true) {
        const hasRoute = use.peer.version >= since;
        if (hasRoute && use.chosenVersion === session.version && use.chosenView === view.version) return use;
        // The session's order at the old server would be lost if it moved while something of it is still there.
        const leaving = use.peer.state === "draining";
        if (use.inFlight > 0 && !leaving) return hasRoute ? use : this.withoutRoute(session, route, request, use.peer);
        peer = router.choose(route.type, typeIndex, session, since);
        if (use.inFlight > 0 && peer === null) return use;
        if (peer !== null && peer !== use.peer && (use.inFlight > 0 || use.notified)) {
          this.hold(session, route, request, slab, frame, end, deadline);
          if (use.inFlight === 0) void this.settleNotifies(session, use);
          return null;
        }
      } else {
        peer = router.choose(route.type, typeIndex, session, since);
      }
    } else if (this.depends[typeIndex] === "message") {
      try {
        const scan = session.protocol.json ? route.handler.json!.scanKey! : route.handler.scanKey!;
        peer = router.chooseByMessage(typeIndex, scan, slab, start, end, since);
      } catch (error) {
        if (!(error instanceof BodyError)) throw error;
        this.refuse(session, route, request, Failure.of("BAD_BODY", `${route.handler.route}: ${error.message}`, "no"));
        return null;
      }
    } else {
      peer = router.choose(route.type, typeIndex, session, since);
    }
    if (peer === null) {
      this.refuse(session, route, request, this.unrouted(route, router.code));
      return null;
    }
    const use = switchTo(session, peer);
    use.chosenVersion = session.version;
    use.chosenView = view.version;
    return use;
  }

  private withoutRoute(session: FrontendSession, route: Route, request: RequestHeader, peer: Peer): null {
    const text = `${route.handler.route}: ${peer.id} does not have it yet, and still works for the session; try again later`;
    this.refuse(session, route, request, Failure.of("NO_SERVER", text, "no"));
    return null;
  }

  private unrouted(route: Route, code: ErrorCode): Failure {
    const name = errorCodeName(code)!;
    const rule = route.type.routeBy;
    if (code !== ErrorCode.NO_ROUTE_KEY) {
      return Failure.of(name, `${route.handler.route}: no server of type ${route.type.name} is ready`, "no");
    }
    const what =
      rule === null || rule.kind === "uid"
        ? "the session is not bound to a uid"
        : rule.kind === "messageField"
          ? `the message's field "${"field" in rule ? rule.field : ""}" is empty`
          : `the session's field "${"field" in rule ? rule.field : ""}" is empty`;
    return Failure.of(name, `${route.handler.route} is routed by ${rule?.kind ?? "turn"}, and ${what}`, "no");
  }

  private overloaded(session: FrontendSession, route: Route, request: RequestHeader, peer: Peer): void {
    const text = `${route.handler.route}: the link to ${peer.id} is full; try again later`;
    this.refuse(session, route, request, Failure.of("OVERLOADED", text, "no"));
  }

  private refuse(session: FrontendSession, route: Route, request: RequestHeader, failure: Failure): void {
    if (route.handler.kind === "notify") this.core.counters.droppedNotifies++;
    this.responder.failure(session, keyOf(route, request.sequence), failure, "no");
  }
}

function keyOf(route: Route, sequence: number): ResponseKey {
  const { handler, type } = route;
  return { sequence, messageId: handler.replyId, serverType: type.typeId, handler };
}
