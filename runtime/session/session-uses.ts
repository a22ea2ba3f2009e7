/** Which servers know a session, and what each was told of it last. */
import { SessionState } from "../bus/cluster-messages.js";
import { ENVELOPE_BYTES, encodeEnvelope, FrameKind } from "../bus/envelope.js";
import type { Peer } from "../cluster/peer.js";
import type { FrontendSession, SessionUse } from "./frontend-session.js";

/** The server that a session's requests of a type go to now; null before the first. */
export function currentUse(session: FrontendSession, typeIndex: number): SessionUse | null {
  let use = session.firstUse;
  while (use !== null && !(use.current && use.peer.typeIndex === typeIndex)) use = use.next;
  return use;
}

/** The session's use of a server, made if there is none. */
export function useOf(session: FrontendSession, peer: Peer): SessionUse {
  let use = session.firstUse;
  while (use !== null && use.peer !== peer) use = use.next;
  if (use === null) {
    const next = alive(session.firstUse);
    use = { peer, current: false, told: 0, inFlight: 0, notified: false, chosenVersion: 0, chosenView: 0, next };
    session.firstUse = use;
  }
  return use;
}

/** The chain without servers that are gone: a session may outlive any number of them. */
function alive(first: SessionUse | null): SessionUse | null {
  while (first !== null && !first.peer.alive) first = first.next;
  for (let use = first; use !== null; use = use.next) {
    while (use.next !== null && !use.next.peer.alive) use.next = use.next.next;
  }
  return first;
}

/** What the server was told of the session may be lost: it is told again before whatever follows. */
export function tellAgain(session: FrontendSession, peer: Peer): void {
  for (let use = session.firstUse; use !== null; use = use.next) if (use.peer === peer) use.told = 0;
}

/** Makes a server the one that the session's requests of its type go to. */
export function switchTo(session: FrontendSession, peer: Peer): SessionUse {
  const use = useOf(session, peer);
  if (!use.current) {
    const before = currentUse(session, peer.typeIndex);
    if (before !== null) before.current = false;
    use.current = true;
  }
  return use;
}

/** Sends the session's state ahead of whatever follows on the link. False: the link is down or full. */
export function tellState(session: FrontendSession, use: SessionUse): boolean {
  const { link } = use.peer;
  if (!link.begin(ENVELOPE_BYTES)) return false;
  const { slab } = link;
  const { slot, generation, owner } = session;
  encodeEnvelope(slab, slab.length, FrameKind.SESSION_STATE, 0, 0, 0, 0, slot, generation, owner, 0);
  slab.length += ENVELOPE_BYTES;
  SessionState.encode(session.state(), slab);
  link.end();
  use.told = session.version;
  return true;
}
