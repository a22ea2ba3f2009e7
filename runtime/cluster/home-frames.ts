/** Pushes and joins for a key, as they arrive where the sender takes its home to be: handled, kept until it is, or sent on. */
import { copiedBytes } from "../../wire/copy-bytes.js";
import { Slab } from "../../wire/slab.js";
import { PushTarget } from "../bus/cluster-messages.js";
import { ENVELOPE_BYTES, Envelope, FrameKind, flagEnvelope, HELD_FLAG, hopsOf, MOST_HOPS } from "../bus/envelope.js";
import type { ChannelHome } from "../channel/channel-home.js";
import { LogLimit } from "../operate/log-limit.js";
import type { ServerCore } from "../server-core.js";
import { LONG_PATIENCE, Standing } from "./home-barrier.js";
import type { Peer } from "./peer.js";
import type { UserHome } from "./user-home.js";

export interface HomeFramesOptions {
  readonly core: ServerCore;
  readonly userHome: UserHome;
  readonly channelHome: ChannelHome;
  /** Takes a frame that waited, as if it arrived only now. It ends at `end`. */
  readonly again: (from: Peer, envelope: Envelope, slab: Slab, end: number) => void;
}

/** What is said of a frame that is lost. */
type About = Pick<Envelope, "kind" | "linkId">;

/** About lost joins, in ten seconds. */
const LINES = 10;

export class HomeFrames {
  private readonly options: HomeFramesOptions;
  private readonly lines: LogLimit;
  /** A push was lost before this server knew whom it would have passed it on to. */
  private missed = false;
  /** Something of another server of the type was lost: what that is to others is known when this server is complete again. */
  private lostOfType = false;
  /** The epoch by which this server was complete then. */
  private lostIn = 0;

  constructor(options: HomeFramesOptions) {
    const { timing, homes } = options.core;
    this.options = options;
    homes.onSettled(() => this.tellMissed());
    this.lines = new LogLimit(LINES, () => timing.now());
  }

  /** `start` is behind the envelope. False: the frame is for no home of this server's type. */
  take(from: Peer, envelope: Envelope, slab: Slab, start: number, body: number, end: number): boolean {
    const { core } = this.options;
    const target = PushTarget.decode(slab, start, body);
    const ofUser = envelope.kind === FrameKind.PUSH_USER;
    if (ofUser ? core.typeIndex !== core.userHomeType : target.type !== core.type.name) return false;
    switch (core.homes.ofFrame(target.name, from, hopsOf(envelope.flags) > 0)) {
      case Standing.HOME:
      case Standing.FORMER:
        return this.handle(envelope, target, slab, start, end);
      case Standing.NOT_YET:
        this.hold(from, envelope, target.name, slab, start - ENVELOPE_BYTES, end);
        return true;
      default:
        this.sendOn(envelope, target.name, slab, start - ENVELOPE_BYTES, end);
        return true;
    }
  }

  /** Something that a server sent here is lost, perhaps pushes for keys: those to whom they would have been passed on are told. */
  miss(from: Peer): void {
    const { core, userHome, channelHome } = this.options;
    const { manifest } = core.tables;
    if (!manifest.pushes.some(({ serverType, overflow }) => serverType === from.type && overflow === "close")) return;
    // Only its own type publishes to a channel; anybody may push to a user.
    if (from.type === core.type.name) core.pushLosses.passOn(channelHome.frontends());
    if (core.typeIndex === core.userHomeType) {
      core.pushLosses.passOn(userHome.frontends());
      // Servers of another type do not turn: whether they took this server for the home of others they know best.
      if (from.type !== core.type.name) core.pushLosses.missedOf(from, core.homes.epoch);
    }
    // Those who are not known yet are told when they are.
    if (!core.homes.complete && (from.type === core.type.name || core.typeIndex === core.userHomeType))
      this.missed = true;
  }

  /**
   * Something between this server and another is lost. `epoch`: the one by which this server was complete until then, or 0. While homes
   * move, it may have been for keys of which another server is home, or becomes it: whoever that is tells its frontends too.
   */
  gap(from: Peer, epoch: number): void {
    const { core } = this.options;
    this.miss(from);
    if (from.type !== core.type.name) {
      // What it says of pushes that it missed may be lost as well.
      if (from.typeIndex === core.userHomeType) core.pushLosses.missedBy(from, core.view.epoch(from.type));
      return;
    }
    this.lostIn = this.lostOfType && this.lostIn !== epoch ? 0 : epoch;
    this.lostOfType = true;
  }

