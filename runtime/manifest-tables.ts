/** The manifest, indexed for look-ups: by message id on a connector, by link id between servers. */
import { Compatibility } from "./cluster/compatibility.js";
import type { HandlerEntry, Manifest, PushEntry, RemoteEntry, ServerTypeEntry } from "./manifest.js";

/** A handler with what a connector needs to know of it, resolved once. */
export interface Route {
  readonly handler: HandlerEntry;
  readonly type: ServerTypeEntry;
  readonly typeIndex: number;
  /** Index among the routes with a rate; -1 without. */
  readonly rateIndex: number;
}

/** Ids up to here are indexes of a table; larger ones are keys of two parts, or rare. */
const HIGHEST_ID = 0xffff;

export class ManifestTables {
  readonly manifest: Manifest;
  readonly typeIndex = new Map<string, number>();
  readonly routes: readonly Route[];
  readonly ratedRoutes: number;
  /** Message id to route. An array up to this many ids, because indexing is what a connector does for every frame. */
  readonly routeById: ReadonlyArray<Route | undefined>;
  /** The same for keys of two parts, as one number. */
  readonly routeByPair: ReadonlyMap<number, Route>;
  readonly handlerByLink: ReadonlyArray<HandlerEntry | undefined>;
  readonly remoteByLink: ReadonlyArray<RemoteEntry | undefined>;
  readonly pushByLink: ReadonlyArray<PushEntry | undefined>;
  readonly errorNames = new Map<number, string>();
  readonly compatibility: Compatibility;

  constructor(manifest: Manifest) {
    this.manifest = manifest;
    this.compatibility = new Compatibility(manifest);
    manifest.servers.forEach((type, index) => {
      this.typeIndex.set(type.name, index);
    });
    for (const name of Object.keys(manifest.errors)) this.errorNames.set(manifest.errors[name]!, name);
    let rated = 0;
    this.routes = manifest.handlers.map((handler) => {
      const typeIndex = this.typeIndex.get(handler.serverType)!;
      return {
        handler,
        type: manifest.servers[typeIndex]!,
        typeIndex,
        rateIndex: handler.rate === null ? -1 : rated++,
      };
    });
    this.ratedRoutes = rated;
    const single = this.routes.filter((route) => route.handler.messageId <= HIGHEST_ID);
    this.routeById = indexed(single, (route) => route.handler.messageId);
    this.routeByPair = new Map(this.routes.map((route) => [route.handler.messageId, route]));
    this.handlerByLink = indexed(manifest.handlers, (handler) => handler.linkId);
    this.remoteByLink = indexed(manifest.remotes, (remote) => remote.linkId);
    this.pushByLink = indexed(manifest.pushes, (push) => push.linkId);
  }
}

/** A table without holes: V8 keeps arrays with large gaps as dictionaries, which are slow to index. */
function indexed<Entry>(entries: readonly Entry[], key: (entry: Entry) => number): ReadonlyArray<Entry | undefined> {
  const highest = entries.reduce((most, entry) => Math.max(most, key(entry)), 0);
  const table: (Entry | undefined)[] = new Array(highest + 1).fill(undefined);
  for (const entry of entries) table[key(entry)] = entry;
  return table;
}
