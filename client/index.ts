/**
 * The client runtime: what a generated client is made of besides its schema's types. Runs in browsers and in Node.js, and imports
 * nothing but the building blocks of `wire/`, which are copied beside it.
 */
export { CallError, type CallFailure } from "./call-error.js";
export type { ClientSocket, Dial, SocketEvents } from "./client-socket.js";
export { ConnectError } from "./connect-error.js";
export { Connection } from "./connection.js";
export type { Closed, Connecting, ConnectionState, Open, Waiting } from "./connection-state.js";
export type { ClientDescription, NotifyRoute, PushRoute, RequestRoute } from "./description.js";
export type { CallOptions, Line, Login } from "./line.js";
export type { BackoffOptions, ClientOptions, ConnectOptions, Locate, LocateAttempt } from "./options.js";
export type { WebSocketConstructor, WebSocketLike } from "./web-socket.js";
