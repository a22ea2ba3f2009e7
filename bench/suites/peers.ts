/** The same line asked of what teams use today, and of our `ipc`, beside a raw echo. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startClusterProcesses } from "../cluster-processes.js";
import { buildLoad, type LoadOptions } from "../load/load.js";
import { colyseusSeats, colyseusTalk, pomeloTalk, socketIoTalk } from "../peers/frames.js";
import { type Peer, startAlone, startPomelo } from "../peers/start.js";
import { startServer } from "../server-process.js";
import { CONNECTIONS, rawEcho, routedEcho } from "./echo-load.js";
import { Started } from "./started.js";
import { type Case, type MeasuredRow, measureInTurn, type SuiteOptions } from "./suite.js";

const IN_FLIGHT = [1, 16];

export async function peers(options: SuiteOptions): Promise<MeasuredRow[]> {
  const program = buildLoad();
  const folder = mkdtempSync(join(tmpdir(), "gatesmith-bench-"));
  const started = new Started();
  try {
    const pinus = await started.add(startPomelo("pinus"));
    const pomelo = await started.add(startPomelo("pomelo"));
    const colyseus = await started.add(startAlone("colyseus"));
    const socketIo = await started.add(startAlone("socket-io"));
    const echo = await started.add(startServer("raw/echo.ts"));
    const bus = { driver: "ipc", folder, secret: "known to this benchmark" } as const;
    const ipc = await started.add(startClusterProcesses(1, bus, { profile: options.profile }));
    const connector = ipc.connectors[0]!;
    const cases = IN_FLIGHT.flatMap((inFlight): Case[] => [
      { name: "raw-echo", raw: true, inFlight, servers: [echo], loads: [rawEcho(echo, inFlight)] },
      peer("pinus", pinus, pomeloTalk(), inFlight),
      peer("pomelo", pomelo, pomeloTalk(), inFlight),
      {
        ...peer("colyseus", colyseus, colyseusTalk(), inFlight),
        prepare: () => seated(colyseus.port),
      },
      peer("socket.io", socketIo, socketIoTalk(), inFlight),
      {
        name: "ipc",
        raw: false,
        inFlight,
        servers: [connector, ipc.work],
        loads: [routedEcho(connector, inFlight)],
      },
    ]);
    return await measureInTurn(program, cases, options);
  } finally {
    await started.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function peer(name: string, { port, servers }: Peer, talk: Partial<LoadOptions>, inFlight: number): Case {
  const more = { "in-flight": inFlight, ...talk.more };
  return {
    name,
    raw: false,
    inFlight,
    servers,
    loads: [{ mode: "request", port, connections: CONNECTIONS, ...talk, more }],
  };
}

async function seated(port: number): Promise<Partial<LoadOptions>> {
  const [prologue] = colyseusTalk().prologues!;
  return { paths: await colyseusSeats(port, CONNECTIONS), prologues: Array(CONNECTIONS).fill(prologue) };
}
