/** The one error type that crosses servers and reaches clients with its code. Anything else that is thrown becomes INTERNAL. */
import { ErrorCode, type ErrorCodeName, type Executed, errorCodeName } from "../wire/error-code.js";

export class Failure extends Error {
  readonly code: number;
  /** Whether the handler ran; what a handler throws says `yes` whatever stands here. */
  readonly executed: Executed;
  /** Under which the log of the server says more; empty when there is nothing more to say. */
  readonly logId: string;

  /**
   * Throws RangeError for a code that no header can carry.
   *
   * @param code a number of the closed list, or an application's own from 1000 to 65535
   * @param name the code's name in the schema; shown in logs
   * @param message what was wrong; sent to the client
   */
  constructor(code: number, name: string, message: string, executed: Executed = "yes", logId = "") {
    super(message);
    if (!Number.isInteger(code) || code < 1 || code > MOST_CODE) {
      throw new RangeError(`Failure ${name}: the code ${code} is not an integer from 1 to ${MOST_CODE}`);
    }
    this.name = name;
    this.code = code;
    this.executed = executed;
    this.logId = logId;
  }

  /** INTERNAL: an unexpected exception, whose details stay in the log. */
  static logged(message: string, logId: string): Failure {
    return new Failure(ErrorCode.INTERNAL, "INTERNAL", message, "yes", logId);
  }

  /** A failure of the closed list that says whether the handler ran. */
  static of(name: ErrorCodeName, message: string, executed: Executed): Failure {
    return new Failure(ErrorCode[name], name, message, executed);
  }

  /** A failure read from a link. Names of application codes are looked up in the manifest's table. */
  static received(
    code: number,
    message: string,
    executed: Executed,
    logId: string,
    names: ReadonlyMap<number, string>,
  ): Failure {
    return new Failure(code, errorCodeName(code) ?? names.get(code) ?? `ERROR_${code}`, message, executed, logId);
  }
}

/** Codes have 16 bits between servers. */
const MOST_CODE = 0xffff;
