/** A socket that a frontend opens for its clients, whatever the transport. */

export interface Listener {
  readonly port: number;
  /** Takes no new connections. Those with a session stay. */
  close(): void;
}

/** The port cannot be had, or what the listener needs cannot be used. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}
