/**
 * Rendezvous hashing: every server gets a weight for a key, and the highest wins. When a server joins, only the keys it wins move;
 * when one leaves, only its own do.
 */

/** FNV-1a over the UTF-8 bytes of a string or the bytes given, 32 bits, unsigned. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) {
      hash = Math.imul(hash ^ unit, 0x01000193);
    } else if (unit < 0x800) {
      hash = Math.imul(hash ^ (0xc0 | (unit >> 6)), 0x01000193);
      hash = Math.imul(hash ^ (0x80 | (unit & 0x3f)), 0x01000193);
    } else if (unit >= 0xd800 && unit < 0xdc00 && index + 1 < text.length) {
      const point = 0x10000 + ((unit - 0xd800) << 10) + (text.charCodeAt(++index) - 0xdc00);
      hash = Math.imul(hash ^ (0xf0 | (point >> 18)), 0x01000193);
      hash = Math.imul(hash ^ (0x80 | ((point >> 12) & 0x3f)), 0x01000193);
      hash = Math.imul(hash ^ (0x80 | ((point >> 6) & 0x3f)), 0x01000193);
      hash = Math.imul(hash ^ (0x80 | (point & 0x3f)), 0x01000193);
    } else {
      hash = Math.imul(hash ^ (0xe0 | (unit >> 12)), 0x01000193);
      hash = Math.imul(hash ^ (0x80 | ((unit >> 6) & 0x3f)), 0x01000193);
      hash = Math.imul(hash ^ (0x80 | (unit & 0x3f)), 0x01000193);
    }
  }
  return hash >>> 0;
}

export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let index = start; index < end; index++) hash = Math.imul(hash ^ bytes[index]!, 0x01000193);
  return hash >>> 0;
}

/** The weight of a key on a server: both hashes mixed until every bit depends on every bit (murmur3's finaliser). */
export function weight(keyHash: number, serverHash: number): number {
  let mixed = keyHash ^ Math.imul(serverHash, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** The winner for a key among servers that carry the hash of their id; null when there is none. Ties go to the first. */
export function rendezvous<Server extends { readonly idHash: number }>(
  keyHash: number,
  servers: readonly Server[],
): Server | null {
  let winner: Server | null = null;
  let best = -1;
  for (const server of servers) {
    const current = weight(keyHash, server.idHash);
    if (current > best) {
      best = current;
      winner = server;
    }
  }
  return winner;
}
