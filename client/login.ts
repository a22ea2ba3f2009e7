/** One login on one session: its calls go ahead, everybody else's wait until it is done. */
import { ErrorCode } from "../wire/error-code.js";
import { CallError } from "./call-error.js";
import type { ConnectionState } from "./connection-state.js";
import type { NotifyRoute, PushRoute, RequestRoute } from "./description.js";
import type { CallOptions, Line } from "./line.js";

/** A login that failed for one of these may succeed next time. */
const PASSING: ReadonlySet<number> = new Set([
  ErrorCode.OVERLOADED,
  ErrorCode.RATE_LIMITED,
  ErrorCode.NO_SERVER,
  ErrorCode.BACKEND_LOST,
  ErrorCode.TIMEOUT,
  ErrorCode.OUTCOME_UNKNOWN,
  ErrorCode.DRAINING,
  ErrorCode.INTERNAL,
]);

/** Whether a login that failed so should be tried again; otherwise the application, or the client's own code, has refused it for good. */
export function mayPass(error: unknown): boolean {
  return error instanceof CallError && PASSING.has(error.code);
}

/** A connection's calls, with a word on whether they go ahead. */
export interface Calling {
  request<Request, Response>(
    route: RequestRoute<Request, Response>,
    message: Request,
    options: CallOptions | undefined,
    ahead: boolean,
  ): Promise<Response>;
  notify<Message>(route: NotifyRoute<Message>, message: Message, ahead: boolean): void;
}

export class LoginLine implements Line {
  readonly #line: Line;
  readonly #calling: Calling;
  #ahead = true;

  constructor(line: Line, calling: Calling) {
    this.#line = line;
    this.#calling = calling;
  }

  get state(): ConnectionState {
    return this.#line.state;
  }

  /** The login is done, or its session over: whoever keeps this line has one like any other. */
  end(): void {
    this.#ahead = false;
  }

  request<Request, Response>(
    route: RequestRoute<Request, Response>,
    message: Request,
    options?: CallOptions,
  ): Promise<Response> {
    return this.#calling.request(route, message, options, this.#ahead);
  }

  notify<Message>(route: NotifyRoute<Message>, message: Message): void {
    this.#calling.notify(route, message, this.#ahead);
  }

  subscribe<Message>(push: PushRoute<Message>, listener: (message: Message) => void): () => void {
    return this.#line.subscribe(push, listener);
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    return this.#line.onState(listener);
  }

  onGap(listener: () => void): () => void {
    return this.#line.onGap(listener);
  }

  close(): void {
    this.#line.close();
  }
}
