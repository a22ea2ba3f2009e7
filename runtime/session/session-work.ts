/**
 * What a session has going on at one server: the handlers that have not finished, and what waits behind them. A session has one only
 * while a handler that returned a promise has not finished; then it goes to the next session that needs one.
 */
import type { Failure } from "../failure.js";

/** A handler that runs, or is to run. */
export interface Task {
  /** Tells it, if it listens, that nobody waits for it any more. */
  abort(reason: Failure): void;
}

/** A request that is decoded and waits for its turn. */
export interface Waiting {
  readonly task: Task;
  /** Of its message as it was encoded. */
  readonly bytes: number;
  /** Its turn has come. */
  begin(): void;
}

/** One at a time, in the order of arrival. */
export class Turn {
  running: Task | null = null;
  readonly waiting: Waiting[] = [];
}

/** Requests that may wait for their turn; requests beyond are OVERLOADED, notifies beyond are dropped. */
export const MOST_WAITING = 256;

/** A client's requests that may run at once where the order lets them, by the same rule: of notifies nobody else keeps count. */
export const MOST_RUNNING = 256;

export class SessionWork {
  /** Order `session`. */
  readonly turn = new Turn();
  /** Order `route`, by link id. */
  private routes: Map<number, Turn> | null = null;
  /** Handlers that returned a promise, and have not finished or expired. */
  readonly tasks = new Set<Task>();
  /** Requests waiting for any turn. */
  waiting = 0;
  waitingBytes = 0;
  /** Set when the session is over: called once nothing runs or waits any more. */
  whenIdle: (() => void) | null = null;

  routeTurn(linkId: number): Turn {
    this.routes ??= new Map();
    let turn = this.routes.get(linkId);
    if (turn === undefined) {
      turn = new Turn();
      this.routes.set(linkId, turn);
    }
    return turn;
  }

  get idle(): boolean {
    return this.tasks.size === 0 && this.waiting === 0;
  }
}

/** What the dispatcher needs of a session, on a connector and on a backend alike. */
export interface WorkingSession {
  work: SessionWork | null;
}
