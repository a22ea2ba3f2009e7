/**
 * The runtime's own questions between servers (bind a uid, list a channel's members), above the same calls as remotes. Not a hot path:
 * promises are welcome here.
 */
import type { AnyBodyCodec, BodyCodec } from "../../wire/body-codec.js";
import { ErrorCode } from "../../wire/error-code.js";
import type { Slab } from "../../wire/slab.js";
import { ENVELOPE_BYTES, type Envelope, encodeEnvelope, FrameKind } from "../bus/envelope.js";
import { Failure } from "../failure.js";
import type { TickClock } from "../operate/tick-clock.js";
import type { SessionReference } from "../session/session-reference.js";
import type { Calls, Completion, PendingCall } from "./calls.js";
import { readFailure, writeFailure } from "./failure-body.js";
import type { Peer } from "./peer.js";
import type { Retries } from "./retries.js";

/** One question as it arrived. */
export interface Question extends SessionReference {
  readonly from: Peer;
  /** On the clock's scale: when whoever asked stops waiting. */
  readonly deadline: number;
  /** Decodes the body. Throws `BodyError`. */
  read<T>(codec: BodyCodec<T>): T;
}

/** Resolves to the encoder of the answer's body, or to nothing for an empty answer. Throws Failure to refuse. */
export type Answerer = (question: Question) => Promise<Answer | undefined> | Answer | undefined;

export interface Answer {
  readonly codec: AnyBodyCodec;
  readonly message: unknown;
}

interface Asked {
  readonly resolve: (message: never) => void;
  readonly reject: (failure: Failure) => void;
  readonly codec: AnyBodyCodec | null;
  readonly what: string;
}

/** The runtime's own questions are quick, or somebody is in trouble. Milliseconds. */
const TIMEOUT = 5_000;

/** After these the peer may not have heard the question. */
const UNSETTLED: ReadonlySet<number> = new Set([ErrorCode.OVERLOADED, ErrorCode.TIMEOUT, ErrorCode.OUTCOME_UNKNOWN]);

export class Operations implements Completion {
  private readonly calls: Calls;
  private readonly clock: TickClock;
  private readonly errorNames: ReadonlyMap<number, string>;
  private readonly retries: Retries;
  /** Questions of others that are being answered. */
  serving = 0;
  /** Own questions without an answer yet: calls that no client and no handler made. */
  asking = 0;
  private readonly answerers = new Map<number, Answerer>();

  constructor(calls: Calls, clock: TickClock, errorNames: ReadonlyMap<number, string>, retries: Retries) {
    this.calls = calls;
    this.clock = clock;
    this.errorNames = errorNames;
    this.retries = retries;
  }

  /** Answers an operation on this server. */
  serve(operation: number, answerer: Answerer): void {
    this.answerers.set(operation, answerer);
  }

  /**
   * Asks a peer. Resolves to the answer decoded by `response`, or to undefined if that is null. Rejects with Failure: what the peer
   * threw, OVERLOADED, TIMEOUT or OUTCOME_UNKNOWN. Nobody has to await it: a rejection that nobody handles is no crash.
   */
  ask<T>(
    peer: Peer,
    operation: number,
    session: SessionReference,
    request: Answer | null,
    response: BodyCodec<T> | null,
    what: string,
  ): Promise<T> {
    const promise = new Promise<T>((resolve, reject) => {
      const call = this.calls.open(peer, this.clock.now() + TIMEOUT, this);
      const link = peer.link;
      if (call === null || !link.begin(ENVELOPE_BYTES)) {
        if (call !== null) this.calls.abandon(call);
        reject(Failure.of("OVERLOADED", `${what}: the link to ${peer.id} is down or full`, "no"));
        return;
      }
      const asked: Asked = { resolve: resolve as (message: never) => void, reject, codec: response, what };
      call.note = asked;
      this.asking++;
      const { slot, generation, owner } = session;
      const slab = link.slab;
      const start = slab.length;
      const kind = FrameKind.OPERATION;
      encodeEnvelope(slab, start, kind, 0, operation, 0, call.correlation, slot, generation, owner, TIMEOUT);
      slab.length += ENVELOPE_BYTES;
      try {
        request?.codec.encode(request.message, slab);
      } catch (error) {
        // Left where it is, what was written would become the end of the frame before.
        link.abandon();
        this.calls.abandon(call);
        this.asking--;
        reject(unwritable(what, error));
        return;
      }
      link.end();
    });
    promise.catch(() => {});
    return promise;
  }

