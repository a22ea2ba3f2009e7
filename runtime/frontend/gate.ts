/** Chooses a connector for a client, by the gate's rule. */
import type { Endpoint } from "../backend/application.js";
import type { Peer } from "../cluster/peer.js";
import { hashText, rendezvous } from "../cluster/rendezvous.js";
import { Failure } from "../failure.js";
import type { ServerCore } from "../server-core.js";

/**
 * The address at which the chosen connector speaks `protocol`; its preferred address by default. Throws NO_SERVER when no connector
 * is ready, or the chosen one does not speak it.
 */
export function chooseConnector(core: ServerCore, uid: string, protocol?: string): Endpoint {
  const { view, router } = core;
  const typeIndex = core.tables.typeIndex.get(core.type.connectorType ?? "") ?? core.userHomeType;
  const ready = view.choosable(typeIndex);
  let chosen: Peer | null;
  switch (core.type.choose) {
    case "hash":
      chosen = rendezvous(hashText(uid), ready);
      break;
    case "roundRobin":
      chosen = router.nextInTurn(ready, typeIndex);
      break;
    default:
      chosen = router.leastLoaded(ready);
  }
  if (chosen === null) throw Failure.of("NO_SERVER", "no connector is ready; try again later", "no");
  const { listeners } = chosen;
  const listener = protocol === undefined ? listeners[0] : listeners.find((one) => one.protocol === protocol);
  if (listener === undefined) {
    const spoken = listeners.map((one) => one.protocol).join(", ");
    throw Failure.of("NO_SERVER", `${chosen.id} does not speak protocol "${protocol}"; it speaks ${spoken}`, "no");
  }
  return { url: listener.url, server: chosen.id };
}
