/** What a generated client is a typed face of: a connection, or what the connection gives its login. */
import type { ConnectionState } from "./connection-state.js";
import type { NotifyRoute, PushRoute, RequestRoute } from "./description.js";

export interface CallOptions {
  /** Milliseconds after which this call is given up, 10 to 86,400,000; goes before the connection's `requestTimeout`. */
  readonly timeout?: number;
}

/**
 * A generated client describes its schema in constants, and calls:
 *
 * ```ts
 * import { type CallOptions, type ClientOptions, Connection, type ConnectionState, type Line } from "./runtime/index.js";
 *
 * const connectorEntryEnter: RequestRoute<EnterRequest, EnterResponse> = {
 *   kind: "request", route: "connector.entry.enter", messageId: 1101, serverType: 102,
 *   request: EnterRequest, response: EnterResponse, timeout: 5000, maxBytes: 65536,
 * };
 * const chatOnChat: PushRoute<ChatLine> = { kind: "push", route: "chat.onChat", messageId: 2101, message: ChatLine };
 * const description: ClientDescription = {
 *   name: "chat", version: 1, schemaHash: "...", lineage: ["..."], request: mainRequest, response: mainResponse, controlId: 65535,
 *   errors: { NAME_TAKEN: 1001 }, routes: [connectorEntryEnter, ...], pushes: [chatOnChat, ...],
 * };
 *
 * export class ChatClient {
 *   readonly #line: Line;
 *
 *   static async connect({ login, ...options }: ClientOptions<ChatClient>): Promise<ChatClient> {
 *     const logIn = login === undefined ? null : (line: Line) => login(new ChatClient(line));
 *     return new ChatClient(await Connection.open(description, options, logIn));
 *   }
 *
 *   get state(): ConnectionState { return this.#line.state; }
 *   onState(listener: (state: ConnectionState) => void): () => void { return this.#line.onState(listener); }
 *   onGap(listener: () => void): () => void { return this.#line.onGap(listener); }
 *   close(): void { this.#line.close(); }
 *   // and in its server types and groups, by arrow functions over the line:
 *   //   enter: (message: EnterRequest, options?: CallOptions) => line.request(connectorEntryEnter, message, options)
 *   //   typing: (message: Typing) => line.notify(chatRoomTyping, message)
 *   //   onChat: (listener: (message: ChatLine) => void) => line.subscribe(chatOnChat, listener)
 * }
 * ```
 */
export interface Line {
  readonly state: ConnectionState;
  request<Request, Response>(
    route: RequestRoute<Request, Response>,
    message: Request,
    options?: CallOptions,
  ): Promise<Response>;
  notify<Message>(route: NotifyRoute<Message>, message: Message): void;
  subscribe<Message>(push: PushRoute<Message>, listener: (message: Message) => void): () => void;
  onState(listener: (state: ConnectionState) => void): () => void;
  onGap(listener: () => void): () => void;
  close(): void;
}

/** Tells the server who this is, over a line whose calls go ahead of everybody else's. */
export type Login = (line: Line) => unknown;
