/** The control messages of a protocol that is not ours: no Hello; a heartbeat that is echoed, a message that says goodbye. */
import type { Slab } from "../../wire/slab.js";
import type { ForeignControlEntry, RequestHeader } from "../manifest.js";
import { type FrontendSession, SessionPhase } from "../session/frontend-session.js";
import type { Control } from "./control.js";
import type { Responder } from "./responder.js";

export class ForeignControl implements Control {
  private readonly entry: ForeignControlEntry;
  private readonly responder: Responder;

  constructor(entry: ForeignControlEntry, responder: Responder) {
    this.entry = entry;
    this.responder = responder;
  }

  opened(session: FrontendSession): void {
    session.phase = SessionPhase.OPEN;
  }

  take(session: FrontendSession, header: RequestHeader, slab: Slab, start: number, end: number): boolean {
    const { heartbeat } = this.entry;
    const key = session.protocol.keyOf(header);
    if (heartbeat === null || key !== heartbeat.messageId) return false;
    this.responder.bytes(session, { sequence: header.sequence, messageId: key, serverType: 0 }, 0, slab, start, end);
    return true;
  }

  moveAway(): boolean {
    return false;
  }

  gap(): void {}

  goodbye(session: FrontendSession): void {
    const { kick } = this.entry;
    if (kick === null) return;
    const key = { sequence: 0, messageId: kick.messageId, serverType: 0 };
    this.responder.message(session, key, kick.message, kick.message.create());
  }
}
