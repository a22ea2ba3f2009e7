/** A socket that a frontend opens for its clients, whatever the transport. */

export interface Listener {
  readonly port: number;
  /** Takes no new connections, and drops those that are not open yet. Those with a session stay. */
  close(): void;
  /** After `close`, when the sessions have been ended: resolves when no connection is left. None stays longer than `CLOSE_GRACE`. */
  ended(): Promise<void>;
}

/** The port cannot be had, or what the listener needs cannot be used. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/** Milliseconds in which a client that is being closed may take what waits for it. */
export const CLOSE_GRACE = 5_000;
