/**
 * The closed list of errors a client or a calling server may be answered with. Numbers are wire format: never reuse one.
 * An application's own errors start at 1000 and are declared in its schema.
 */
export const ErrorCode = {
  OK: 0,
  /** The frame's header is too short, too long, contradicts itself, or carries a flag this server does not act on. */
  BAD_FRAME: 1,
  /** The checksum in the header is not that of the bytes received. */
  BAD_CHECKSUM: 2,
  /** No route a client may call has this message id. */
  UNKNOWN_MESSAGE: 3,
  /** The body does not decode as the message its route declares. */
  BAD_BODY: 4,
  /** The sequence number is not the next one, nor one in the window. */
  BAD_SEQUENCE: 5,
  /** The request was answered once, and its answer is no longer kept. It is not run again. */
  ANSWER_EXPIRED: 6,
  /** The route needs a bound session. */
  UNAUTHENTICATED: 7,
  /** A filter or a rule refused the session this route. */
  FORBIDDEN: 8,
  /** More requests than the route's declared rate. */
  RATE_LIMITED: 9,
  /** The body is larger than the route's `maxBytes`. */
  TOO_LARGE: 10,
  /** A queue on the way is full. The handler did not run. */
  OVERLOADED: 11,
  /** No live server of the route's type. */
  NO_SERVER: 12,
  /** The routing rule's key is empty: the session has no uid, or the field is not set. */
  NO_ROUTE_KEY: 13,
  /** The backend was lost while the request was there. */
  BACKEND_LOST: 14,
  /** No answer within the route's deadline. */
  TIMEOUT: 15,
  /** The connection was lost before the answer; whether the handler ran is not known. */
  OUTCOME_UNKNOWN: 16,
  /** A handler used its context after the deadline. */
  CONTEXT_EXPIRED: 17,
  /** The server is leaving and takes nothing new. */
  DRAINING: 18,
  /** The route exists in the schema, and its handler is still the generated stub. */
  NOT_IMPLEMENTED: 19,
  /** The handler failed unexpectedly. Details are in the server's log only. */
  INTERNAL: 20,
} as const;

export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];
export type ErrorCodeName = keyof typeof ErrorCode;

/** The first error code an application may declare. */
export const FIRST_APPLICATION_ERROR = 1000;

const names = new Map<number, ErrorCodeName>(
  (Object.keys(ErrorCode) as ErrorCodeName[]).map((name) => [ErrorCode[name], name]),
);

/** The name of a code of the closed list, or `undefined` for an application's own. */
export function errorCodeName(code: number): ErrorCodeName | undefined {
  return names.get(code);
}

/** Whether the handler of a failed request ran: an error that says `no` may be tried again without harm. */
export type Executed = "no" | "yes" | "unknown";
