/** A view of a directory whose servers a test announces, over the lab's schema. */
import type { Bus, Link } from "../../../runtime/bus/bus.js";
import { Router } from "../../../runtime/cluster/router.js";
import type { ServerRecordFields } from "../../../runtime/cluster/server-record.js";
import { recordBytes } from "../../../runtime/cluster/server-record.js";
import { View } from "../../../runtime/cluster/view.js";
import { ManifestTables } from "../../../runtime/manifest-tables.js";
import { manifest } from "../lab/generated/server/index.js";

export const tables = new ManifestTables(manifest);

export function directory() {
  const strangers: string[] = [];
  const view = new View(tables, (id, { schemaHash }) => strangers.push(`${id} ${schemaHash}`));
  view.attach({ link: (peer) => ({ peer }) as Link } as Bus);
  const router = new Router(tables, view);
  const incarnations = new Map<string, number>();
  const address = (id: string) => ({ id, incarnation: incarnations.get(id)! });
  /** Announces `chat-1` as ready, or as `fields` say. The first time it comes into being. */
  const announce = (id: string, fields: Partial<ServerRecordFields> = {}) => {
    if (!incarnations.has(id)) incarnations.set(id, incarnations.size + 1);
    const [type = "", number] = id.split("-");
    const record = {
      type,
      number: Number(number),
      state: "ready",
      schemaHash: manifest.schemaHash,
      version: manifest.version,
      lineage: new Uint8Array(),
      load: 0,
      listeners: [],
    };
    return view.announced(address(id), recordBytes({ ...record, ...fields } as ServerRecordFields));
  };
  const leave = (id: string) => {
    const left = view.left(address(id));
    incarnations.delete(id);
    return left;
  };
  const type = (name: string) => {
    const index = tables.typeIndex.get(name)!;
    return { index, entry: manifest.servers[index]! };
  };
  return { view, router, announce, leave, type, strangers };
}
