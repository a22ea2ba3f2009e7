/** Why a call was not answered with its response. */
import type { Executed } from "../wire/error-code.js";

export interface CallFailure {
  readonly route: string;
  /** A code of `wire/error-code.ts`, or one the schema declares. */
  readonly code: number;
  /** The code's name in the schema, or in `ErrorCode`. */
  readonly name: string;
  readonly message: string;
  readonly executed: Executed;
  readonly logId: string;
}

/**
 * What a request's promise is rejected with. `executed` says whether the handler ran: after "no" the call may be made again
 * without harm, after "unknown" only the application can tell.
 */
export class CallError extends Error {
  override readonly name: string;
  readonly code: number;
  /** `<serverType>.<group>.<method>` */
  readonly route: string;
  readonly executed: Executed;
  /** Where the server's log says more; empty when the server gave none. */
  readonly logId: string;

  constructor(failure: CallFailure) {
    super(failure.message);
    this.name = failure.name;
    this.code = failure.code;
    this.route = failure.route;
    this.executed = failure.executed;
    this.logId = failure.logId;
  }
}
