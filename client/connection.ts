/**
 * One client's connection to the cluster, over all the sockets it takes: what generated clients are a typed face of.
 */
import type { ConnectionState } from "./connection-state.js";
import type { ClientDescription, NotifyRoute, PushRoute, RequestRoute } from "./description.js";
import type { ConnectOptions } from "./options.js";

export interface CallOptions {
  /** Milliseconds after which this call is given up, 10 to 86,400,000; goes before the connection's `requestTimeout`. */
  readonly timeout?: number;
}

/**
 * A generated client describes its schema in constants, and calls:
 *
 * ```ts
 * import { type CallOptions, Connection, type ConnectOptions, type ConnectionState } from "./runtime/index.js";
 *
 * const connectorEntryEnter: RequestRoute<EnterRequest, EnterResponse> = {
 *   kind: "request", route: "connector.entry.enter", messageId: 1101, serverType: 102,
 *   request: EnterRequest, response: EnterResponse, timeout: 5000, maxBytes: 65536,
 * };
 * const chatOnChat: PushRoute<ChatLine> = { kind: "push", route: "chat.onChat", messageId: 2101, message: ChatLine };
 * const description: ClientDescription = {
 *   name: "chat", version: 1, schemaHash: "...", request: mainRequest, response: mainResponse, controlId: 65535,
 *   errors: { NAME_TAKEN: 1001 }, routes: [connectorEntryEnter, ...], pushes: [chatOnChat, ...],
 * };
 *
 * export class ChatClient {
 *   readonly #connection: Connection;
 *
 *   static async connect(options: ConnectOptions): Promise<ChatClient> {
 *     return new ChatClient(await Connection.open(description, options));
 *   }
 *
 *   get state(): ConnectionState { return this.#connection.state; }
 *   onState(listener: (state: ConnectionState) => void): () => void { return this.#connection.onState(listener); }
 *   onGap(listener: () => void): () => void { return this.#connection.onGap(listener); }
 *   close(): void { this.#connection.close(); }
 *   // and in its server types and groups, by arrow functions over the connection:
 *   //   enter: (message: EnterRequest, options?: CallOptions) => connection.request(connectorEntryEnter, message, options)
 *   //   typing: (message: Typing) => connection.notify(chatRoomTyping, message)
 *   //   onChat: (listener: (message: ChatLine) => void) => connection.subscribe(chatOnChat, listener)
 * }
 * ```
 */
export class Connection {
  /**
   * Connects, trying again for `connectTimeout`. Rejects with the last reason when that was in vain, at once when the server does
   * not want this client, and with a `TypeError` or `RangeError` that names the option, its value and its bounds.
   */
  static async open(_description: ClientDescription, _options: ConnectOptions): Promise<Connection> {
    throw new Error("not yet");
  }

  get state(): ConnectionState {
    throw new Error("not yet");
  }

  /** Sends a request. Rejects with `CallError`, or with `BodyError` when a value does not fit its field. */
  request<Request, Response>(
    _route: RequestRoute<Request, Response>,
    _message: Request,
    _options?: CallOptions,
  ): Promise<Response> {
    throw new Error("not yet");
  }

  /** Sends a message that is not answered. Throws `BodyError` when a value does not fit its field; else see `onError`. */
  notify<Message>(_route: NotifyRoute<Message>, _message: Message): void {
    throw new Error("not yet");
  }

  /** Calls `listener` with every push of this kind, until the function returned is called. */
  subscribe<Message>(_push: PushRoute<Message>, _listener: (message: Message) => void): () => void {
    throw new Error("not yet");
  }

  /** Calls `listener` at every change of the state, until the function returned is called. */
  onState(_listener: (state: ConnectionState) => void): () => void {
    throw new Error("not yet");
  }

  /** Calls `listener` when the server says that pushes were lost which cannot be sent again. */
  onGap(_listener: () => void): () => void {
    throw new Error("not yet");
  }

  /** Closes for good; calls in flight reject. Calling it again does nothing. */
  close(): void {
    throw new Error("not yet");
  }
}
