/** What a client's connection is doing, as its `onState` listeners hear it. */

export type ConnectionState = Connecting | Open | Waiting | Closed;

/** Asking the gate, opening the socket, waiting for Welcome. */
export interface Connecting {
  readonly kind: "connecting";
  /** 0 for the first attempt, and again after a connection that lasted; 1 and up while attempts fail. */
  readonly attempt: number;
}

/** Requests go out. */
export interface Open {
  readonly kind: "open";
  readonly url: string;
  readonly sessionId: string;
  /**
   * Whether this continues the session of the connection before. When false the server knows nothing of the client: an `onState`
   * listener that logs in again returns its promise, and what was waiting for the connection is sent once that is settled.
   */
  readonly resumed: boolean;
}

/** The connection was lost or could not be made; the next attempt begins after `delay` milliseconds. */
export interface Waiting {
  readonly kind: "waiting";
  readonly attempt: number;
  readonly delay: number;
  /** The WebSocket's close code or one of `wire/close-code.ts`; null when there was no connection to close. */
  readonly code: number | null;
  readonly reason: string;
}

/** Over for good: `close()` was called, or the server does not want this client back. */
export interface Closed {
  readonly kind: "closed";
  readonly code: number | null;
  readonly reason: string;
}