  /**
   * Asks like `ask`, and goes on asking until the peer has answered or is gone, or it is not `wanted` any more: for ends, which must not
   * be lost to a full link. Asking twice must do no harm. The promise is the first attempt's.
   */
  insist(
    peer: Peer,
    operation: number,
    session: SessionReference,
    request: Answer | null,
    what: string,
    wanted: () => boolean = () => true,
  ): Promise<undefined> {
    const attempt = this.ask<undefined>(peer, operation, session, request, null, what);
    attempt.catch((failure: Failure) => {
      if (!peer.alive || !UNSETTLED.has(failure.code)) return;
      this.retries.endLater(() => {
        if (wanted()) void this.insist(peer, operation, session, request, what, wanted);
      });
    });
    return attempt;
  }

  /** A question arrived. False: this server does not answer that operation. */
  asked(from: Peer, envelope: Envelope, slab: Slab, start: number, end: number): boolean {
    const answerer = this.answerers.get(envelope.linkId);
    if (answerer === undefined) return false;
    const { correlation, slot, generation, owner } = envelope;
    const deadline = this.clock.now() + envelope.remaining;
    // The body is read before the first await: the slab is only ours during this call.
    const read = <T>(codec: BodyCodec<T>): T => codec.decode(slab, start, end);
    const run = async (): Promise<Answer | undefined> => answerer({ from, slot, generation, owner, deadline, read });
    this.serving++;
    run().then(
      (answer) => {
        this.serving--;
        this.reply(from, correlation, answer);
      },
      (error: unknown) => {
        this.serving--;
        this.refuse(from, correlation, error);
      },
    );
    return true;
  }

  answered(call: PendingCall, code: number, slab: Slab, start: number, end: number): void {
    const asked = this.settled(call);
    if (code !== ErrorCode.OK) {
      asked.reject(readFailure(code, slab, start, end, this.errorNames));
      return;
    }
    try {
      asked.resolve((asked.codec === null ? undefined : asked.codec.decode(slab, start, end)) as never);
    } catch {
      asked.reject(Failure.of("INTERNAL", `${asked.what}: the answer of ${call.peer?.id} does not decode`, "unknown"));
    }
  }

  timedOut(call: PendingCall): void {
    const { what, reject } = this.settled(call);
    reject(Failure.of("TIMEOUT", `${what}: ${call.peer?.id} did not answer within ${TIMEOUT} ms`, "unknown"));
  }

  lost(call: PendingCall): void {
    const { what, reject } = this.settled(call);
    const text = `${what}: ${call.peer?.id} was lost before it answered, or its answer was`;
    reject(Failure.of("OUTCOME_UNKNOWN", text, "unknown"));
  }

  private settled({ note }: PendingCall): Asked {
    this.asking--;
    return note as Asked;
  }

  private reply(to: Peer, correlation: number, answer: Answer | undefined): void {
    if (!to.alive || !to.link.begin(ENVELOPE_BYTES)) return;
    const slab = to.link.slab;
    encodeEnvelope(slab, slab.length, FrameKind.REPLY, 0, 0, 0, correlation, 0, 0, 0, 0);
    slab.length += ENVELOPE_BYTES;
    try {
      if (answer !== undefined) answer.codec.encode(answer.message, slab);
    } catch (error) {
      to.link.abandon();
      this.refuse(to, correlation, unwritable("the answer", error));
      return;
    }
    to.link.end();
  }

  private refuse(to: Peer, correlation: number, error: unknown): void {
    if (!to.alive || !to.link.begin(ENVELOPE_BYTES)) return;
    const failure =
      error instanceof Failure
        ? error
        : Failure.of("INTERNAL", error instanceof Error ? error.message : "?", "unknown");
    const slab = to.link.slab;
    encodeEnvelope(slab, slab.length, FrameKind.REPLY, failure.code, 0, 0, correlation, 0, 0, 0, 0);
    slab.length += ENVELOPE_BYTES;
    writeFailure(failure, failure.executed, slab);
    to.link.end();
  }
}

/** A value of a wrong type came from an application. */
function unwritable(what: string, error: unknown): Failure {
  return Failure.of("INTERNAL", `${what}: ${error instanceof Error ? error.message : String(error)}`, "no");
}
