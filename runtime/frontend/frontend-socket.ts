/** One client's connection, whatever carries it: a WebSocket, or memory in a test. */
import type { FrontendSession } from "../session/frontend-session.js";

export interface FrontendSocket {
  readonly remoteAddress: string;
  /**
   * Sends one message; the bytes are copied before it returns.
   * @returns whether all of it left at once; false: it waits in the socket, and `drained` is called when it has gone
   */
  send(bytes: Uint8Array): boolean;
  /** Bytes that wait in the socket. */
  buffered(): number;
  /** Sends what waits, then closes with a code and a reason. */
  close(code: number, reason: string): void;
}

/** What a listener does with its connections. */
export interface SocketReceiver {
  /** A client connected. Null: it was refused and closed. */
  opened(socket: FrontendSocket): FrontendSession | null;
  /** The bytes are valid during the call only. */
  received(session: FrontendSession, message: ArrayBuffer): void;
  drained(session: FrontendSession): void;
  /** The connection is gone, whoever closed it. Called once. */
  closed(session: FrontendSession): void;
}
