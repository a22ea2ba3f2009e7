/** One server's picture of the directory: who is alive, what they are, and who may be given new work. */
import type { Address, Bus, Link } from "../bus/bus.js";
import type { ManifestTables } from "../manifest-tables.js";
import { homeEpoch } from "./home-epoch.js";
import { isAdministrator, Peer, SUPERVISOR } from "./peer.js";
import { PeerList } from "./peer-list.js";
import type { ServerRecordFields } from "./server-record.js";
import { recordFields } from "./server-record.js";

export class View {
  /** Counts changes of who is ready; what was computed from the view is stale when it differs. */
  version = 1;
  private readonly tables: ManifestTables;
  private readonly stranger: (id: string, record: ServerRecordFields) => void;
  private readonly byIncarnation = new Map<number, Peer>();
  private readonly byId = new Map<string, Peer>();
  /** By incarnation: those who are no servers, and so in no list of any. */
  private readonly administrators = new Map<number, Peer>();
  /** Ready peers by type index, ordered by id so that every server computes the same winners. */
  private readonly readyByType: readonly PeerList[];
  /** Of those, the ones that are heard. */
  private readonly trustedByType: readonly PeerList[];
  /** Incarnations that speak another schema: they are given nothing, and what they send is not taken. */
  private readonly strangers = new Set<number>();
  /** By type's name, also of types that this schema does not know: see `epoch`. */
  private readonly epochs = new Map<string, number>();
  private readonly changed: (() => void)[] = [];
  private bus: Bus | null = null;
  private loop: Link | null = null;

  /** `stranger` is told once of each server that neither understands this one nor is understood. */
  constructor(tables: ManifestTables, stranger: (id: string, record: ServerRecordFields) => void = () => {}) {
    this.tables = tables;
    this.stranger = stranger;
    this.readyByType = tables.manifest.servers.map(() => new PeerList());
    this.trustedByType = tables.manifest.servers.map(() => new PeerList());
  }

  /** `loop`: the way to oneself that takes no time. */
  attach(bus: Bus, loop: Link | null = null): void {
    this.bus = bus;
    this.loop = loop;
  }

  /** Calls `listener` after every change of who is ready. */
  onChange(listener: () => void): void {
    this.changed.push(listener);
  }

  /** A server or an administrator. */
  peer(incarnation: number): Peer | undefined {
    return this.byIncarnation.get(incarnation) ?? this.administrators.get(incarnation);
  }

  named(id: string): Peer | undefined {
    return this.byId.get(id);
  }

  /** Every server. */
  all(): IterableIterator<Peer> {
    return this.byIncarnation.values();
  }

  /** Ids of those who supervise servers' processes. */
  supervisors(): string[] {
    return [...this.administrators.values()].filter(({ type }) => type === SUPERVISOR).map(({ id }) => id);
  }

  /** The servers of a type that take new work and have what began in schema version `since`. Do not change the array. */
  ready(typeIndex: number, since = 0): readonly Peer[] {
    return this.readyByType[typeIndex]!.since(since);
  }

  /** Those of them to whom somebody new is best sent: not to suspects, unless there is nobody else. Do not change the array. */
  choosable(typeIndex: number, since = 0): readonly Peer[] {
    const trusted = this.trustedByType[typeIndex]!.since(since);
    return trusted.length > 0 ? trusted : this.ready(typeIndex, since);
  }

  /**
   * A number for all on whom it depends which servers of a type are home for which keys, and who has such keys: servers whose views
   * agree about these have the same. Not 0.
   */
  epoch(type: string): number {
    return this.epochs.get(type) ?? homeEpoch(type, this.byIncarnation.values());
  }

  /** Names of the types of which there are servers. */
  types(): IterableIterator<string> {
    return this.epochs.keys();
  }

  /** A record arrived. False: it does not decode. */
  announced(from: Address, bytes: Uint8Array): boolean {
    const record = recordFields(bytes);
    if (record === null) return false;
    if (isAdministrator(record.type)) {
      if (this.administrators.has(from.incarnation)) return true;
      this.administrators.set(from.incarnation, new Peer(from, this.bus!.link(from), -1, record));
      return true;
    }
    const known = this.byIncarnation.get(from.incarnation);
    if (known === undefined && !this.tables.compatibility.with(record.schemaHash, record.lineage)) {
      if (!this.strangers.has(from.incarnation)) this.stranger(from.id, record);
      this.strangers.add(from.incarnation);
      return true;
    }
    if (known === undefined) {
      const typeIndex = this.tables.typeIndex.get(record.type) ?? -1;
      const peer = new Peer(from, this.bus!.link(from), typeIndex, record);
      if (this.loop?.peer.incarnation === from.incarnation) peer.direct = this.loop;
      this.byIncarnation.set(from.incarnation, peer);
      this.byId.set(from.id, peer);
      this.recompute();
      return true;
    }
    const before = known.state;
    known.update(record);
    if (known.state !== before) this.recompute();
    return true;
  }

  /** A peer says that it takes no new work, ahead of its record. */
  drains(peer: Peer): void {
    if (peer.state === "draining" || !peer.alive) return;
    peer.state = "draining";
    this.recompute();
  }

  /** A server has missed a beat, or is heard again. False: it is none that is known. */
  suspected(address: Address, suspect: boolean): boolean {
    const peer = this.byIncarnation.get(address.incarnation);
    if (peer === undefined) return false;
    peer.suspect = suspect;
    this.separateSuspects();
    return true;
  }

  /** Forgets a server or an administrator for good. Undefined: it was not known. */
  left(address: Address): Peer | undefined {
    this.strangers.delete(address.incarnation);
    const peer = this.peer(address.incarnation);
    if (peer === undefined) return undefined;
    peer.alive = false;
    if (this.administrators.delete(address.incarnation)) return peer;
    this.byIncarnation.delete(address.incarnation);
    if (this.byId.get(address.id) === peer) this.byId.delete(address.id);
    this.recompute();
    return peer;
  }

  private recompute(): void {
    const peers = [...this.byIncarnation.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
    this.readyByType.forEach((list, typeIndex) => {
      list.set(peers.filter((peer) => peer.state === "ready" && peer.typeIndex === typeIndex));
    });
    this.separateSuspects();
    this.epochs.clear();
    for (const { type } of peers) if (!this.epochs.has(type)) this.epochs.set(type, homeEpoch(type, peers));
    this.version++;
    for (const listener of this.changed) listener();
  }

  private separateSuspects(): void {
    this.readyByType.forEach((ready, typeIndex) => {
      this.trustedByType[typeIndex]!.set(ready.all.filter((peer) => !peer.suspect));
    });
  }
}
