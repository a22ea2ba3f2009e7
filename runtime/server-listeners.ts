/** Opens everything one frontend listens on, and says where its clients connect. */
import type { Timing } from "../wire/timing.js";
import type { ListenerRecord } from "./bus/cluster-messages.js";
import type { Frontend } from "./frontend/frontend.js";
import type { Listener } from "./frontend/listener.js";
import { addresses, hostInUrl, openListener, publicUrl } from "./frontend/open-listeners.js";
import type { Configuration } from "./operate/configuration.js";
import { listenersOf, portOf } from "./operate/listener-configuration.js";
import type { RunningServer } from "./running-server.js";

/** To listen on; nobody can connect to them from another machine. */
const EVERY_ADDRESS = ["0.0.0.0", "::"];

export interface ServerListeners {
  readonly listeners: readonly Listener[];
  /** What the server announces of them. */
  readonly records: readonly ListenerRecord[];
  /** Where a gate answers `GET /entry?uid=`: `http://host:port`. */
  readonly gates: readonly string[];
}

/** A backend has none. `sockets` false: none is opened, and clients are connected by `gatesmith/testing`. Rejects with ListenError. */
export async function openServerListeners(
  { core, frontend, handle }: RunningServer,
  { servers, limits }: Configuration,
  timing: Timing,
  sockets: boolean,
): Promise<ServerListeners> {
  const listeners: Listener[] = [];
  const records: ListenerRecord[] = [];
  const gates: string[] = [];
  if (frontend === null) return { listeners, records, gates };
  const configuration = servers[core.type.name]!;
  const { host } = configuration;
  const open = async (one: Parameters<typeof openListener>[0], owner: Frontend) => {
    const listener = await openListener(one, { core, frontend: owner, handle, host, limits, timing });
    listeners.push(listener);
    const scheme = one.tls === undefined ? "http" : "https";
    const entry = one.transport === "websocket" && core.type.kind === "gate";
    if (entry) gates.push(`${scheme}://${hostInUrl(host)}:${listener.port}`);
    return listener.port;
  };
  try {
    for (const one of listenersOf(configuration)) {
      const port = sockets ? await open(one, frontend) : portOf(one, core.number) || core.number;
      const url = publicUrl(one, host, port);
      // A gate is asked by whoever has its address already.
      if (core.type.kind === "connector" && one.advertise === undefined && EVERY_ADDRESS.includes(host)) {
        core.log.warn({ url }, "clients are told an address that is nobody's: advertise is what they should be told");
      }
      records.push(...addresses(one, frontend.protocols, url));
    }
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
  return { listeners, records, gates };
}
