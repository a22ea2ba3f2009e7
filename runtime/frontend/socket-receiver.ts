/** What a listener does with its connections. */
import type { FrontendSession } from "../session/frontend-session.js";
import type { FrontendProtocol } from "./frontend-protocol.js";
import type { FrontendSocket } from "./frontend-socket.js";

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
