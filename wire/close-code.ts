/**
 * Why a connection is closed. The number carries the policy, so that a client that does not know a code still acts right:
 * 4000 to 4499 come back, 4500 to 4999 do not.
 */
export const CloseCode = {
  /** The server goes away; another one takes the client. */
  SERVER_LEAVING: 4000,
  /** Nothing was heard from the client within the heartbeat's timeout. */
  HEARTBEAT_TIMEOUT: 4001,
  /** The client did not say Hello within the time the listener allows. */
  HELLO_TIMEOUT: 4002,
  /** More was waiting to be sent to the client than its session may hold. */
  SLOW_CONSUMER: 4003,
  /** The server has no free session slot. */
  FULL: 4004,
  /** Something failed in the server; the session cannot go on. */
  INTERNAL: 4005,

  /** More faulty frames than the listener's strikes. */
  BAD_TRAFFIC: 4500,
  /** An operator or the application kicked the session. */
  KICKED: 4501,
  /** The same uid was bound by a newer session. */
  REPLACED: 4502,
  /** The client's schema is not compatible with the server's, or older than `oldestClient`. */
  INCOMPATIBLE: 4503,
  /** What the client presented in Hello was refused. */
  REFUSED: 4504,
} as const;

export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/** Whether a client closed with this code should connect again. Codes outside 4000..4999 (a lost network) should. */
export function mayComeBack(code: number): boolean {
  return code < 4500 || code > 4999;
}
