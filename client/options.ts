/** What an application may say about its connection, the defaults, and the checks. */
import type { Timing } from "../wire/timing.js";
import type { Dial } from "./client-socket.js";
import type { WebSocketConstructor } from "./web-socket.js";

/** Exactly one of `gate`, `url` and `locate` must be given. */
export interface ConnectOptions {
  /** The gate's address, http:// or https://. Asked `GET <gate>/entry?uid=<uid>` before every attempt to connect. */
  readonly gate?: string;
  /** A connector's address, ws:// or wss://, for a cluster without a gate or a client that knows better. */
  readonly url?: string;
  /** Finds the connector's address; asked before every attempt. Must fail, not wait for ever, when `signal` aborts. */
  readonly locate?: Locate;
  /** Who connects. The gate may choose by it; it proves nothing. */
  readonly uid?: string;
  /** What the gate or the application gave the client to identify itself; travels in Hello. */
  readonly ticket?: string;
  /** The WebSocket to use where there is no global one: `(await import("ws")).WebSocket` in Node.js 20. */
  readonly webSocket?: WebSocketConstructor;
  /** A transport in place of the WebSocket. */
  readonly dial?: Dial;
  /** Clock, timers and chance; the platform's own unless a test brings virtual ones. */
  readonly timing?: Timing;
  /** Milliseconds after which a call is given up, 10 to 86,400,000. Default: each route's own deadline and one second. */
  readonly requestTimeout?: number;
  /** Milliseconds for finding the connector, opening the socket and being welcomed, 100 to 600,000. Default 10,000. */
  readonly handshakeTimeout?: number;
  /** Milliseconds within which `connect` begins further attempts before it rejects, 0 (one attempt) to 86,400,000. Default 10,000. */
  readonly connectTimeout?: number;
  readonly backoff?: BackoffOptions;
  /** Closes the client when it aborts, also while it is connecting. */
  readonly signal?: AbortSignal;
  /**
   * Hears what no promise can tell: a listener that threw, a notify that was refused or could not be sent (`CallError`), a push that
   * does not decode. Without it a listener's error is thrown where the platform reports uncaught errors, and the others are only counted.
   */
  readonly onError?: (error: Error) => void;
}

/** What a generated client's `connect` takes. */
export interface ClientOptions<Client> extends ConnectOptions {
  /**
   * Tells the server who this is: called on every session, the first and each that follows a lost connection or a move. Calls of the client
   * it is given go ahead; all others wait until its promise is settled, so that no request reaches a session that is not logged in. When it
   * rejects for a reason that may pass (NO_SERVER, TIMEOUT and the like) the client connects again; with any other error it is closed for
   * good, and `connect` rejects with that error as the `cause`.
   */
  readonly login?: (client: Client) => unknown;
}

/**
 * The pause before attempt n (1, 2, ...) after a failure is a random whole number of milliseconds from 0 up to
 * min(`longest`, `first` * 2^(n-1)). All clients of a lost connector together thus spread over the pause instead of coming at once.
 */
export interface BackoffOptions {
  /** 10 to 3,600,000. Default 1,000. */
  readonly first?: number;
  /** At least `first`, at most 3,600,000. Default 30,000. */
  readonly longest?: number;
}

export type Locate = (attempt: LocateAttempt) => Promise<string> | string;

export interface LocateAttempt {
  readonly uid: string;
  /** 0 for the first attempt; counts failures in a row. */
  readonly attempt: number;
  /** The connector that the server named when it asked the client to move; empty otherwise. */
  readonly connector: string;
  readonly signal: AbortSignal;
}
