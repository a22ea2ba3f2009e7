/** Pushes as they reach a frontend: to one session, to the members of a channel here, or to everyone; each by its overflow rule. */

import { copiedBytes } from "../../wire/copy-bytes.js";
import { nextSequence } from "../../wire/sequence.js";
import { Slab } from "../../wire/slab.js";
import type { PushTarget } from "../bus/cluster-messages.js";
import type { LocalChannels } from "../channel/local-channels.js";
import type { PushEntry } from "../manifest.js";
import type { ServerCore } from "../server-core.js";
import { type FrontendSession, SessionPhase } from "../session/frontend-session.js";
import type { SessionTable } from "../session/session-table.js";
import type { FrontendProtocol } from "./frontend-protocol.js";
import { LatestFrames } from "./latest-frames.js";
import type { Outbox } from "./outbox.js";
import type { Responder } from "./responder.js";

export class Delivery {
  private readonly core: ServerCore;
  private readonly sessions: SessionTable;
  private readonly channels: LocalChannels;
  private readonly outbox: Outbox;
  private readonly responder: Responder;
  private readonly tooSlow: (session: FrontendSession) => void;
  /** Per protocol, where the current push's frame stands in the outbox; -1 until a session needs it. */
  private readonly frameStarts: number[] = [];
  private readonly frameEnds: number[] = [];
  private readonly scratch = new Slab(1024);

  constructor(
    core: ServerCore,
    sessions: SessionTable,
    channels: LocalChannels,
    outbox: Outbox,
    responder: Responder,
    tooSlow: (session: FrontendSession) => void,
  ) {
    this.core = core;
    this.sessions = sessions;
    this.channels = channels;
    this.outbox = outbox;
    this.responder = responder;
    this.tooSlow = tooSlow;
    core.tables.manifest.protocols.forEach(() => {
      this.frameStarts.push(-1);
      this.frameEnds.push(-1);
    });
  }

  /** `uid`: only if the session has it still, for whoever passed it on may not know yet; empty: whoever it is. */
  toSession(
    push: PushEntry,
    slot: number,
    generation: number,
    uid: string,
    key: string,
    slab: Slab,
    start: number,
    end: number,
  ): void {
    const session = this.sessions.find(slot, generation);
    const meant = session !== null && (uid === "" || session.uid === uid);
    if (!meant || !session.protocol.carries(push.messageId)) {
      this.core.counters.droppedPushes++;
      return;
    }
    this.frameStarts.fill(-1);
    this.deliver(session, push, key, slab, start, end);
  }

  toMembers(push: PushEntry, target: PushTarget, slab: Slab, start: number, end: number): void {
    const typeIndex = this.core.tables.typeIndex.get(target.type);
    const channel = typeIndex === undefined ? undefined : this.channels.find(typeIndex, target.name);
    if (channel === undefined) return;
    this.frameStarts.fill(-1);
    const { members } = channel;
    // Backwards: a session that is closed for being too slow leaves the list while it is walked.
    for (let index = members.length - 1; index >= 0; index--) {
      this.deliver(members[index]!, push, target.key, slab, start, end);
    }
  }

  toEveryone(push: PushEntry, key: string, slab: Slab, start: number, end: number): void {
    this.frameStarts.fill(-1);
    for (const session of this.sessions) this.deliver(session, push, key, slab, start, end);
  }

  /** The session's socket has drained: what was kept for it goes. */
  drained(session: FrontendSession): void {
    if (session.socket.buffered() > 0) return;
    session.congested = false;
    this.release(session);
  }

  private deliver(
    session: FrontendSession,
    push: PushEntry,
    key: string,
    slab: Slab,
    start: number,
    end: number,
  ): void {
    const { protocol } = session;
    // Whoever tells clients of several protocols has a push for the keys of each, and every client gets the one for its own.
    if (session.phase !== SessionPhase.OPEN || !protocol.carries(push.messageId)) return;
    let frame = this.frameStarts[protocol.index]!;
    if (frame < 0) {
      frame = this.write(protocol, push, slab, start, end);
      this.frameStarts[protocol.index] = frame;
      this.frameEnds[protocol.index] = this.outbox.slab.length;
    }
    const frameEnd = this.frameEnds[protocol.index]!;
    if (push.overflow === "close") {
      if (!this.outbox.fits(session, frameEnd - frame)) {
        this.tooSlow(session);
        return;
      }
      session.pushSequence = nextSequence(session.pushSequence, protocol.sequenceBytes);
      this.outbox.add(session, frame, frameEnd, protocol.countsPushes ? session.pushSequence : 0);
    } else if (!session.congested && this.outbox.fits(session, frameEnd - frame)) {
      if (session.latest !== null) session.latest.forget(`${push.linkId}/${key}`);
      this.outbox.add(session, frame, frameEnd, 0);
    } else if (push.overflow === "latest") {
      this.keepLatest(session, `${push.linkId}/${key}`, frame, frameEnd);
    } else {
      this.core.counters.droppedPushes++;
    }
  }

  /** The push's frame for one protocol: in the outbox, once for all its sessions. */
  private write(protocol: FrontendProtocol, push: PushEntry, slab: Slab, start: number, end: number): number {
    const { tables } = this.core;
    const { typeId } = tables.manifest.servers[tables.typeIndex.get(push.serverType)!]!;
    if (!protocol.json) return this.responder.push(protocol, push.messageId, typeId, slab, start, end);
    const { scratch } = this;
    scratch.length = 0;
    push.json!.encode(push.message.decode(slab, start, end), scratch);
    return this.responder.push(protocol, push.messageId, typeId, scratch, 0, scratch.length);
  }

  private keepLatest(session: FrontendSession, key: string, start: number, end: number): void {
    const { core } = this;
    session.latest ??= new LatestFrames(core.limits.sessionBytes);
    core.counters.droppedPushes += session.latest.keep(key, copiedBytes(this.outbox.slab.bytes, start, end));
    // A socket that took everything so far never says that it has drained: what a full tick held up goes after its flush.
    if (!session.congested) core.timing.defer(() => this.release(session));
  }

  /** What was kept goes, as far as it fits now; the rest after the flush, or when the socket has drained. */
  private release(session: FrontendSession): void {
    const { latest } = session;
    if (latest === null || session.congested || session.phase !== SessionPhase.OPEN) return;
    for (const [key, frame] of latest.entries()) {
      if (!this.outbox.fits(session, frame.length)) {
        this.core.timing.defer(() => this.release(session));
        return;
      }
      latest.forget(key);
      const { slab } = this.outbox;
      const start = slab.length;
      slab.reserve(frame.length);
      slab.bytes.set(frame, start);
      slab.length += frame.length;
      this.outbox.add(session, start, slab.length, 0);
    }
    session.latest = null;
  }
}
