/** What becomes of a call whose answer will not come: the called server is gone, or something between the two was lost. */
import { Failure } from "../failure.js";
import type { Peer } from "./peer.js";

export function lostFailure(what: string, peer: Peer): Failure {
  return peer.alive
    ? Failure.of("OUTCOME_UNKNOWN", `${what}: something was lost on the way to ${peer.id} or back`, "unknown")
    : Failure.of("BACKEND_LOST", `${what}: ${peer.id} was lost before it answered`, "unknown");
}
