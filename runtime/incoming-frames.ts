/** Frames from other servers, and from this one to itself, handed by kind to the parts that take them. */
import { BodyError } from "../wire/body-error.js";
import type { Slab } from "../wire/slab.js";
import type { LinkRequests } from "./backend/link-requests.js";
import type { SessionMirrors } from "./backend/session-mirrors.js";
import { PushTarget } from "./bus/cluster-messages.js";
import { ENVELOPE_BYTES, type Envelope, FrameKind, isAdministration, Operation } from "./bus/envelope.js";
import type { ChannelHome } from "./channel/channel-home.js";
import type { HomeAccounts } from "./channel/home-accounts.js";
import type { LocalChannels } from "./channel/local-channels.js";
import { HomeFrames } from "./cluster/home-frames.js";
import { HomeWord } from "./cluster/home-words.js";
import type { Peer } from "./cluster/peer.js";
import { LossScope } from "./cluster/push-losses.js";
import type { UserHome } from "./cluster/user-home.js";
import type { Frontend } from "./frontend/frontend.js";
import { LogLimit } from "./operate/log-limit.js";
import type { ServerCore } from "./server-core.js";
import { useOf } from "./session/session-uses.js";

export interface IncomingFramesOptions {
  readonly core: ServerCore;
  readonly requests: LinkRequests;
  readonly mirrors: SessionMirrors;
  readonly userHome: UserHome;
  readonly channelHome: ChannelHome;
  readonly channels: LocalChannels;
  readonly homeAccounts: HomeAccounts;
  /** Null on a backend. */
  readonly frontend: Frontend | null;
}

/** Of one kind in ten seconds, where it is not this server that says how many there would be. */
const LINES = 10;

export class IncomingFrames {
  private readonly options: IncomingFramesOptions;
  private readonly atHome: HomeFrames;
  private readonly strayLines: LogLimit;
  private readonly failureLines: LogLimit;

  constructor(options: IncomingFramesOptions) {
    this.options = options;
    const { core, userHome, channelHome } = options;
    const again = (peer: Peer, envelope: Envelope, slab: Slab, end: number) =>
      this.arrived(peer, envelope, slab, 0, end);
    this.atHome = new HomeFrames({ core, userHome, channelHome, again });
    this.strayLines = new LogLimit(LINES, () => core.timing.now());
    this.failureLines = new LogLimit(LINES, () => core.timing.now());
  }

  /** Takes one frame; its envelope is decoded into `envelope`. Never throws. */
  arrived(peer: Peer, envelope: Envelope, slab: Slab, start: number, end: number): void {
    const { counters, log } = this.options.core;
    if (!envelope.decode(slab, start, end)) {
      counters.strayFrames++;
      return;
    }
    const { kind } = envelope;
    try {
      if (!this.take(peer, envelope, slab, start + ENVELOPE_BYTES, end)) counters.strayFrames++;
    } catch (error) {
      // Nothing on the bus may bring a server down; a frame of another schema version may well not decode.
      counters.strayFrames++;
      if (error instanceof BodyError) {
        this.strayLines.line((more) => log.warn({ from: peer.id, kind, ...more }, error.message));
        return;
      }
      counters.exceptions++;
      this.failureLines.line((more) => {
        log.error({ err: error, from: peer.id, kind, ...more }, "a frame from another server failed");
      });
    }
  }

  /** `start` is behind the envelope. False: the frame is for nobody here. */
  private take(peer: Peer, envelope: Envelope, slab: Slab, start: number, end: number): boolean {
    const { core, requests, mirrors, userHome, channelHome } = this.options;
    const body = start + envelope.headerBytes;
    // An administrator has no sessions, and no part in the work.
    if (peer.administrates && envelope.kind !== FrameKind.OPERATION) return false;
    switch (envelope.kind) {
      case FrameKind.REQUEST:
      case FrameKind.NOTIFY:
        return requests.request(peer, envelope, slab, start, body, end);
      case FrameKind.REPLY:
        if (!core.calls.answered(peer, envelope.correlation, envelope.code, slab, body, end))
          core.counters.lateAnswers++;
        return true;
      case FrameKind.CALL:
        return requests.call(peer, envelope, slab, body, end);
      case FrameKind.OPERATION:
        if (isAdministration(envelope.linkId) !== peer.administrates) return false;
        return core.operations.asked(peer, envelope, slab, body, end);
      case FrameKind.SESSION_STATE:
        return mirrors.state(peer, envelope, slab, body, end);
      case FrameKind.SESSION_USE:
        return this.sessionUse(peer, envelope);
      case FrameKind.PUSH_USER:
      case FrameKind.PUSH_CHANNEL:
      case FrameKind.CHANNEL_JOIN:
      case FrameKind.CHANNEL_LEAVE:
        return this.atHome.take(peer, envelope, slab, start, body, end);
      case FrameKind.HOME:
        if (envelope.code === HomeWord.FENCED) peer.homes.fenced = envelope.correlation;
        core.homes.heard(peer, envelope.code, envelope.correlation);
        core.registrar.heard(peer, envelope.code, envelope.correlation);
        if (envelope.code === HomeWord.HOME_MISSED) this.atHome.miss(peer);
        if (envelope.code === HomeWord.MISSED_YOURS) core.pushLosses.missedBy(peer, envelope.correlation);
        if (envelope.code === HomeWord.PUSHES_LOST) this.pushesLost(peer, envelope.correlation);
        return true;
      case FrameKind.MEMBERS_TAKEN:
        channelHome.taken(peer, envelope.correlation);
        return true;
      case FrameKind.CHANGE_TAKEN:
        core.sentChanges.taken(envelope.code, PushTarget.decode(slab, start, body).name, envelope);
        return true;
      case FrameKind.USER_HERE:
        userHome.here(peer, PushTarget.decode(slab, start, body).name, envelope);
        return true;
      case FrameKind.USER_GONE:
        userHome.gone(peer, PushTarget.decode(slab, start, body).name, envelope);
        return true;
      case FrameKind.MEMBERS_GONE:
        channelHome.membersGone(peer, PushTarget.decode(slab, start, body).name, envelope.correlation);
        return true;
      case FrameKind.MEMBERS_HERE:
        channelHome.membersHere(peer, PushTarget.decode(slab, start, body).name);
        return true;
      default:
        return this.toFrontend(peer, envelope, slab, start, body, end);
    }
  }

