/** Writes what a client receives: answers, failures, control messages and pushes, as frames of its protocol, into the outbox. */
import type { BodyCodec } from "../../wire/body-codec.js";
import { copyBytes } from "../../wire/copy-bytes.js";
import type { Executed } from "../../wire/error-code.js";
import type { Slab } from "../../wire/slab.js";
import { writeFailure } from "../cluster/failure-body.js";
import { Failure } from "../failure.js";
import type { Counters } from "../operate/counters.js";
import type { TickClock } from "../operate/tick-clock.js";
import type { FrontendSession } from "../session/frontend-session.js";
import type { FrontendProtocol } from "./frontend-protocol.js";
import type { Outbox } from "./outbox.js";

/** What an answer is filed under: the request's sequence and id, and the type id of the server that answers. */
export interface ResponseKey {
  readonly sequence: number;
  readonly messageId: number;
  readonly serverType: number;
}

export class Responder {
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
    sequence: number,
    messageId: number,
    serverType: number,
    code: number,
    from: Slab,
    start: number,
    end: number,
  ): void {
    if (code !== 0) this.counters.error(code);
    const slab = this.outbox.slab;
    const frame = this.begin(session.protocol, sequence, messageId, serverType, code);
    slab.reserve(end - start);
    copyBytes(from.bytes, start, end, slab.bytes, slab.length);
    slab.length += end - start;
    this.finish(session, frame);
  }

  /** An answer of this server's own. Throws what the codec throws, and RangeError like `bytes`; then nothing was queued. */
  message<T>(
    session: FrontendSession,
    sequence: number,
    messageId: number,
    serverType: number,
    codec: BodyCodec<T>,
    message: T,
  ): void {
    const slab = this.outbox.slab;
    const frame = this.begin(session.protocol, sequence, messageId, serverType, 0);
    try {
      codec.encode(message, slab);
    } catch (error) {
      slab.length = frame;
      throw error;
    }
    this.finish(session, frame);
  }

  failure(session: FrontendSession, key: ResponseKey, failure: Failure, executed: Executed): void {
    this.counters.error(failure.code);
    try {
      this.told(session, key, failure, executed);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // A layout whose frames are too short for the words can still carry the code.
      this.told(session, key, new Failure(failure.code, failure.name, "", failure.executed, failure.logId), executed);
    }
  }

  private told(session: FrontendSession, key: ResponseKey, failure: Failure, executed: Executed): void {
    const frame = this.begin(session.protocol, key.sequence, key.messageId, key.serverType, failure.code);
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
    const frame = this.begin(protocol, 0, messageId, serverType, 0);
    slab.reserve(end - start);
    copyBytes(from.bytes, start, end, slab.bytes, slab.length);
    slab.length += end - start;
    this.seal(protocol, frame);
    return frame;
  }

  /** Reserves the header, and fills the header object; the body is appended next. */
  private begin(
    protocol: FrontendProtocol,
    sequence: number,
    messageId: number,
    serverType: number,
    code: number,
  ): number {
    const header = protocol.responseHeader;
    this.clock.now();
    header.sequence = sequence;
    header.messageId = messageId;
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
    if (this.outbox.fits(session, slab.length - start)) this.outbox.add(session, start, slab.length, 0);
    else this.tooSlow(session);
  }

  /** Writes the header in front of the body. */
  private seal({ response, responseHeader }: FrontendProtocol, start: number): void {
    const { slab } = this.outbox;
    try {
      response.encode(responseHeader, slab, start, slab.length);
    } catch (error) {
      slab.length = start;
      throw error;
    }
  }
}
