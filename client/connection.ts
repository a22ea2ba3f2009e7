/**
 * One client's connection to the cluster, over all the sockets it takes: what generated clients are a typed face of. It finds a
 * connector, connects, connects again when the connection is lost, and gives calls and pushes to those who want them.
 */
import type { GoAway, Welcome } from "../wire/control.js";
import type { Timer, Timing } from "../wire/timing.js";
import { backoffDelay } from "./backoff.js";
import { Calls } from "./calls.js";
import { ConnectError } from "./connect-error.js";
import type { ConnectionState } from "./connection-state.js";
import type { ClientDescription, NotifyRoute, PushRoute, RequestRoute } from "./description.js";
import { errorNames } from "./error-names.js";
import { Incoming } from "./incoming.js";
import type { CallOptions, Line, Login } from "./line.js";
import { Listeners } from "./listeners.js";
import { LoginLine, mayPass } from "./login.js";
import type { ConnectOptions } from "./options.js";
import { Session, type SessionEnd, type SessionOwner } from "./session.js";
import { checkOptions, checkTimeout, type Settings } from "./settings.js";

/** How much longer than the server's deadline the client waits, so that the server's answer, which knows more, comes first. */
export const ANSWER_GRACE = 1_000;

/** A connection that was open for so many milliseconds was a good one: its loss counts as the first failure. */
export const STABLE_AFTER = 10_000;

/** For how many milliseconds requests in flight hold up the move to another connector. */
export const MOVE_PATIENCE = 5_000;

/** Requests in flight when Welcome does not say how many there may be. */
const DEFAULT_IN_FLIGHT = 64;

const NORMAL = 1000;

export class Connection implements Line {
  readonly #description: ClientDescription;
  readonly #settings: Settings;
  readonly #timing: Timing;
  readonly #calls: Calls;
  readonly #incoming: Incoming;
  readonly #stateListeners = new Listeners<ConnectionState>((error) => this.#reportThrown(error));
  readonly #gapListeners = new Listeners<void>((error) => this.#reportThrown(error));
  /** Changes that listeners have not heard of yet: a listener may cause the next one. */
  readonly #untold: ConnectionState[] = [];
  #telling = false;
  #state: ConnectionState = { kind: "connecting", attempt: 0 };
  #session: Session | null = null;
  /** Aborts what the current attempt waits for. */
  #attempt = new AbortController();
  /** Attempts that failed in a row. */
  #failures = 0;
  readonly #startedAt: number;
  #openedAt = 0;
  /** What `open` returned, until it is settled. */
  #opening: { resolve(): void; reject(error: Error): void } | null = null;
  readonly #login: Login | null;
  /** Of the current state: the handshake's deadline, the pause before the next attempt, or the time to move. */
  #timer: Timer | null = null;
  /** Set while requests in flight hold up the move: to this connector, or to any when empty. */
  #movingTo: string | null = null;
  #faults = 0;

