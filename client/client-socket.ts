/**
 * What the client needs of a transport: a connection that carries whole binary messages both ways, in order. The WebSocket is one
 * (`web-socket.ts`); tests plug one that lives in memory.
 */

/** Opens a connection to `url`. Must not call `events` before it has returned. Throws when the address cannot be used at all. */
export type Dial = (url: string, events: SocketEvents) => ClientSocket;

export interface ClientSocket {
  /** Bytes that were given to `send` and have not left yet. */
  readonly buffered: number;
  /** Sends one message. The bytes are the socket's from now on. Called only between `opened` and `closed` or `close`. */
  send(bytes: Uint8Array): void;
  /** Closes; the client has no more use for the socket, and ignores what it reports from now on. `code` is 1000 or 3000 to 4999. */
  close(code: number, reason: string): void;
}

/** What a socket reports, never from inside a call of `Dial`, `send` or `close`. */
export interface SocketEvents {
  opened(): void;
  /** One binary message. The client has copied what it needs when this returns. */
  received(bytes: Uint8Array): void;
  /** Once, at the end, also when the connection was never opened (with code 1006). */
  closed(code: number, reason: string): void;
}
