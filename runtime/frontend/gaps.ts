/** Tells clients that pushes to them may be lost, and cannot be replayed. What a client does not know it cannot make good. */
import type { LocalChannels } from "../channel/local-channels.js";
import type { Peer } from "../cluster/peer.js";
import type { ServerCore } from "../server-core.js";
import { type FrontendSession, SessionPhase } from "../session/frontend-session.js";
import type { SessionTable } from "../session/session-table.js";
import type { Control } from "./control.js";

export interface GapsOptions {
  readonly core: ServerCore;
  readonly sessions: SessionTable;
  readonly channels: LocalChannels;
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
    const { core, sessions } = this.options;
    const pushes = core.tables.manifest.pushes.some(
      ({ serverType, overflow }) => serverType === peer.type && overflow === "close",
    );
    for (const session of sessions) {
      const concerned = session.userHome === peer.incarnation || (pushes && (everyone || this.knows(session, peer)));
      if (concerned) this.tell(session);
    }
  }

  /**
   * Homes of a type's channels have died, and from here on nobody sends to them any more. Whom their pushes were for they alone knew: it
   * may be whoever is in a channel of the type, or has asked one of its servers to be.
   */
  homesDied(typeIndex: number): void {
    const { core, sessions } = this.options;
    const type = core.tables.manifest.servers[typeIndex]?.name;
    const { pushes } = core.tables.manifest;
    if (!pushes.some(({ serverType, overflow }) => serverType === type && overflow === "close")) return;
    for (const session of sessions) if (this.knowsType(session, typeIndex)) this.tell(session);
  }

  /** Pushes to users are lost, and to which is not known. */
  usersMissed(): void {
    for (const session of this.options.sessions) if (session.uid !== null) this.tell(session);
  }

  /** Tells one client. */
  tell(session: FrontendSession): void {
    if (session.phase !== SessionPhase.OPEN || session.doomed) return;
    const { core, controls } = this.options;
    try {
      controls[session.protocol.index]!.gap(session);
      core.counters.gapsTold++;
    } catch (error) {
      // The protocol's frames may be too short to say it.
      if (!(error instanceof RangeError)) throw error;
    }
  }

  /** Whether a server may push to a session by itself, or as the home of one of its channels. */
  private knows(session: FrontendSession, peer: Peer): boolean {
    for (let use = session.firstUse; use !== null; use = use.next) if (use.peer === peer) return true;
    for (const { homes } of this.options.channels.of(session)) if (homes.has(peer)) return true;
    return false;
  }

  private knowsType(session: FrontendSession, typeIndex: number): boolean {
    for (let use = session.firstUse; use !== null; use = use.next) if (use.peer.typeIndex === typeIndex) return true;
    for (const channel of this.options.channels.of(session)) if (channel.typeIndex === typeIndex) return true;
    return false;
  }
}
