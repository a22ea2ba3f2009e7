/**
 * Servers in processes of their own: a route answered by a backend over `ipc` and over `nats`, beside a raw echo, and beside one that
 * another process answers; and pushes to 10,000 sessions on two connectors, beside `publish` of two raw servers.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNatsServer } from "../../test/support/nats-server.js";
import { type ClusterProcesses, startClusterProcesses } from "../cluster-processes.js";
import { pushFrame } from "../frames.js";
import { buildLoad, hex } from "../load/load.js";
import type { PaceOptions } from "../pace.js";
import { cpuSeconds, type Measured, type ServerProcess, startServer } from "../server-process.js";
import { rawEcho, routedEcho } from "./echo-load.js";
import { channelFanout, rawFanout } from "./fanout-load.js";
import { Started } from "./started.js";
import { type Case, type MeasuredRow, measureInTurn, type SuiteOptions } from "./suite.js";

const IN_FLIGHT = [1, 16];
const PER_TICK = [1, 8];

/** On each of two connectors. */
const MEMBERS = 5000;

/** A tick leaves when each connector's first client has the last one: no two are ever gathered in one write. */
const pace = (perTick: number, members: number, ackers: number): PaceOptions => ({
  members,
  perTick,
  ackers,
  ackEvery: perTick,
  window: perTick,
});

export async function cluster(options: SuiteOptions): Promise<MeasuredRow[]> {
  const program = buildLoad();
  const folder = mkdtempSync(join(tmpdir(), "gatesmith-bench-"));
  const started = new Started();
  try {
    const echo = await started.add(startServer("raw/echo.ts"));
    const words = [hex(pushFrame())];
    const publish = [await started.add(startServer("raw/publish.ts", { words }))];
    publish.push(await started.add(startServer("raw/publish.ts", { words })));
    const hopSocket = join(folder, "hop");
    const hopBackend = await started.add(startServer("raw/hop-backend.ts", { words: [hopSocket] }));
    const hop = await started.add(startServer("raw/hop.ts", { words: [hopSocket] }));
    const broker = await started.add(startNatsServer());
    const { profile } = options;
    const bus = (name: string) =>
      ({ driver: "ipc", folder: join(folder, name), secret: "known to this benchmark" }) as const;
    const ipc = await started.add(startClusterProcesses(1, bus("routes"), { profile }));
    // Of its own, as the raw servers are.
    const fans = await started.add(startClusterProcesses(2, bus("fanout"), { profile }));
    const nats = await started.add(startClusterProcesses(1, { driver: "nats", servers: broker.url }, {}));
    const natsServer = { cpuSeconds: () => cpuSeconds(broker.pid) };
    const cases = [
      ...IN_FLIGHT.flatMap((inFlight): Case[] => [
        { name: "raw-echo", raw: true, inFlight, servers: [echo], loads: [rawEcho(echo, inFlight)] },
        { name: "raw-hop", raw: false, inFlight, servers: [hop, hopBackend], loads: [rawEcho(hop, inFlight)] },
        routed("ipc", inFlight, ipc, []),
        routed("nats", inFlight, nats, [natsServer]),
      ]),
      ...PER_TICK.flatMap((perTick) => fanout(perTick, publish, fans)),
    ];
    return await measureInTurn(program, cases, options);
  } finally {
    await started.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function routed(name: string, inFlight: number, cluster: ClusterProcesses, others: readonly Measured[]): Case {
  const connector = cluster.connectors[0]!;
  return {
    name,
    raw: false,
    inFlight,
    servers: [connector, cluster.work, ...others],
    loads: [routedEcho(connector, inFlight)],
  };
}

function fanout(perTick: number, publish: readonly ServerProcess[], { connectors, work }: ClusterProcesses): Case[] {
  const inFlight = perTick;
  const each = pace(perTick, MEMBERS, 1);
  const all = pace(perTick, MEMBERS * connectors.length, connectors.length);
  return [
    {
      name: "publish",
      raw: true,
      inFlight,
      servers: publish,
      loads: publish.map((server) => rawFanout(server, MEMBERS, each)),
    },
    {
      name: "fanout",
      raw: false,
      inFlight,
      servers: [...connectors, work],
      loads: connectors.map((server, index) => channelFanout(server, MEMBERS, all, index * MEMBERS)),
    },
  ];
}
