/** What one server counts. Plain number fields: an increment on the hot path is one store, and whoever exports them reads. */
import type { CloseCode } from "../../wire/close-code.js";
import { ErrorCode, errorCodeName } from "../../wire/error-code.js";

const CODES = 64;

export class Counters {
  framesIn = 0;
  framesOut = 0;
  bytesIn = 0;
  bytesOut = 0;
  /** Requests and notifies of clients, also those that were refused: on a frontend as they came, on a backend as connectors passed them on. */
  requests = 0;
  /** Answers that came after their deadline, or after their session ended. */
  lateAnswers = 0;
  /** Notifies dropped: over a `drop` rate, or a full queue. */
  droppedNotifies = 0;
  /** Pushes dropped: overflow `drop`, or a receiver that is gone. */
  droppedPushes = 0;
  /** Clients that were told, by Gap, that pushes may be lost. */
  gapsTold = 0;
  /** Connections that ended in their PROXY header or their TLS handshake. */
  failedHandshakes = 0;
  /** Joins without effect, of sessions in as many channels as one may be in. */
  refusedJoins = 0;
  /** Connections closed for faulty traffic. */
  strikeOuts = 0;
  /** Frames on the bus that did not decode, or were for nobody. */
  strayFrames = 0;
  /** A listener's, filter's or hook's exceptions. */
  exceptions = 0;
  /** Runs of schedules. */
  scheduleRuns = 0;
  /** Those that threw, or had not finished at their deadline. */
  failedSchedules = 0;
  /**
   * Times at which a schedule was due here and did not run: the run before had not finished, the process stood still for too long, or
   * reached no other server.
   */
  skippedSchedules = 0;
  private readonly closes = new Map<CloseCode, number>();
  private readonly errors = new Float64Array(CODES);
  /** By code, from 1000. */
  private readonly applicationErrors = new Map<number, number>();

  /** Counts one answer with an error code. */
  error(code: number): void {
    if (code < CODES) this.errors[code]!++;
    else this.applicationErrors.set(code, (this.applicationErrors.get(code) ?? 0) + 1);
  }

  /** Every code that was seen, with how often. */
  eachError(take: (code: number, count: number) => void): void {
    for (let code = 0; code < CODES; code++) if (this.errors[code]! > 0) take(code, this.errors[code]!);
    for (const [code, count] of this.applicationErrors) take(code, count);
  }

  eachClose(take: (code: CloseCode, count: number) => void): void {
    for (const [code, count] of this.closes) take(code, count);
  }

  /** Counts one connection that this server ended or refused. */
  closed(code: CloseCode): void {
    this.closes.set(code, this.closesWith(code) + 1);
  }

  /** Connections that this server ended or refused with this close code. */
  closesWith(code: CloseCode): number {
    return this.closes.get(code) ?? 0;
  }

  /** Answers so far with this code of the closed list. */
  errorsOf(code: ErrorCode): number {
    return this.errors[code]!;
  }

  /** Everything as plain data; error codes by name, those of applications together, those never seen left out. */
  snapshot(): CountersSnapshot {
    const errors: Record<string, number> = {};
    for (const code of Object.values(ErrorCode)) {
      if (this.errors[code]! > 0) errors[errorCodeName(code)!] = this.errors[code]!;
    }
    const application = [...this.applicationErrors.values()].reduce((sum, count) => sum + count, 0);
    if (application > 0) errors.APPLICATION = application;
    const closes: Record<string, number> = {};
    for (const [code, count] of this.closes) closes[code] = count;
    return {
      framesIn: this.framesIn,
      framesOut: this.framesOut,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
      requests: this.requests,
      lateAnswers: this.lateAnswers,
      droppedNotifies: this.droppedNotifies,
      droppedPushes: this.droppedPushes,
      gapsTold: this.gapsTold,
      failedHandshakes: this.failedHandshakes,
      refusedJoins: this.refusedJoins,
      strikeOuts: this.strikeOuts,
      strayFrames: this.strayFrames,
      exceptions: this.exceptions,
      scheduleRuns: this.scheduleRuns,
      failedSchedules: this.failedSchedules,
      skippedSchedules: this.skippedSchedules,
      errors,
      closes,
    };
  }
}

export interface CountersSnapshot {
  readonly framesIn: number;
  readonly framesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly requests: number;
  readonly lateAnswers: number;
  readonly droppedNotifies: number;
  readonly droppedPushes: number;
  readonly gapsTold: number;
  readonly failedHandshakes: number;
  readonly refusedJoins: number;
  readonly strikeOuts: number;
  readonly strayFrames: number;
  readonly exceptions: number;
  readonly scheduleRuns: number;
  readonly failedSchedules: number;
  readonly skippedSchedules: number;
  readonly errors: Readonly<Record<string, number>>;
  /** Connections ended or refused by the server, by close code. */
  readonly closes: Readonly<Record<string, number>>;
}
