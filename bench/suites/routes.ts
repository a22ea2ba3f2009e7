/** Requests per second: a route answered on the connector, and one answered by a backend in the same process, beside a raw echo. */
import { connectorHit, RequestOffset, ResponseOffset, workHit } from "../frames.js";
import { buildLoad, hex, type LoadOptions } from "../load/load.js";
import { type ServerProcess, startServer, withServers } from "../server-process.js";
import { boundSessions, openSession } from "./cluster-prologue.js";
import { type Case, type MeasuredRow, measureInTurn, type SuiteOptions } from "./suite.js";

const CONNECTIONS = 100;
const IN_FLIGHT = [1, 16];

export async function routes(options: SuiteOptions): Promise<MeasuredRow[]> {
  const program = buildLoad();
  const raw = () => startServer("raw/echo.ts");
  const cluster = () => startServer("cluster/server.ts", { profile: options.profile });
  return withServers([raw, cluster], (raw, cluster) =>
    measureInTurn(
      program,
      IN_FLIGHT.flatMap((inFlight) => cases(raw, cluster, inFlight)),
      options,
    ),
  );
}

function cases(raw: ServerProcess, cluster: ServerProcess, inFlight: number): Case[] {
  const load = (server: ServerProcess, frame: Uint8Array, more: LoadOptions["more"]): LoadOptions => ({
    mode: "request",
    port: server.port,
    connections: CONNECTIONS,
    more: { request: hex(frame), "in-flight": inFlight, "sequence-at": RequestOffset.SEQUENCE, ...more },
  });
  const answers = { "answer-sequence-at": ResponseOffset.SEQUENCE, "error-at": ResponseOffset.ERROR_CODE };
  return [
    { name: "raw-echo", raw: true, inFlight, server: raw, load: load(raw, connectorHit, {}) },
    {
      name: "connector",
      raw: false,
      inFlight,
      server: cluster,
      load: {
        ...load(cluster, connectorHit, { ...answers, "first-sequence": openSession.length + 1 }),
        prologues: [openSession],
      },
    },
    {
      name: "local",
      raw: false,
      inFlight,
      server: cluster,
      load: {
        ...load(cluster, workHit, { ...answers, "first-sequence": openSession.length + 2 }),
        prologues: boundSessions(CONNECTIONS),
      },
    },
  ];
}
