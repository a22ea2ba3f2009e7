/** Chooses a connector for a client, by the gate's rule. */
import type { Endpoint } from "../backend/application.js";
import type { Peer } from "../cluster/peer.js";
import { hashText, rendezvous } from "../cluster/rendezvous.js";
import { Failure } from "../failure.js";
import type { ServerCore } from "../server-core.js";

/** Throws NO_SERVER when no connector is ready. */
export function chooseConnector(core: ServerCore, uid: string): Endpoint {
  const { view, router } = core;
  const typeIndex = core.tables.typeIndex.get(core.type.connectorType ?? "") ?? core.userHomeType;
  const ready = view.ready(typeIndex);
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
  return { url: chosen.url, server: chosen.id };
}
