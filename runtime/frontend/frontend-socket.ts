/** One client's connection, whatever carries it: a WebSocket, a TCP stream, or memory in a test. */

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
