/** Pushes delivered per second to a channel of 1,000 sessions, beside uWebSockets.js' own `publish` to as many sockets. */
import { pushFrame } from "../frames.js";
import { buildLoad, hex } from "../load/load.js";
import type { PaceOptions } from "../pace.js";
import { type ServerProcess, startServer, withServers } from "../server-process.js";
import { channelFanout, rawFanout } from "./fanout-load.js";
import { type Case, type MeasuredRow, measureInTurn, type SuiteOptions } from "./suite.js";

const MEMBERS = 1000;
const PER_TICK = [1, 8];

/** 12 KB a member may wait, less than any socket's or session's bound. */
const PACE = { members: MEMBERS, ackers: 1, ackEvery: 16, window: 128 };

export async function fanout(options: SuiteOptions): Promise<MeasuredRow[]> {
  const program = buildLoad();
  const raw = () => startServer("raw/publish.ts", { words: [hex(pushFrame())] });
  const cluster = () => startServer("cluster/server.ts", { profile: options.profile });
  return withServers([raw, cluster], (raw, cluster) =>
    measureInTurn(
      program,
      PER_TICK.flatMap((perTick) => cases(raw, cluster, { ...PACE, perTick })),
      options,
    ),
  );
}

function cases(raw: ServerProcess, cluster: ServerProcess, pace: PaceOptions): Case[] {
  const inFlight = pace.perTick;
  return [
    { name: "publish", raw: true, inFlight, servers: [raw], loads: [rawFanout(raw, MEMBERS, pace)] },
    { name: "fanout", raw: false, inFlight, servers: [cluster], loads: [channelFanout(cluster, MEMBERS, pace)] },
  ];
}
