/** Pushes delivered per second to a channel of 1,000 sessions, beside uWebSockets.js' own `publish` to as many sockets. */
import { ack, join, PUSH_ID, pushFrame, RequestOffset, ResponseOffset } from "../frames.js";
import { buildLoad, hex, type LoadOptions } from "../load/load.js";
import { ACK_EVERY } from "../pace.js";
import { type ServerProcess, startServer, withServers } from "../server-process.js";
import { boundSessions } from "./cluster-prologue.js";
import { type Case, type MeasuredRow, measureInTurn, type SuiteOptions } from "./suite.js";

const MEMBERS = 1000;
const PER_TICK = [1, 8];

export async function fanout(options: SuiteOptions): Promise<MeasuredRow[]> {
  const program = buildLoad();
  const raw = () => startServer("raw/publish.ts", { words: [hex(pushFrame())] });
  const cluster = () => startServer("cluster/server.ts", { profile: options.profile });
  return withServers([raw, cluster], (raw, cluster) =>
    measureInTurn(
      program,
      PER_TICK.flatMap((perTick) => cases(raw, cluster, perTick)),
      options,
    ),
  );
}

function cases(raw: ServerProcess, cluster: ServerProcess, perTick: number): Case[] {
  const load = (server: ServerProcess): LoadOptions => ({
    mode: "fanout",
    port: server.port,
    connections: MEMBERS,
    more: {
      "push-id": PUSH_ID,
      "push-id-at": ResponseOffset.MESSAGE_ID,
      "answer-sequence-at": ResponseOffset.SEQUENCE,
      "sequence-at": RequestOffset.SEQUENCE,
      ack: hex(ack),
      "ack-every": ACK_EVERY,
    },
  });
  const joined = boundSessions(MEMBERS).map((frames) => [...frames, join(MEMBERS, perTick)]);
  const toCluster = load(cluster);
  return [
    {
      name: "publish",
      raw: true,
      inFlight: perTick,
      server: raw,
      load: { ...load(raw), path: `/?members=${MEMBERS}&perTick=${perTick}` },
    },
    {
      name: "fanout",
      raw: false,
      inFlight: perTick,
      server: cluster,
      load: {
        ...toCluster,
        prologues: joined,
        more: { ...toCluster.more, "error-at": ResponseOffset.ERROR_CODE, "first-sequence": joined[0]!.length + 1 },
      },
    },
  ];
}
