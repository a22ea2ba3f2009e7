/** What a fan-out is driven by: a pace that both sides keep, and clients that receive pushes and acknowledge them. */
import { ack, join, PUSH_ID, RequestOffset, ResponseOffset } from "../frames.js";
import { hex, type LoadOptions } from "../load/load.js";
import type { PaceOptions } from "../pace.js";
import type { ServerProcess } from "../server-process.js";
import { boundSessions } from "./cluster-prologue.js";

/** `connections` sockets that a raw server publishes to. */
export function rawFanout(server: ServerProcess, connections: number, pace: PaceOptions): LoadOptions {
  const query = new URLSearchParams(Object.entries(pace).map(([name, value]) => [name, String(value)]));
  return { ...receivers(server, connections, pace), path: `/?${query}` };
}

/** `connections` sessions that join the channel; their uids are numbered from `first`. */
export function channelFanout(
  connector: ServerProcess,
  connections: number,
  pace: PaceOptions,
  first = 0,
): LoadOptions {
  const prologues = boundSessions(connections, first).map((frames) => [...frames, join(pace)]);
  const load = receivers(connector, connections, pace);
  const more = { ...load.more, "error-at": ResponseOffset.ERROR_CODE, "first-sequence": prologues[0]!.length + 1 };
  return { ...load, prologues, more };
}

function receivers({ port }: ServerProcess, connections: number, pace: PaceOptions): LoadOptions {
  return {
    mode: "fanout",
    port,
    connections,
    more: {
      "push-id": PUSH_ID,
      "push-id-at": ResponseOffset.MESSAGE_ID,
      "answer-sequence-at": ResponseOffset.SEQUENCE,
      "sequence-at": RequestOffset.SEQUENCE,
      ack: hex(ack),
      "ack-every": pace.ackEvery,
      // Ten thousand logins on a busy machine take their time.
      stall: 60,
    },
  };
}
