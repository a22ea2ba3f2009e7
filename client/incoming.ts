/** Whom a frame from the server is for: a call that waits for it, those who listen to a push, or nobody any more. */
import { BodyError } from "../wire/body-error.js";
import { Executed as ExecutedNumber, Failure } from "../wire/control.js";
import { ErrorCode, type Executed } from "../wire/error-code.js";
import type { ResponseHeader } from "../wire/layout-codec.js";
import type { Slab } from "../wire/slab.js";
import { CallError } from "./call-error.js";
import type { Answerable, Calls } from "./calls.js";
import type { ClientDescription, PushRoute } from "./description.js";
import type { ErrorNames } from "./error-names.js";
import { Listeners } from "./listeners.js";

export interface IncomingReports {
  /** A body does not decode; the frame around it did, so the connection goes on. */
  faulted(): void;
  /** What no promise can tell. */
  lost(error: Error): void;
  /** What a listener threw. */
  threw(error: unknown): void;
}

interface Subscription {
  readonly push: PushRoute<unknown>;
  readonly listeners: Listeners<unknown>;
}

export class Incoming {
  /** The session's push counter as of the last push that carried it. */
  lastPush = 0;
  readonly #calls: Calls;
  readonly #names: ErrorNames;
  readonly #reports: IncomingReports;
  readonly #pushes = new Map<number, Subscription>();
  /** Routes that are not answered, by message id: what comes under one of these ids with an error code is a refusal. */
  readonly #notifies = new Map<number, string>();
  /** The ids of answers. */
  readonly #answers = new Set<number>();

  constructor(description: ClientDescription, calls: Calls, names: ErrorNames, reports: IncomingReports) {
    this.#calls = calls;
    this.#names = names;
    this.#reports = reports;
    for (const route of description.routes) {
      if (route.kind === "request") this.#answers.add(route.replyId ?? route.messageId);
      else this.#notifies.set(route.messageId, route.route);
    }
    for (const push of description.pushes) {
      this.#pushes.set(push.messageId, { push, listeners: new Listeners((error) => reports.threw(error)) });
    }
  }

  /** Throws when the push is none of the description's. */
  subscribe<Message>(push: PushRoute<Message>, listener: (message: Message) => void): () => void {
    const subscription = this.#pushes.get(push.messageId);
    if (subscription === undefined) {
      throw new TypeError(`push ${push.route} (${push.messageId}) is not in this client's description`);
    }
    return subscription.listeners.add(listener as (message: unknown) => void);
  }

  /** A frame that is no control message. */
  received(header: ResponseHeader, slab: Slab): void {
    const { messageId, sequence } = header;
    if (header.errorCode !== ErrorCode.OK) {
      this.#onFailure(header, slab);
      return;
    }
    const subscription = this.#pushes.get(messageId);
    if (subscription !== undefined) {
      this.#onPush(subscription, header, slab);
      return;
    }
    const call = this.#calls.take(sequence, messageId);
    if (call !== null) {
      this.#onResponse(call, header, slab);
      return;
    }
    // The answer to a request that was given up, or a push of a newer schema, which counts all the same.
    if (!this.#answers.has(messageId) && sequence !== 0) this.lastPush = sequence;
  }

  /** A failure under no route's id. Its sequence number may still say which request it answers. */
  failed(sequence: number, code: number, failure: Failure): void {
    const call = this.#calls.takeAny(sequence);
    if (call === null) this.#reports.lost(this.#errorOf("", code, failure));
    else call.reject(code, executedOf(failure), messageOf(failure, call.route.route, this.#names(code)), failure.logId);
  }

  #onFailure({ messageId, sequence, errorCode, bodyStart, bodyEnd }: ResponseHeader, slab: Slab): void {
    const call = this.#calls.take(sequence, messageId);
    const route = call?.route.route ?? this.#notifies.get(messageId);
    if (route === undefined) return;
    const failure = this.#decodeFailure(slab, bodyStart, bodyEnd);
    if (call === null) this.#reports.lost(this.#errorOf(route, errorCode, failure));
    else call.reject(errorCode, executedOf(failure), messageOf(failure, route, this.#names(errorCode)), failure.logId);
  }

  #onResponse(call: Answerable, { bodyStart, bodyEnd }: ResponseHeader, slab: Slab): void {
    let response: unknown;
    try {
      response = call.route.response.decode(slab, bodyStart, bodyEnd);
    } catch (error) {
      if (!(error instanceof BodyError)) throw error;
      this.#reports.faulted();
      const message = `${call.route.route}: the response does not decode: ${error.message}`;
      call.reject(ErrorCode.BAD_BODY, "yes", message, "");
      return;
    }
    call.resolve(response);
  }

  #onPush({ push, listeners }: Subscription, { sequence, bodyStart, bodyEnd }: ResponseHeader, slab: Slab): void {
    if (sequence !== 0) this.lastPush = sequence;
    if (listeners.empty) return;
    let message: unknown;
    try {
      message = push.message.decode(slab, bodyStart, bodyEnd);
    } catch (error) {
      if (!(error instanceof BodyError)) throw error;
      this.#reports.faulted();
      this.#reports.lost(new Error(`push ${push.route} does not decode: ${error.message}`, { cause: error }));
      return;
    }
    listeners.tell(message);
  }

  #decodeFailure(slab: Slab, start: number, end: number): Failure {
    try {
      return Failure.decode(slab, start, end);
    } catch (error) {
      if (!(error instanceof BodyError)) throw error;
      this.#reports.faulted();
      return Failure.create();
    }
  }

  #errorOf(route: string, code: number, failure: Failure): CallError {
    const name = this.#names(code);
    const message = messageOf(failure, route || "a frame", name);
    return new CallError({ route, code, name, message, executed: executedOf(failure), logId: failure.logId });
  }
}

function messageOf({ message }: Failure, route: string, name: string): string {
  return message === "" ? `${route} failed with ${name}` : message;
}

function executedOf({ executed }: Failure): Executed {
  if (executed === ExecutedNumber.NO) return "no";
  return executed === ExecutedNumber.YES ? "yes" : "unknown";
}
