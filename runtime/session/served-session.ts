/** A session as handlers are given it, and as the dispatcher keeps its work: on a connector its own, on a backend a mirror. */
import type { Session } from "./session.js";
import type { WorkingSession } from "./session-work.js";

// biome-ignore lint/suspicious/noExplicitAny: session data of every schema.
export type ServedSession = Session<any> & WorkingSession;
