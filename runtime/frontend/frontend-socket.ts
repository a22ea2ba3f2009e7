/** One client's connection, whatever carries it: a WebSocket, a TCP stream, or memory in a test. */
import type { FrontendSession } from "../session/frontend-session.js";
import type { FrontendProtocol } from "./frontend-protocol.js";

export interface FrontendSocket {
  readonly remoteAddress: string;
  /** Its `close` cannot tell the client code and reason. */
  readonly wordless?: true;
  /**
   * Sends one message; the bytes are copied before it returns.
   * @returns false: so much waits in the socket now that what may be dropped should be; `drained` is called when all of it has gone
   */
  send(bytes: Uint8Array): boolean;
  /** Bytes that wait in the socket. */
  buffered(): number;
  /** Sends what waits, then closes with a code and a reason. */
  close(code: number, reason: string): void;
}

/** What a listener does with its connections. */
export interface SocketReceiver {
  /** A client connected that speaks `protocol`; the schema's first by default. Null: it was refused and closed. */
  opened(socket: FrontendSocket, protocol?: FrontendProtocol): FrontendSession | null;
  /** A connection from `address` ended in its PROXY header or its TLS handshake, and was never opened. */
  handshakeFailed(address: string, reason: string): void;
  /** One message of whole frames, end to end. The bytes are valid during the call only. */
  received(session: FrontendSession, message: ArrayBuffer): void;
  /** A message came that is text. */
  receivedText(session: FrontendSession): void;
  /** The next bytes of a stream, cut anywhere. Valid during the call only. */
  receivedChunk(session: FrontendSession, chunk: Uint8Array): void;
  drained(session: FrontendSession): void;
  /**
   * The connection is gone, whoever closed it. Called once.
   *
   * @param fault what the transport itself closed it for, such as a message beyond all bounds
   */
  closed(session: FrontendSession, fault?: string): void;
}
