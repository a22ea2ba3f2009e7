/** Finds the server for a request or a remote call by the called type's rule. A missing key is an error, never a default server. */
import { ErrorCode } from "../../wire/error-code.js";
import { Slab } from "../../wire/slab.js";
import type { RoutingEntry, ScanKey, ServerTypeEntry } from "../manifest.js";
import type { ManifestTables } from "../manifest-tables.js";
import type { Peer } from "./peer.js";
import { hashBytes, hashText, rendezvous } from "./rendezvous.js";
import type { View } from "./view.js";

/** What a rule may read of a session. */
export interface RoutingSession {
  readonly uid: string | null;
  readonly data: object;
}

export class Router {
  /** Why the last choice was null: NO_ROUTE_KEY or NO_SERVER. */
  code: ErrorCode = ErrorCode.OK;
  private readonly view: View;
  private readonly tables: ManifestTables;
  private readonly turns: Uint32Array;
  private readonly scratch = new Slab(1024);
  private readonly range = { start: 0, end: 0 };

  constructor(tables: ManifestTables, view: View) {
    this.tables = tables;
    this.view = view;
    this.turns = new Uint32Array(tables.manifest.servers.length);
  }

  /** Whether the type's rule gives the same server for a session until the session or the view changes. */
  static depends(rule: RoutingEntry | null): "session" | "message" | "turn" {
    if (rule === null || rule.kind === "leastLoaded" || rule.kind === "roundRobin") return "turn";
    return rule.kind === "messageField" ? "message" : "session";
  }

  /**
   * By the session's uid or data, or by whose turn it is. `session` may be null only for rules that read none. `since`: the schema
   * version in which the route began, here as below; a server of an older one does not have it.
   */
  choose(type: ServerTypeEntry, typeIndex: number, session: RoutingSession | null, since = 0): Peer | null {
    const rule = type.routeBy;
    const ready = this.view.ready(typeIndex, since);
    if (rule === null) return this.nextInTurn(this.view.choosable(typeIndex, since), typeIndex);
    switch (rule.kind) {
      case "uid":
        return session === null || session.uid === null || session.uid === ""
          ? this.refuse(ErrorCode.NO_ROUTE_KEY)
          : this.winner(hashText(session.uid), ready);
      case "sessionData":
        return session === null
          ? this.refuse(ErrorCode.NO_ROUTE_KEY)
          : this.bySessionData(session, rule.scanKey, ready);
      case "server": {
        const id = session === null ? undefined : Reflect.get(session.data, rule.field);
        if (typeof id !== "string" || id === "") return this.refuse(ErrorCode.NO_ROUTE_KEY);
        return this.byId(id, typeIndex, since);
      }
      case "messageField":
        return this.refuse(ErrorCode.NO_ROUTE_KEY);
      case "leastLoaded":
        return this.leastLoaded(this.view.choosable(typeIndex, since));
      case "roundRobin":
        return this.nextInTurn(this.view.choosable(typeIndex, since), typeIndex);
    }
  }

  /** By a field of the encoded message. */
  chooseByMessage(typeIndex: number, scan: ScanKey, slab: Slab, start: number, end: number, since = 0): Peer | null {
    scan(slab, start, end, this.range);
    if (this.range.start === this.range.end) return this.refuse(ErrorCode.NO_ROUTE_KEY);
    return this.winner(hashBytes(slab.bytes, this.range.start, this.range.end), this.view.ready(typeIndex, since));
  }

  /** By a key that the caller names. */
  chooseByKey(typeIndex: number, key: string, since = 0): Peer | null {
    if (key === "") return this.refuse(ErrorCode.NO_ROUTE_KEY);
    return this.winner(hashText(key), this.view.ready(typeIndex, since));
  }

  /** One server of a type by its id, if it is alive. A draining server still answers for what it keeps. */
  byId(id: string, typeIndex: number, since = 0): Peer | null {
    const peer = this.view.named(id);
    return peer !== undefined && peer.typeIndex === typeIndex && peer.state !== "starting" && peer.version >= since
      ? peer
      : this.refuse(ErrorCode.NO_SERVER);
  }

  /** The home of a key: the one server of a type that answers for it. */
  home(typeIndex: number, key: string): Peer | null {
    return this.winner(hashText(key), this.view.ready(typeIndex));
  }

  /** The least loaded by what each announced last, and what was given to it from here since. */
  leastLoaded(ready: readonly Peer[]): Peer | null {
    let least: Peer | null = null;
    for (const peer of ready) if (least === null || peer.load + peer.given < least.load + least.given) least = peer;
    if (least === null) return this.refuse(ErrorCode.NO_SERVER);
    least.given++;
    return least;
  }

  nextInTurn(ready: readonly Peer[], typeIndex: number): Peer | null {
    if (ready.length === 0) return this.refuse(ErrorCode.NO_SERVER);
    return ready[this.turns[typeIndex]!++ % ready.length]!;
  }

  private bySessionData(session: RoutingSession, scan: ScanKey, ready: readonly Peer[]): Peer | null {
    const { scratch, range } = this;
    scratch.length = 0;
    this.tables.manifest.session!.body.encode(session.data, scratch);
    scan(scratch, 0, scratch.length, range);
    if (range.start === range.end) return this.refuse(ErrorCode.NO_ROUTE_KEY);
    return this.winner(hashBytes(scratch.bytes, range.start, range.end), ready);
  }

  private winner(keyHash: number, ready: readonly Peer[]): Peer | null {
    return rendezvous(keyHash, ready) ?? this.refuse(ErrorCode.NO_SERVER);
  }

  private refuse(code: ErrorCode): null {
    this.code = code;
    return null;
  }
}
