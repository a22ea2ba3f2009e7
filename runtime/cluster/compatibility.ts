/**
 * Who understands whom. Two servers, or a client and a server, are compatible when one's schema is in the other's lineage: the newer of
 * both decides, because only it can know.
 */
import type { Manifest } from "../manifest.js";

/** How much of its lineage a server announces: each record carries it, and nobody upgrades over more states of a schema at once. */
const ANNOUNCED = 64;

const HASH_BYTES = 8;

export class Compatibility {
  /** Schemas whose clients this server understands, its own included. */
  readonly clients: ReadonlySet<string>;
  /** Schemas whose servers it understands. */
  private readonly servers: ReadonlySet<string>;
  /** What a record says of them. */
  readonly announced: Uint8Array;
  private readonly own: Uint8Array;

  constructor({ schemaHash, lineage, clientLineage }: Pick<Manifest, "schemaHash" | "lineage" | "clientLineage">) {
    this.servers = new Set([schemaHash, ...lineage]);
    this.clients = new Set([...this.servers, ...clientLineage]);
    const earlier = lineage.filter((hash) => hash !== schemaHash).slice(0, ANNOUNCED);
    this.announced = new Uint8Array(earlier.length * HASH_BYTES);
    earlier.forEach((hash, index) => {
      this.announced.set(bytesOf(hash), index * HASH_BYTES);
    });
    this.own = bytesOf(schemaHash);
  }

  /** Whether a server whose record says so understands this one, or is understood. */
  with(schemaHash: string, lineage: Uint8Array): boolean {
    return this.servers.has(schemaHash) || this.isIn(lineage);
  }

  private isIn(lineage: Uint8Array): boolean {
    for (let start = 0; start + HASH_BYTES <= lineage.length; start += HASH_BYTES) {
      if (this.own.every((byte, index) => lineage[start + index] === byte)) return true;
    }
    return false;
  }
}

/** Of 16 hexadecimal digits. */
function bytesOf(hash: string): Uint8Array {
  return Uint8Array.from({ length: HASH_BYTES }, (_, index) =>
    Number.parseInt(hash.slice(index * 2, index * 2 + 2), 16),
  );
}