  /** Connections are made by `open`. */
  private constructor(description: ClientDescription, settings: Settings, login: Login | null) {
    const names = errorNames(description.errors);
    const lost = (error: Error) => this.#reportLost(error);
    this.#description = description;
    this.#settings = settings;
    this.#login = login;
    this.#timing = settings.timing;
    this.#startedAt = settings.timing.now();
    this.#calls = new Calls(settings.timing, names, lost);
    this.#incoming = new Incoming(description, this.#calls, names, {
      faulted: () => this.#faults++,
      lost,
      threw: (error) => this.#reportThrown(error),
    });
  }

  /**
   * Connects, trying again for `connectTimeout`. Rejects with `ConnectError` when that was in vain, or at once when the server does
   * not want this client; with a `TypeError` or `RangeError` that names the option when one is wrong.
   *
   * `login` is called on every session, before anything else is sent on it. When it fails for a reason that may pass, the client connects
   * again; when not, it is closed for good.
   */
  static open(
    description: ClientDescription,
    options: ConnectOptions,
    login: Login | null = null,
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const connection = new Connection(description, checkOptions(options), login);
      connection.#opening = { resolve: () => resolve(connection), reject };
      const { signal } = options;
      if (signal?.aborted) return connection.close();
      signal?.addEventListener("abort", () => connection.close(), { once: true });
      connection.#begin("");
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Frames and bodies from the server that did not decode, since the beginning. */
  get faults(): number {
    return this.#faults;
  }

  /**
   * Sends a request, or has it wait: for a connection while there is none, for its turn while as many are in flight as the server
   * allows. At most 256 calls with 1 MiB wait; the next is refused with OVERLOADED. Rejects with `CallError`, or with `BodyError` when
   * a value does not fit its field.
   */
  async request<Request, Response>(
    route: RequestRoute<Request, Response>,
    message: Request,
    options?: CallOptions,
  ): Promise<Response> {
    return this.#request(route, message, options, false);
  }

  async #request<Request, Response>(
    route: RequestRoute<Request, Response>,
    message: Request,
    options: CallOptions | undefined,
    ahead: boolean,
  ): Promise<Response> {
    const { requestTimeout } = this.#settings;
    const timeout =
      options?.timeout === undefined
        ? (requestTimeout ?? route.timeout + ANSWER_GRACE)
        : checkTimeout("timeout", options.timeout);
    return this.#calls.request(route, message, timeout, ahead);
  }

  /**
   * Sends a message that is not answered, or has it wait like a request, for the route's timeout at most. Throws `BodyError` when a
   * value does not fit its field; whatever else is wrong goes to `onError`.
   */
  notify<Message>(route: NotifyRoute<Message>, message: Message): void {
    this.#calls.notify(route, message, false);
  }

  /** Calls `listener` with every push of this kind, until the function returned is called. */
  subscribe<Message>(push: PushRoute<Message>, listener: (message: Message) => void): () => void {
    return this.#incoming.subscribe(push, listener);
  }

  /**
   * Calls `listener` at every change of the state, until the function returned is called. When a listener of "open" returns a promise,
   * calls that were waiting for the connection go on waiting until it is settled, and calls made meanwhile go ahead of them: log in there.
   */
  onState(listener: (state: ConnectionState) => void): () => void {
    return this.#stateListeners.add(listener);
  }

  /** Calls `listener` when the server says that pushes were lost which cannot be sent again. */
  onGap(listener: () => void): () => void {
    return this.#gapListeners.add(listener);
  }

  /** Closes for good. Notifies that were made leave first; requests reject. Calling it again does nothing. */
  close(): void {
    this.#finish(null, "closed by the client");
  }

  // ---- From one state to the next

  #begin(connector: string): void {
    const attempt = new AbortController();
    const { handshakeTimeout } = this.#settings;
    this.#attempt = attempt;
    this.#timer = this.#timing.after(handshakeTimeout, () =>
      this.#lose({ code: null, reason: `not welcomed within ${handshakeTimeout} ms`, comeBack: true }),
    );
    this.#setState({ kind: "connecting", attempt: this.#failures });
    if (!attempt.signal.aborted) void this.#locate(attempt.signal, connector);
  }

  async #locate(signal: AbortSignal, connector: string): Promise<void> {
    const { locate, uid, dial, ticket } = this.#settings;
    try {
      const url = await locate({ uid, attempt: this.#failures, connector, signal });
      if (signal.aborted) return;
      const { schemaHash, version } = this.#description;
      const hello = { schemaHash, version, ticket, client: platform() };
      const start = { description: this.#description, timing: this.#timing, dial, url, hello };
      this.#session = new Session(start, this.#ownerOf(url));
    } catch (error) {
      if (signal.aborted) return;
      this.#lose({ code: null, reason: error instanceof Error ? error.message : String(error), comeBack: true });
    }
  }

  #ownerOf(url: string): SessionOwner {
    return {
      welcomed: (welcome) => this.#onWelcome(url, welcome),
      received: (header, slab) => {
        this.#incoming.received(header, slab);
        this.#settled();
      },
      failed: (sequence, code, failure) => {
        this.#incoming.failed(sequence, code, failure);
        this.#settled();
      },
      goAway: (message) => this.#onGoAway(message),
      gap: () => this.#gapListeners.tell(),
      progress: () => ({ oldestRequest: this.#calls.oldest, lastPush: this.#incoming.lastPush }),
      faulted: () => this.#faults++,
      ended: (end) => this.#lose(end),
    };
  }

  #onWelcome(url: string, { sessionId, resumed, limits }: Welcome): void {
    const session = this.#session!;
    this.#timer?.cancel();
    this.#openedAt = this.#timing.now();
    this.#incoming.lastPush = 0;
    const outlet = {
      inFlight: limits?.inFlight || DEFAULT_IN_FLIGHT,
      get nextSequence() {
        return session.nextSequence;
      },
      get unsentBytes() {
        return session.unsentBytes;
      },
      fits: (bytes: number) => session.fits(bytes),
      send: (route: RequestRoute<unknown, unknown> | NotifyRoute<unknown>, body: Uint8Array, length: number) =>
        session.send(route.messageId, route.serverType, body, length),
    };
    this.#calls.attach(outlet, this.#login !== null);
    const open = () => {
      this.#calls.open();
      this.#opening?.resolve();
      this.#opening = null;
      const promised = this.#setState({ kind: "open", url, sessionId, resumed });
      const resume = () => {
        if (this.#session === session) this.#calls.resume();
      };
      if (promised.length === 0) resume();
      else void Promise.all(promised).then(resume);
    };
    if (this.#login === null) open();
    else void this.#logIn(this.#login, session, open);
  }

  async #logIn(login: Login, session: Session, done: () => void): Promise<void> {
    const line = new LoginLine(this, {
      request: (route, message, options, ahead) =>
        this.#request(route, message, options, ahead && this.#session === session),
      notify: (route, message, ahead) => this.#calls.notify(route, message, ahead && this.#session === session),
    });
    try {
      await login(line);
      if (this.#session === session) done();
    } catch (error) {
      if (this.#session !== session) return;
      const reason = `the login failed: ${error instanceof Error ? error.message : String(error)}`;
      if (mayPass(error)) this.#lose({ code: null, reason, comeBack: true });
      else this.#finish(null, reason, error);
    } finally {
      line.end();
    }
  }

  /** Something was answered: there may be room for what waits, or nothing to wait for any more. */
  #settled(): void {
    this.#calls.release();
    if (this.#movingTo !== null && this.#calls.inFlight === 0) this.#move();
  }

  #onGoAway({ after, connector }: GoAway): void {
    if (this.#movingTo !== null) return;
    this.#timer?.cancel();
    this.#timer = this.#timing.after(after, () => {
      this.#movingTo = connector;
      this.#calls.pause();
      if (this.#calls.inFlight === 0) this.#move();
      else this.#timer = this.#timing.after(MOVE_PATIENCE, () => this.#move());
    });
  }

  #move(): void {
    const connector = this.#movingTo ?? "";
    const reason = "the server asked the client to move";
    // A server that sends away everybody who comes must not be asked in a circle.
    if (!this.#wasStable()) {
      this.#lose({ code: null, reason, comeBack: true });
      return;
    }
    this.#failures = 0;
    this.#leave(reason);
    this.#begin(connector);
  }

  /** The connection, or the attempt to make one, has failed. */
  #lose({ code, reason, comeBack }: SessionEnd): void {
    if (this.#wasStable()) this.#failures = 0;
    this.#leave(reason);
    if (!comeBack) {
      this.#finish(code, reason);
      return;
    }
    const { firstDelay, longestDelay, connectTimeout } = this.#settings;
    this.#failures++;
    const delay = backoffDelay(this.#failures, firstDelay, longestDelay, this.#timing);
    if (this.#opening !== null && this.#timing.now() + delay - this.#startedAt > connectTimeout) {
      this.#finish(code, reason);
      return;
    }
    this.#timer = this.#timing.after(delay, () => this.#begin(""));
    this.#setState({ kind: "waiting", attempt: this.#failures, delay, code, reason });
  }

  #finish(code: number | null, reason: string, cause?: unknown): void {
    if (this.#state.kind === "closed") return;
    const closed: ConnectionState = { kind: "closed", code, reason };
    // From now on, also for whoever hears below that a notify was not sent.
    this.#state = closed;
    this.#leave(reason);
    this.#calls.close(reason);
    const error = new ConnectError(`cannot connect to ${this.#description.name}: ${reason}`, code, { cause });
    this.#opening?.reject(error);
    this.#opening = null;
    this.#setState(closed);
  }

  #wasStable(): boolean {
    return this.#state.kind === "open" && this.#timing.now() - this.#openedAt >= STABLE_AFTER;
  }

  /** Lets go of the socket, the attempt and the timer, whichever there are. */
  #leave(reason: string): void {
    this.#attempt.abort();
    this.#timer?.cancel();
    this.#movingTo = null;
    this.#session?.close(NORMAL, "");
    this.#session = null;
    this.#calls.detach(reason);
  }

  /** Returns what listeners have promised. */
  #setState(state: ConnectionState): readonly Promise<void>[] {
    this.#state = state;
    this.#untold.push(state);
    if (this.#telling) return [];
    this.#telling = true;
    const promised: Promise<void>[] = [];
    for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) {
      promised.push(...this.#stateListeners.tell(next));
    }
    this.#telling = false;
    return promised;
  }

  // ---- What nobody waits for

  /** A listener's error: told to `onError`, or else thrown where uncaught errors are reported. */
  #reportThrown(error: unknown): void {
    if (this.#settings.onError === null) this.#throwLater(error);
    else this.#reportLost(error instanceof Error ? error : new Error(`a listener threw ${String(error)}`));
  }

  #reportLost(error: Error): void {
    try {
      this.#settings.onError?.(error);
    } catch (thrown) {
      this.#throwLater(thrown);
    }
  }

  #throwLater(error: unknown): void {
    this.#timing.defer(() => {
      throw error;
    });
  }
}

/** For the server's log. */
function platform(): string {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  return `gatesmith typescript client, ${navigator?.userAgent ?? "unknown platform"}`.slice(0, 200);
}
