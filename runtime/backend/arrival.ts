/** A request as it arrived, beside its body: who sent it, and what its answer needs. */

import type { Peer } from "../cluster/peer.js";
import type { RequestHeader, ResponseHeader } from "../manifest.js";
import type { ServedSession } from "../session/served-session.js";

/** One of these is filled for every request; what outlives the call is copied into the context. */
export class Arrival {
  session: ServedSession | null = null;
  /** The server that waits for the outcome; null when that is this one. */
  peer: Peer | null = null;
  correlation = 0;
  sequence = 0;
  /** Milliseconds until the deadline. */
  remaining = 0;
  /** The body is JSON. */
  json = false;
  /** Index of the client's protocol in the manifest. */
  protocol = 0;
  /** The client's header and the one of the answer, for protocols whose layouts have fields of the application's own. */
  header: RequestHeader | null = null;
  reply: ResponseHeader | null = null;
}
