/** A Failure as it travels: the control message `Failure`, the body of every answer whose error code is not 0. */
import { Failure as FailureBody, Executed as WireExecuted } from "../../wire/control.js";
import type { Executed } from "../../wire/error-code.js";
import type { Slab } from "../../wire/slab.js";
import { Failure } from "../failure.js";

const toWire = { no: WireExecuted.NO, yes: WireExecuted.YES, unknown: WireExecuted.UNKNOWN };

/** Characters of a message that are sent: it may quote what a client sent, and must fit every frame. */
const LONGEST_MESSAGE = 1_024;

/** Appends the failure's body. `executed` is what the runtime knows, whatever the failure says of itself. */
export function writeFailure(failure: Failure, executed: Executed, slab: Slab): void {
  FailureBody.encode(
    { message: shortened(failure.message), executed: toWire[executed], logId: shortened(failure.logId) },
    slab,
  );
}

function shortened(text: string): string {
  return text.length <= LONGEST_MESSAGE ? text : `${text.slice(0, LONGEST_MESSAGE)}...`;
}

/** Reads one; bytes that do not decode become a failure that says so. */
export function readFailure(
  code: number,
  slab: Slab,
  start: number,
  end: number,
  errorNames: ReadonlyMap<number, string>,
): Failure {
  try {
    const body = FailureBody.decode(slab, start, end);
    const executed = body.executed === WireExecuted.NO ? "no" : body.executed === WireExecuted.YES ? "yes" : "unknown";
    return Failure.received(code, body.message, executed, body.logId, errorNames);
  } catch {
    return Failure.received(code, "the failure's own body does not decode", "unknown", "", errorNames);
  }
}
