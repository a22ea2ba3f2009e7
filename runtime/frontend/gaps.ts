/** Tells clients that pushes to them may be lost, and cannot be replayed. What a client does not know it cannot make good. */
import type { Peer } from "../cluster/peer.js";
import type { ServerCore } from "../server-core.js";
import { type FrontendSession, SessionPhase } from "../session/frontend-session.js";
import type { SessionTable } from "../session/session-table.js";
import type { Control } from "./control.js";

export interface GapsOptions {
  readonly core: ServerCore;
  readonly sessions: SessionTable;
  /** By the protocols' indexes. */
  readonly controls: readonly Control[];
}

export class Gaps {
  private readonly options: GapsOptions;

  constructor(options: GapsOptions) {
    this.options = options;
  }

  /** Something that a server sent, or passed on as a home, is lost. `everyone`: also what it sends to everyone. */
  lost(peer: Peer, everyone: boolean): void {
    const { core, sessions, controls } = this.options;
    const pushes = core.tables.manifest.pushes.some(
      ({ serverType, overflow }) => serverType === peer.type && overflow === "close",
    );
    for (const session of sessions) {
      if (session.phase !== SessionPhase.OPEN || session.doomed) continue;
      const concerned = session.userHome === peer.incarnation || (pushes && (everyone || knows(session, peer)));
      if (!concerned) continue;
      try {
        controls[session.protocol.index]!.gap(session);
        core.counters.gapsTold++;
      } catch (error) {
        // The protocol's frames may be too short to say it.
        if (!(error instanceof RangeError)) throw error;
      }
    }
  }
}

/** Whether a server may push to a session by itself, or as the home of one of its channels. */
function knows(session: FrontendSession, peer: Peer): boolean {
  for (let use = session.firstUse; use !== null; use = use.next) if (use.peer === peer) return true;
  if (session.channels !== null) for (const { homes } of session.channels.keys()) if (homes.has(peer)) return true;
  return false;
}
