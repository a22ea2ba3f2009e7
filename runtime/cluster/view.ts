/** One server's picture of the directory: who is alive, what they are, and who may be given new work. */

import { copiedBytes } from "../../wire/copy-bytes.js";
import { Slab } from "../../wire/slab.js";
import type { Address, Bus } from "../bus/bus.js";
import { ServerRecord, type ServerState as WireState } from "../bus/cluster-messages.js";
import type { ManifestTables } from "../manifest-tables.js";
import { Peer, type ServerRecordFields, type ServerState } from "./peer.js";
import { PeerList } from "./peer-list.js";

const states: readonly ServerState[] = ["starting", "ready", "draining"];

export class View {
  /** Counts changes of who is ready; what was computed from the view is stale when it differs. */
  version = 1;
  private readonly tables: ManifestTables;
  private readonly stranger: (id: string, record: ServerRecordFields) => void;
  private readonly byIncarnation = new Map<number, Peer>();
  private readonly byId = new Map<string, Peer>();
  /** Ready peers by type index, ordered by id so that every server computes the same winners. */
  private readonly readyByType: readonly PeerList[];
  /** Of those, the ones that are heard. */
  private readonly trustedByType: readonly PeerList[];
  /** Incarnations that speak another schema: they are given nothing, and what they send is not taken. */
  private readonly strangers = new Set<number>();
  private readonly changed: (() => void)[] = [];
  private readonly scratch = new Slab(1024);
  private bus: Bus | null = null;

  /** `stranger` is told once of each server that neither understands this one nor is understood. */
  constructor(tables: ManifestTables, stranger: (id: string, record: ServerRecordFields) => void = () => {}) {
    this.tables = tables;
    this.stranger = stranger;
    this.readyByType = tables.manifest.servers.map(() => new PeerList());
    this.trustedByType = tables.manifest.servers.map(() => new PeerList());
  }

  attach(bus: Bus): void {
    this.bus = bus;
  }

  /** Calls `listener` after every change of who is ready. */
  onChange(listener: () => void): void {
    this.changed.push(listener);
  }

  peer(incarnation: number): Peer | undefined {
    return this.byIncarnation.get(incarnation);
  }

  named(id: string): Peer | undefined {
    return this.byId.get(id);
  }

  all(): IterableIterator<Peer> {
    return this.byIncarnation.values();
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

  encode(record: ServerRecordFields): Uint8Array {
    this.scratch.length = 0;
    ServerRecord.encode(
      { ...record, listeners: [...record.listeners], state: states.indexOf(record.state) as WireState },
      this.scratch,
    );
    return copiedBytes(this.scratch.bytes, 0, this.scratch.length);
  }

  /** A record arrived. False: it does not decode. */
  announced(from: Address, bytes: Uint8Array): boolean {
    const record = this.decode(bytes);
    if (record === null) return false;
    const known = this.byIncarnation.get(from.incarnation);
    if (known === undefined && !this.tables.compatibility.with(record.schemaHash, record.lineage)) {
      if (!this.strangers.has(from.incarnation)) this.stranger(from.id, record);
      this.strangers.add(from.incarnation);
      return true;
    }
    const before = known?.state;
    if (known === undefined) {
      const typeIndex = this.tables.typeIndex.get(record.type) ?? -1;
      const peer = new Peer(from, this.bus!.link(from), typeIndex, record);
      this.byIncarnation.set(from.incarnation, peer);
      this.byId.set(from.id, peer);
    } else {
      known.update(record);
    }
    if (before !== record.state) this.recompute();
    return true;
  }

  /** A peer has missed a beat, or is heard again. */
  suspected(address: Address, suspect: boolean): void {
    const peer = this.byIncarnation.get(address.incarnation);
    if (peer === undefined) return;
    peer.suspect = suspect;
    this.separateSuspects();
  }

  /** Forgets a peer for good. Undefined: it was not known. */
  left(address: Address): Peer | undefined {
    this.strangers.delete(address.incarnation);
    const peer = this.byIncarnation.get(address.incarnation);
    if (peer === undefined) return undefined;
    peer.alive = false;
    this.byIncarnation.delete(address.incarnation);
    if (this.byId.get(address.id) === peer) this.byId.delete(address.id);
    this.recompute();
    return peer;
  }

  private decode(bytes: Uint8Array): ServerRecordFields | null {
    this.scratch.length = 0;
    this.scratch.reserve(bytes.length);
    this.scratch.bytes.set(bytes);
    try {
      const record = ServerRecord.decode(this.scratch, 0, bytes.length);
      const state = states[record.state];
      return state === undefined ? null : { ...record, state };
    } catch {
      return null;
    }
  }

  private recompute(): void {
    const peers = [...this.byIncarnation.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
    this.readyByType.forEach((list, typeIndex) => {
      list.set(peers.filter((peer) => peer.state === "ready" && peer.typeIndex === typeIndex));
    });
    this.separateSuspects();
    this.version++;
    for (const listener of this.changed) listener();
  }

  private separateSuspects(): void {
    this.readyByType.forEach((ready, typeIndex) => {
      this.trustedByType[typeIndex]!.set(ready.all.filter((peer) => !peer.suspect));
    });
  }
}