  /** Something that a server sent here is lost: see `HomeFrames.miss`. */
  miss(from: Peer): void {
    this.atHome.miss(from);
  }

  /** See `HomeFrames.gap`. */
  gap(from: Peer, epoch: number): void {
    this.atHome.gap(from, epoch);
  }

  private pushesLost(from: Peer, scope: number): void {
    const { gaps } = this.options.frontend ?? {};
    if (scope === LossScope.USERS) gaps?.usersMissed();
    else gaps?.lost(from, scope === LossScope.EVERYONE);
  }

  private memberChange(frontend: Frontend, home: Peer, envelope: Envelope, { type, name }: PushTarget): boolean {
    const { core, channels, homeAccounts } = this.options;
    const { kind, code, slot, generation, owner, remaining } = envelope;
    const typeIndex = core.tables.typeIndex.get(type);
    const session = frontend.sessions.find(slot, generation);
    const taken = homeAccounts.takes(home, envelope.correlation);
    if (taken === "early") return true;
    const asker = core.view.peer(remaining);
    const joins = kind === FrameKind.MEMBER_JOIN;
    if (asker !== undefined) {
      const asked = joins ? FrameKind.CHANNEL_JOIN : FrameKind.CHANNEL_LEAVE;
      const about = { type, name, session: { slot, generation, owner } };
      core.notices.say(asker, { kind: FrameKind.CHANGE_TAKEN, code: asked, correlation: 0, ...about });
    }
    // Of a newer schema. It is taken all the same: those behind it would wait for ever.
    if (typeIndex === undefined) return false;
    const joiner = taken === "new" ? session : null;
    if (joins) {
      const known = channels.find(typeIndex, name);
      const isMember = known !== undefined && joiner !== null && channels.isMember(known, joiner);
      homeAccounts.register(channels.join(typeIndex, name, joiner, home));
      if (code !== 0 && joiner !== null && !isMember) frontend.gaps.tell(joiner);
    } else if (joiner !== null) {
      channels.leave(typeIndex, name, joiner);
    }
    return true;
  }

  private toFrontend(peer: Peer, envelope: Envelope, slab: Slab, start: number, body: number, end: number): boolean {
    const { core, frontend } = this.options;
    if (frontend === null) return false;
    const { slot, generation } = envelope;
    const target = PushTarget.decode(slab, start, body);
    if (envelope.kind === FrameKind.MEMBER_JOIN || envelope.kind === FrameKind.MEMBER_LEAVE)
      return this.memberChange(frontend, peer, envelope, target);
    const push = core.tables.pushByLink[envelope.linkId];
    if (push === undefined) return false;
    switch (envelope.kind) {
      case FrameKind.PUSH_SESSION:
        frontend.delivery.toSession(push, slot, generation, target.name, target.key, slab, body, end);
        return true;
      case FrameKind.PUSH_MEMBERS:
        frontend.delivery.toMembers(push, target, slab, body, end);
        return true;
      case FrameKind.PUSH_EVERYONE:
        frontend.delivery.toEveryone(push, target.key, slab, body, end);
        return true;
      default:
        return false;
    }
  }

  private sessionUse(peer: Peer, envelope: Envelope): boolean {
    const { core, frontend } = this.options;
    const { slot, generation, owner } = envelope;
    const session = frontend?.sessions.find(slot, generation) ?? null;
    if (session !== null) {
      useOf(session, peer).told = 0;
      return true;
    }
    // The session ended while another server was told of it.
    void core.operations.insist(peer, Operation.CLOSED, { slot, generation, owner }, null, "end of a session");
    return true;
  }
}
