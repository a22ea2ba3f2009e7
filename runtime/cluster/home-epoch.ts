/** Which servers are homes of a type's keys right now, as a number by which servers tell each other that they agree. */
import type { Peer } from "./peer.js";

/** A number for the servers of a type, who of them is ready, and for all frontends. */
export function homeEpoch(type: string, peers: Iterable<Peer>): number {
  const marks: [incarnation: number, mark: number][] = [];
  for (const peer of peers) {
    const ofType = peer.type === type;
    const mark = (peer.frontend ? 1 : 0) + (ofType ? 2 : 0) + (ofType && peer.state === "ready" ? 4 : 0);
    if (mark > 0) marks.push([peer.incarnation, mark]);
  }
  marks.sort(([one], [other]) => one - other);
  let hash = 0x811c9dc5;
  for (const [incarnation, mark] of marks) {
    hash = mixed(hash ^ incarnation);
    hash = mixed(hash ^ mark);
  }
  return hash >>> 0 || 1;
}

function mixed(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
