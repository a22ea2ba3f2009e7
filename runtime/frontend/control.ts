/** What a protocol's control messages do; one object a protocol. */
import type { CloseCode } from "../../wire/close-code.js";
import type { Slab } from "../../wire/slab.js";
import type { RequestHeader } from "../manifest.js";
import type { FrontendSession } from "../session/frontend-session.js";

export interface Control {
  /** A client connected. */
  opened(session: FrontendSession): void;
  /** Takes a frame whose id names no route. False: it is no control message either. Throws BodyError. */
  take(session: FrontendSession, header: RequestHeader, slab: Slab, start: number, end: number): boolean;
  /** Asks a client to connect elsewhere, in so many milliseconds. False: the protocol has no words for it. */
  moveAway(session: FrontendSession, reason: string, after: number): boolean;
  /** Tells a client that it may have missed pushes. */
  gap(session: FrontendSession): void;
  /** Tells a client why its session is over. */
  goodbye(session: FrontendSession, code: CloseCode, reason: string): void;
}
