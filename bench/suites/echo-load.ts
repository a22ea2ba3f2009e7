/** What `routes` and `cluster` ask: the same line, echoed by a raw server, answered on a connector, or by a backend. */
import { connectorHit, RequestOffset, ResponseOffset, workHit } from "../frames.js";
import { hex, type LoadOptions } from "../load/load.js";
import type { ServerProcess } from "../server-process.js";
import { boundSessions, openSession } from "./cluster-prologue.js";

export const CONNECTIONS = 100;

const answers = { "answer-sequence-at": ResponseOffset.SEQUENCE, "error-at": ResponseOffset.ERROR_CODE };

export function rawEcho(server: ServerProcess, inFlight: number): LoadOptions {
  return echo(server, inFlight, connectorHit);
}

/** Answered where the client is connected, which needs no uid. */
export function connectorEcho(server: ServerProcess, inFlight: number): LoadOptions {
  const load = echo(server, inFlight, connectorHit);
  const more = { ...load.more, ...answers, "first-sequence": openSession.length + 1 };
  return { ...load, prologues: [openSession], more };
}

/** Routed by the session's uid, and answered by a backend. */
export function routedEcho(connector: ServerProcess, inFlight: number): LoadOptions {
  const load = echo(connector, inFlight, workHit);
  const more = { ...load.more, ...answers, "first-sequence": openSession.length + 2 };
  return { ...load, prologues: boundSessions(CONNECTIONS), more };
}

function echo({ port }: ServerProcess, inFlight: number, frame: Uint8Array): LoadOptions {
  const more = { request: hex(frame), "in-flight": inFlight, "sequence-at": RequestOffset.SEQUENCE };
  return { mode: "request", port, connections: CONNECTIONS, more };
}
