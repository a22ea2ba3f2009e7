/**
 * The calls of one client: those that wait for a connection or for their turn, and those that wait for an answer. At most once:
 * what was sent is never sent again, and every error says whether the handler may have run.
 */

import { copyBytes } from "../wire/copy-bytes.js";
import { ErrorCode, type Executed } from "../wire/error-code.js";
import { Slab } from "../wire/slab.js";
import type { Timer, Timing } from "../wire/timing.js";
import { CallError } from "./call-error.js";
import type { NotifyRoute, RequestRoute } from "./description.js";
import type { ErrorNames } from "./error-names.js";

/** Calls, and bytes of their bodies, that may wait to be sent; what exceeds them is refused with OVERLOADED. */
export const WAITING_CALLS = 256;
export const WAITING_BYTES = 1024 * 1024;

/** Bytes of unsent frames above which notifies are refused: unlike requests they do not stop when the server no longer answers. */
export const UNSENT_BYTES = 1024 * 1024;

type AnyRoute = RequestRoute<unknown, unknown> | NotifyRoute<unknown>;

/** Where calls go while a session is open. */
export interface Outlet {
  /** Requests that may wait for their answers at once. */
  readonly inFlight: number;
  /** The sequence number that the next frame will carry. */
  readonly nextSequence: number;
  readonly unsentBytes: number;
  fits(bodyBytes: number): boolean;
  /** Sends a frame with the next sequence number. */
  send(route: AnyRoute, body: Uint8Array, length: number): void;
}

/** A request that was sent, or a request or notify that waits. */
interface Call {
  readonly route: AnyRoute;
  readonly timeout: number;
  readonly resolve: ((response: unknown) => void) | null;
  /** A notify's failure has nowhere else to go but the connection's `onError`. */
  readonly reject: (error: Error) => void;
  /** A copy of the encoded message, while the call waits to be sent. */
  body: Uint8Array | null;
  timer: Timer | null;
  /** 0 until it is sent. */
  sequence: number;
}

/** A request that is being answered. */
export interface Answerable {
  readonly route: RequestRoute<unknown, unknown>;
  resolve(response: unknown): void;
  reject(code: number, executed: Executed, message: string, logId: string): void;
}

export class Calls {
  readonly #timing: Timing;
  readonly #names: ErrorNames;
  readonly #report: (error: Error) => void;
  readonly #encoded = new Slab(1024);
  /** In the order in which they will be sent. */
  #waiting = new Set<Call>();
  /** Those that waited before the session opened: they go on waiting until `resume`, and then go first. */
  #held = new Set<Call>();
  /** Of both. */
  #waitingBytes = 0;
  /** By sequence number, oldest first. */
  readonly #inFlight = new Map<number, Call>();
  #outlet: Outlet | null = null;
  /** Only calls that go ahead are sent; the others join those that are held. */
  #guarded = false;
  #closed: string | null = null;

  /** `report` hears of notifies that cannot be sent. */
  constructor(timing: Timing, names: ErrorNames, report: (error: Error) => void) {
    this.#timing = timing;
    this.#names = names;
    this.#report = report;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** The sequence number of the oldest request that waits for its answer; 0 when there is none. */
  get oldest(): number {
    for (const sequence of this.#inFlight.keys()) return sequence;
    return 0;
  }

  request<Response>(
    route: RequestRoute<unknown, Response>,
    message: unknown,
    timeout: number,
    ahead: boolean,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const call: Call = {
        route: route as AnyRoute,
        timeout,
        resolve: resolve as (response: unknown) => void,
        reject,
        body: null,
        timer: null,
        sequence: 0,
      };
      this.#submit(call, message, ahead);
    });
  }

  notify(route: NotifyRoute<unknown>, message: unknown, ahead: boolean): void {
    const call: Call = {
      route: route as AnyRoute,
      timeout: route.timeout,
      resolve: null,
      reject: this.#report,
      body: null,
      timer: null,
      sequence: 0,
    };
    this.#submit(call, message, ahead);
  }

  /**
   * A session is open: calls that are made from now on go out, or, when it is `guarded`, those of them that go ahead. The others, and
   * those that wait already, are held back until `resume`.
   */
  attach(outlet: Outlet, guarded: boolean): void {
    this.#outlet = outlet;
    this.#guarded = guarded;
    this.#held = this.#waiting;
    this.#waiting = new Set();
  }

  /** Calls that are made from now on go out, ahead or not. */
  open(): void {
    this.#guarded = false;
  }

  /** Lets go what was held back. */
  resume(): void {
    this.#guarded = false;
    this.#waiting = new Set([...this.#held, ...this.#waiting]);
    this.#held.clear();
    this.release();
  }

