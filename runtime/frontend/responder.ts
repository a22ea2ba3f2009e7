/** Writes what a client receives: answers, failures, control messages and pushes, as frames of its protocol, into the outbox. */
import type { BodyCodec } from "../../wire/body-codec.js";
import type { Executed } from "../../wire/error-code.js";
import type { Slab } from "../../wire/slab.js";
import { writeFailure } from "../cluster/failure-body.js";
import { Failure } from "../failure.js";
import type { HandlerEntry, ResponseHeader } from "../manifest.js";
import type { Counters } from "../operate/counters.js";
import type { TickClock } from "../operate/tick-clock.js";
import type { FrontendSession } from "../session/frontend-session.js";
import { BodyFailures } from "./body-failure.js";
import type { FrontendProtocol } from "./frontend-protocol.js";
import type { Outbox } from "./outbox.js";

/** What an answer is filed under: the request's sequence, the answer's key, and the type id of the server that answers. */
export interface ResponseKey {
  readonly sequence: number;
  readonly messageId: number;
  readonly serverType: number;
  /** The route, where there is one: it may have a field of its own for failures. */
  readonly handler?: HandlerEntry | null;
}

/** A key that is filled again for every answer. */
export class ReusedKey implements ResponseKey {
  sequence = 0;
  messageId = 0;
  serverType = 0;
  handler: HandlerEntry | null = null;

  of(handler: HandlerEntry, serverType: number, sequence: number): this {
    this.sequence = sequence;
    this.messageId = handler.replyId;
    this.serverType = serverType;
    this.handler = handler;
    return this;
  }
}

/** What a frame downwards is, in protocols whose headers say so. */
const RESPONSE = 0;
const PUSH = 1;

export class Responder {
  private readonly bodyFailures = new BodyFailures();
  private readonly outbox: Outbox;
  private readonly clock: TickClock;
  private readonly counters: Counters;
  private readonly tooSlow: (session: FrontendSession) => void;

  constructor(outbox: Outbox, clock: TickClock, counters: Counters, tooSlow: (session: FrontendSession) => void) {
    this.outbox = outbox;
    this.clock = clock;
    this.counters = counters;
    this.tooSlow = tooSlow;
  }

  /**
   * An answer whose body another server encoded; also a failure's, when `code` is not 0. Throws RangeError when the layout cannot say
   * how long the frame is; then nothing was queued.
   */
  bytes(
    session: FrontendSession,
    key: ResponseKey,
    code: number,
    from: Slab,
    start: number,
    end: number,
    fields: ResponseHeader | null = null,
  ): void {
    if (code !== 0) this.counters.error(code);
    const slab = this.outbox.slab;
    const frame = this.begin(session.protocol, key.sequence, key.messageId, key.serverType, code, RESPONSE, fields);
    slab.append(from, start, end);
    this.finish(session, frame);
  }

  /** An answer of this server's own. Throws what the codec throws, and RangeError like `bytes`; then nothing was queued. */
  message<T>(
    session: FrontendSession,
    key: ResponseKey,
    codec: BodyCodec<T>,
    message: T,
    fields: ResponseHeader | null = null,
  ): void {
    const slab = this.outbox.slab;
    const frame = this.begin(session.protocol, key.sequence, key.messageId, key.serverType, 0, RESPONSE, fields);
    try {
      codec.encode(message, slab);
    } catch (error) {
      slab.length = frame;
      throw error;
    }
    this.finish(session, frame);
  }

  /** Says that something failed, as far as the client's protocol can. */
  failure(session: FrontendSession, key: ResponseKey, failure: Failure, executed: Executed): void {
    this.counters.error(failure.code);
    const { entry, carriesErrors } = session.protocol;
    if (entry.control.kind === "foreign") {
      this.foreignFailure(session, key, failure.code, carriesErrors);
      return;
    }
    try {
      this.told(session, key, failure, executed);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // A layout whose frames are too short for the words can still carry the code.
      this.told(session, key, new Failure(failure.code, failure.name, "", failure.executed, failure.logId), executed);
    }
  }

  /** In the header where that has a place for it, else in the field of the response that the schema names; else not at all. */
  private foreignFailure(session: FrontendSession, key: ResponseKey, code: number, inHeader: boolean): void {
    const handler = key.handler ?? null;
    if (inHeader && key.messageId >= 0) {
      const { sequence, messageId, serverType } = key;
      this.finish(session, this.begin(session.protocol, sequence, messageId, serverType, code, RESPONSE, null));
    } else if (handler !== null && handler.failureField !== null && handler.response !== null) {
      const codec = session.protocol.json ? handler.json!.response! : handler.response;
      const response = this.bodyFailures.responseOf(handler, codec, code);
      if (response !== null) this.message(session, key, codec, response);
    }
  }

  private told(session: FrontendSession, key: ResponseKey, failure: Failure, executed: Executed): void {
    const { sequence, messageId, serverType } = key;
    const frame = this.begin(session.protocol, sequence, messageId, serverType, failure.code, RESPONSE, null);
    writeFailure(failure, executed, this.outbox.slab);
    this.finish(session, frame);
  }

  /**
   * A push's frame, written once for all sessions of a protocol; its sequence is set for each as it leaves. Returns where it starts.
   * Throws RangeError like `bytes`.
   */
  push(
    protocol: FrontendProtocol,
    messageId: number,
    serverType: number,
    from: Slab,
    start: number,
    end: number,
  ): number {
    const slab = this.outbox.slab;
    const frame = this.begin(protocol, 0, messageId, serverType, 0, PUSH, null);
    slab.append(from, start, end);
    this.seal(protocol, frame);
    // Nobody may come to be sent it, again and again while no one else is sent anything.
    this.outbox.schedule();
    return frame;
  }

  /** Reserves the header, and fills the header object; the body is appended next. */
  private begin(
    protocol: FrontendProtocol,
    sequence: number,
    messageId: number,
    serverType: number,
    code: number,
    kind: typeof RESPONSE | typeof PUSH,
    fields: ResponseHeader | null,
  ): number {
    const header = protocol.responseHeader;
    this.clock.now();
    header.sequence = sequence;
    protocol.setKey(messageId, kind === PUSH);
    if (protocol.kinds !== null) header.kind = kind === PUSH ? protocol.kinds.push : protocol.kinds.response;
    if (protocol.response.fields.length > 0) protocol.setFields(fields);
    header.serverType = serverType;
    header.timestampHigh = this.clock.wallHigh;
    header.timestampLow = this.clock.wallLow;
    header.errorCode = code;
    const slab = this.outbox.slab;
    const start = slab.length;
    const size = protocol.response.sizeOf(header);
    slab.reserve(size);
    slab.length = start + size;
    return start;
  }

  private finish(session: FrontendSession, start: number): void {
    const { slab } = this.outbox;
    this.seal(session.protocol, start);
    // An answer is never dropped: a client that does not read its answers is closed.
    if (this.outbox.fits(session, slab.length - start)) {
      this.outbox.add(session, start, slab.length, 0);
    } else {
      slab.length = start;
      this.tooSlow(session);
    }
  }

  /** Writes the header in front of the body. */
  private seal({ response, responseHeader }: FrontendProtocol, start: number): void {
    const { slab } = this.outbox;
    slab.reserve(response.trailer);
    slab.length += response.trailer;
    try {
      response.encode(responseHeader, slab, start, slab.length);
    } catch (error) {
      slab.length = start;
      throw error;
    }
  }
}