  private tellMissed(): void {
    const { core, userHome, channelHome } = this.options;
    if (!core.homes.complete) return;
    if (this.lostOfType && this.lostIn !== core.homes.epoch) core.pushLosses.homesMissed();
    this.lostOfType = false;
    if (!this.missed) return;
    this.missed = false;
    core.pushLosses.passOn(channelHome.frontends());
    core.pushLosses.passOn(userHome.frontends());
  }

  private handle(envelope: Envelope, target: PushTarget, slab: Slab, start: number, end: number): boolean {
    const { userHome, channelHome } = this.options;
    switch (envelope.kind) {
      case FrameKind.PUSH_USER:
        userHome.forwardPush(target.name, envelope.linkId, envelope.headerBytes, slab, start, end);
        return true;
      case FrameKind.PUSH_CHANNEL:
        channelHome.publish(envelope, target, slab, start, end);
        return true;
      case FrameKind.CHANNEL_JOIN:
        return channelHome.join(envelope, target);
      default:
        channelHome.leave(envelope, target);
        return true;
    }
  }

  private hold(from: Peer, envelope: Envelope, key: string, slab: Slab, start: number, end: number): void {
    const { core, again } = this.options;
    const frame = copiedBytes(slab.bytes, start, end);
    const { flags, correlation: number, remaining: origin } = envelope;
    const { kind, linkId } = envelope;
    const go = () => {
      const copy = new Slab(frame.length);
      copy.bytes.set(frame);
      copy.length = frame.length;
      flagEnvelope(copy, 0, flags | HELD_FLAG);
      again(from, new Envelope(), copy, frame.length);
    };
    const lost = (why: string) => this.lost({ kind, linkId }, key, why);
    const giveUp = () => lost("its home did not learn in time who has it");
    const { length: bytes } = frame;
    // What was sent on was sent before what its sender sends here itself.
    const held = { key, from, bytes, patience: LONG_PATIENCE, early: hopsOf(flags) > 0, origin, number, go, giveUp };
    if (!core.homes.held.add(held)) lost("too much waits for its home");
  }

  /** The sender's view is older than ours, or newer. */
  private sendOn(envelope: Envelope, key: string, slab: Slab, start: number, end: number): void {
    const { core } = this.options;
    const home = core.router.home(core.typeIndex, key);
    const further = hopsOf(envelope.flags) < MOST_HOPS && home !== null && home !== core.self();
    if (!further || !home.direct.begin(end - start)) {
      this.lost(envelope, key, "its home moved");
      return;
    }
    home.passesSince ||= core.view.epoch(core.type.name);
    const { slab: out } = home.direct;
    const at = out.length;
    out.append(slab, start, end);
    flagEnvelope(out, at, envelope.flags + 1);
    home.direct.end();
  }

  private lost({ kind, linkId }: About, key: string, why: string): void {
    const { core } = this.options;
    const { counters, log } = core;
    if (kind === FrameKind.PUSH_USER) {
      counters.droppedPushes++;
      if (core.tables.pushByLink[linkId]?.overflow === "close") core.pushLosses.usersMissed();
      return;
    }
    if (kind === FrameKind.PUSH_CHANNEL) {
      const push = core.tables.pushByLink[linkId];
      const home = core.router.home(core.typeIndex, key);
      counters.droppedPushes++;
      if (home !== null && home !== core.self()) core.pushLosses.lost(home, kind, push);
      else {
        this.missed ||= push?.overflow === "close";
        // Nothing may ever change again that it would be told at.
        this.tellMissed();
      }
      // Nobody will ever be complete for it.
      if (home === null)
        for (const peer of core.view.all())
          if (peer.frontend) core.pushLosses.lost(peer, FrameKind.PUSH_EVERYONE, push);
      return;
    }
    counters.refusedJoins++;
    // Whoever asked for it goes on asking.
    this.lines.line((more) => log.warn({ channel: key, ...more }, `a join or leave of a channel is lost: ${why}`));
  }
}