  /** Sends what waits, as far as the session takes it. */
  release(): void {
    for (const call of this.#waiting) {
      if (!this.#mayGo(call)) return;
      const body = call.body!;
      this.#forget(call);
      this.#send(call, body, body.length);
    }
  }

  /** Nothing new is sent until the next `attach`. */
  pause(): void {
    this.#outlet = null;
  }

  /** The session is over: what was sent and not answered has an unknown outcome. What waits goes on waiting. */
  detach(reason: string): void {
    this.#outlet = null;
    this.resume();
    const lost = [...this.#inFlight.values()];
    this.#inFlight.clear();
    for (const call of lost) {
      this.#fail(
        call,
        ErrorCode.OUTCOME_UNKNOWN,
        "unknown",
        `the connection was lost before the answer came (${reason})`,
      );
    }
  }

  /** No session will open again. */
  close(reason: string): void {
    this.#closed = reason;
    this.detach(reason);
    const given = [...this.#waiting];
    this.#waiting.clear();
    this.#waitingBytes = 0;
    for (const call of given) this.#failClosed(call);
  }

  /** Takes the request that this answer belongs to; null when it was given up, or never made. */
  take(sequence: number, messageId: number): Answerable | null {
    const call = this.#inFlight.get(sequence);
    if (call === undefined || call.route.kind !== "request") return null;
    if ((call.route.replyId ?? call.route.messageId) !== messageId) return null;
    return this.#answer(sequence, call, call.route);
  }

  /** Takes the request with this sequence number, for an answer that cannot name the route. */
  takeAny(sequence: number): Answerable | null {
    const call = this.#inFlight.get(sequence);
    if (call === undefined || call.route.kind !== "request") return null;
    return this.#answer(sequence, call, call.route);
  }

  #answer(sequence: number, call: Call, route: RequestRoute<unknown, unknown>): Answerable {
    this.#inFlight.delete(sequence);
    call.timer?.cancel();
    return {
      route,
      resolve: call.resolve!,
      reject: (code, executed, message, logId) => this.#reject(call, code, executed, message, logId),
    };
  }

  #submit(call: Call, message: unknown, ahead: boolean): void {
    if (this.#closed !== null) {
      this.#failClosed(call);
      return;
    }
    const encoded = this.#encoded;
    encoded.length = 0;
    call.route.request.encode(message, encoded);
    const { maxBytes } = call.route;
    if (encoded.length > maxBytes) {
      this.#fail(call, ErrorCode.TOO_LARGE, "no", `the body has ${encoded.length} bytes, the route takes ${maxBytes}`);
      return;
    }
    if (call.resolve !== null) this.#startTimer(call);
    const held = this.#guarded && !ahead;
    if (!held && this.#waiting.size === 0 && this.#mayGo(call)) {
      this.#send(call, encoded.bytes, encoded.length);
      return;
    }
    const waiting = this.#waiting.size + this.#held.size;
    if (waiting >= WAITING_CALLS || this.#waitingBytes + encoded.length > WAITING_BYTES) {
      const full = `${waiting} calls with ${this.#waitingBytes} bytes wait to be sent already; ${WAITING_CALLS} and ${WAITING_BYTES} may`;
      this.#fail(call, ErrorCode.OVERLOADED, "no", full);
      return;
    }
    call.body = new Uint8Array(encoded.length);
    copyBytes(encoded.bytes, 0, encoded.length, call.body, 0);
    if (call.timer === null) this.#startTimer(call);
    (held ? this.#held : this.#waiting).add(call);
    this.#waitingBytes += encoded.length;
  }

  #mayGo(call: Call): boolean {
    const outlet = this.#outlet;
    if (outlet === null) return false;
    // Narrow sequence fields come round while an old request is still unanswered.
    return call.resolve === null || (this.#inFlight.size < outlet.inFlight && !this.#inFlight.has(outlet.nextSequence));
  }

  #send(call: Call, body: Uint8Array, length: number): void {
    const outlet = this.#outlet!;
    if (!outlet.fits(length)) {
      this.#fail(
        call,
        ErrorCode.TOO_LARGE,
        "no",
        `a frame with a body of ${length} bytes is larger than the server takes`,
      );
    } else if (call.resolve !== null) {
      call.sequence = outlet.nextSequence;
      this.#inFlight.set(call.sequence, call);
      outlet.send(call.route, body, length);
    } else if (outlet.unsentBytes > UNSENT_BYTES) {
      this.#fail(
        call,
        ErrorCode.OVERLOADED,
        "no",
        `${outlet.unsentBytes} bytes wait to leave already; ${UNSENT_BYTES} may`,
      );
    } else {
      call.timer?.cancel();
      outlet.send(call.route, body, length);
    }
  }

  #startTimer(call: Call): void {
    call.timer = this.#timing.after(call.timeout, () => this.#expire(call));
  }

  #expire(call: Call): void {
    if (call.body !== null) {
      this.#forget(call);
      this.#fail(call, ErrorCode.TIMEOUT, "no", `it could not be sent within ${call.timeout} ms`);
      return;
    }
    this.#inFlight.delete(call.sequence);
    this.#fail(call, ErrorCode.TIMEOUT, "unknown", `no answer within ${call.timeout} ms`);
    this.release();
  }

  #forget(call: Call): void {
    this.#waiting.delete(call);
    this.#held.delete(call);
    this.#waitingBytes -= call.body!.length;
    call.body = null;
  }

  #failClosed(call: Call): void {
    this.#fail(call, ErrorCode.NO_SERVER, "no", `it was not sent: the client is closed (${this.#closed})`);
  }

  /** Fails a call for a reason of our own, as opposed to the server's. */
  #fail(call: Call, code: number, executed: Executed, why: string): void {
    this.#reject(call, code, executed, `${call.route.route}: ${why}`, "");
  }

  #reject(call: Call, code: number, executed: Executed, message: string, logId: string): void {
    call.timer?.cancel();
    call.reject(new CallError({ route: call.route.route, code, name: this.#names(code), message, executed, logId }));
  }
}
