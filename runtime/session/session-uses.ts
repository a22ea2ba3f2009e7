/** Which servers know a session, and what each was told of it last. */
import { SessionState } from "../bus/cluster-messages.js";
import { ENVELOPE_BYTES, encodeEnvelope, FrameKind } from "../bus/envelope.js";
import type { Peer } from "../cluster/peer.js";
import type { FrontendSession, SessionUse } from "./frontend-session.js";

/** The session's use of a server, made if there is none, and now its current one of the type. */
export function useOf(session: FrontendSession, typeIndex: number, peer: Peer): SessionUse {
  const current = session.uses[typeIndex];
  if (current !== undefined && current.peer === peer) return current;
  let use: SessionUse | undefined;
  if (session.otherUses !== null) {
    const index = session.otherUses.findIndex((one) => one.peer === peer);
    if (index >= 0) use = session.otherUses.splice(index, 1)[0];
  }
  if (current?.peer.alive) {
    session.otherUses ??= [];
    session.otherUses.push(current);
  }
  use ??= { peer, told: 0, inFlight: 0, chosenVersion: 0, chosenView: 0 };
  session.uses[typeIndex] = use;
  return use;
}

/** The session's use of a server that asked to hear of it. It becomes current only where nothing is. */
export function useFromElsewhere(session: FrontendSession, peer: Peer): SessionUse {
  for (const use of usesOf(session)) if (use.peer === peer) return use;
  const use: SessionUse = { peer, told: 0, inFlight: 0, chosenVersion: 0, chosenView: 0 };
  session.otherUses ??= [];
  session.otherUses.push(use);
  return use;
}

/** Every server that has been told of the session, or will have been. */
export function usesOf(session: FrontendSession): SessionUse[] {
  const uses: SessionUse[] = [];
  for (const use of session.uses) if (use !== undefined) uses.push(use);
  if (session.otherUses !== null) uses.push(...session.otherUses);
  return uses;
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
