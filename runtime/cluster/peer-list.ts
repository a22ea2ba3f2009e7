/** Servers of one type, from which those are picked that have what began in some version of the schema. */
import type { Peer } from "./peer.js";

export class PeerList {
  private peers: readonly Peer[] = [];
  /** The oldest schema version among them. */
  private oldest = Number.MAX_SAFE_INTEGER;
  /** By version; made when first asked for. */
  private readonly newEnough = new Map<number, readonly Peer[]>();

  set(peers: readonly Peer[]): void {
    this.peers = peers;
    this.oldest = peers.reduce((oldest, { version }) => Math.min(oldest, version), Number.MAX_SAFE_INTEGER);
    this.newEnough.clear();
  }

  get all(): readonly Peer[] {
    return this.peers;
  }

  /** Those whose schema is of version `since` or a later one. The same array until the list changes. */
  since(version: number): readonly Peer[] {
    // While all are of one version, as they nearly always are, nobody is left out.
    if (version <= this.oldest) return this.peers;
    const known = this.newEnough.get(version);
    if (known !== undefined) return known;
    const found = this.peers.filter((peer) => peer.version >= version);
    this.newEnough.set(version, found);
    return found;
  }
}
