/** Requests per second: a route answered on the connector, and one answered by a backend in the same process, beside a raw echo. */
import { buildLoad } from "../load/load.js";
import { type ServerProcess, startServer, withServers } from "../server-process.js";
import { connectorEcho, rawEcho, routedEcho } from "./echo-load.js";
import { type Case, type MeasuredRow, measureInTurn, type SuiteOptions } from "./suite.js";

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
  return [
    { name: "raw-echo", raw: true, inFlight, servers: [raw], loads: [rawEcho(raw, inFlight)] },
    { name: "connector", raw: false, inFlight, servers: [cluster], loads: [connectorEcho(cluster, inFlight)] },
    { name: "local", raw: false, inFlight, servers: [cluster], loads: [routedEcho(cluster, inFlight)] },
  ];
}
