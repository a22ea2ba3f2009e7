/** What a client says to the bench cluster before it is loaded. */
import { manifest } from "../cluster/generated/server/manifest.js";
import { enter, hello } from "../frames.js";

/** The session is open. */
export const openSession: readonly Uint8Array[] = [hello(manifest.schemaHash)];

/** The sessions are open and bound, each to a uid of its own, numbered from `first`. */
export function boundSessions(count: number, first = 0): Uint8Array[][] {
  return Array.from({ length: count }, (_, index) => [...openSession, enter(`user-${first + index}`)]);
}
