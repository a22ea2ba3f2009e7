/**
 * The ids of our handshake's control messages: the topmost of the message id's range, counted down. Sixteen are kept for them,
 * and a schema that uses one is refused. Each number means one message up (client to server) and one down.
 */
export const CONTROL_IDS = 16;

/** Distance below the protocol's `controlId` (the highest id of the range). */
export const ControlOffset = {
  /** Up: Hello. Down: Welcome. */
  HELLO: 0,
  /** Up: Ping. Down: Pong. */
  PING: 1,
  /** Down: Kick. */
  KICK: 2,
  /** Down: GoAway. */
  GO_AWAY: 3,
  /** Down: Gap. */
  GAP: 4,
  /** Down: Failure of a frame that names no route, so that it cannot be answered under an id of its own. */
  FAILURE: 5,
} as const;
