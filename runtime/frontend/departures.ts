/**
 * Sends the clients of a draining frontend elsewhere, in batches: those that understand are asked to move, and close the connection
 * themselves when their requests are answered; the others are closed as soon as nothing of theirs is in flight.
 */
import { CloseCode } from "../../wire/close-code.js";
import type { ServerCore } from "../server-core.js";
import { type FrontendSession, SessionPhase } from "../session/frontend-session.js";
import type { SessionTable } from "../session/session-table.js";
import type { Control } from "./control.js";

export interface DeparturesOptions {
  readonly core: ServerCore;
  readonly sessions: SessionTable;
  /** By the protocols' indexes. */
  readonly controls: readonly Control[];
  readonly close: (session: FrontendSession, code: CloseCode, reason: string) => void;
}

const REASON = "the server is leaving";

export class Departures {
  private readonly options: DeparturesOptions;
  /** Whose turn has come, and whether the client was asked to move. */
  private readonly departing = new Map<FrontendSession, boolean>();
  /** Sessions in a batch; 0 before the first. */
  private batch = 0;
  private nextBatch = 0;

  constructor(options: DeparturesOptions) {
    this.options = options;
  }

  /** Does what it is time for. True: no session is left. */
  look(): boolean {
    const { core, sessions } = this.options;
    const { drainBatch, drainInterval, drainTimeout } = core.limits;
    const now = core.timing.now();
    if (this.batch === 0) {
      // However many there are: half of the time is for the last ones to go.
      const batches = Math.max(1, Math.floor(drainTimeout / 2 / drainInterval));
      this.batch = Math.max(drainBatch, Math.ceil(sessions.size / batches));
      this.nextBatch = now;
    }
    let room = 0;
    if (now >= this.nextBatch) {
      room = this.batch;
      this.nextBatch = now + drainInterval;
    }
    for (const session of this.departing.keys()) if (session.closed) this.departing.delete(session);
    for (const session of sessions) {
      // One that has not said Hello cannot be told, and is when it has.
      if (session.phase !== SessionPhase.OPEN || session.doomed) continue;
      if (!this.departing.has(session)) {
        if (room === 0) continue;
        room--;
        this.departing.set(session, this.ask(session));
      }
      if (this.departing.get(session) === false) this.closeIfIdle(session);
    }
    return sessions.size === 0;
  }

  /** False: the client was not asked, and does not understand. */
  private ask(session: FrontendSession): boolean {
    const { core, controls } = this.options;
    // Spread over the time until the next batch.
    const after = core.timing.random() % core.limits.drainInterval;
    try {
      return controls[session.protocol.index]!.moveAway(session, REASON, after);
    } catch (error) {
      // The protocol's frames may be too short to say it.
      if (!(error instanceof RangeError)) throw error;
      return false;
    }
  }

  private closeIfIdle(session: FrontendSession): void {
    const busy = session.inFlight > 0 || (session.work !== null && !session.work.idle);
    if (!busy) this.options.close(session, CloseCode.SERVER_LEAVING, REASON);
  }
}
