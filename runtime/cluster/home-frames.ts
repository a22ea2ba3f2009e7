/** Pushes and joins for a key, as they arrive where the sender takes its home to be: handled, kept until it is, or sent on. */
import { copiedBytes, copyBytes } from "../../wire/copy-bytes.js";
import { Slab } from "../../wire/slab.js";
import { PushTarget } from "../bus/cluster-messages.js";
import { ENVELOPE_BYTES, Envelope, FrameKind, flagEnvelope, HomeFlag } from "../bus/envelope.js";
import type { ChannelHome } from "../channel/channel-home.js";
import { LogLimit } from "../operate/log-limit.js";
import type { ServerCore } from "../server-core.js";
import { Standing } from "./home-barrier.js";
import type { Peer } from "./peer.js";
import type { UserHome } from "./user-home.js";

export interface HomeFramesOptions {
  readonly core: ServerCore;
  readonly userHome: UserHome;
  readonly channelHome: ChannelHome;
  /** Takes a frame that waited, as if it arrived only now. It ends at `end`. */
  readonly again: (from: Peer, envelope: Envelope, slab: Slab, end: number) => void;
}

/** About lost joins, in ten seconds. */
const LINES = 10;

export class HomeFrames {
  private readonly options: HomeFramesOptions;
  private readonly lines: LogLimit;

  constructor(options: HomeFramesOptions) {
    const { timing } = options.core;
    this.options = options;
    this.lines = new LogLimit(LINES, () => timing.now());
  }

  /** `start` is behind the envelope. False: the frame is for no home of this server's type. */
  take(from: Peer, envelope: Envelope, slab: Slab, start: number, body: number, end: number): boolean {
    const { core } = this.options;
    const target = PushTarget.decode(slab, start, body);
    const ofUser = envelope.kind === FrameKind.PUSH_USER;
    if (ofUser ? core.typeIndex !== core.userHomeType : target.type !== core.type.name) return false;
    switch (core.homes.standing(target.name, from)) {
      case Standing.HOME:
      case Standing.FORMER:
        return this.handle(envelope, target, slab, start, end);
      case Standing.NOT_YET:
        this.hold(from, target.name, slab, start - ENVELOPE_BYTES, end);
        return true;
      default:
        this.sendOn(envelope, target.name, slab, start - ENVELOPE_BYTES, end);
        return true;
    }
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

  private hold(from: Peer, key: string, slab: Slab, start: number, end: number): void {
    const { core, again } = this.options;
    const frame = copiedBytes(slab.bytes, start, end);
    const kind = frame[0]!;
    const go = () => {
      const copy = new Slab(frame.length);
      copy.bytes.set(frame);
      copy.length = frame.length;
      again(from, new Envelope(), copy, frame.length);
    };
    const lost = () => this.lost(kind, key, "its home did not learn in time who has it");
    if (!core.homes.hold(key, from, frame.length, go, lost)) this.lost(kind, key, "too much waits for its home");
  }

  /** The sender's view is older than ours, or newer. */
  private sendOn(envelope: Envelope, key: string, slab: Slab, start: number, end: number): void {
    const { core } = this.options;
    const home = core.router.home(core.typeIndex, key);
    const further = (envelope.flags & HomeFlag.FORWARDED) === 0 && home !== null && home !== core.self();
    if (!further || !home.direct.begin(end - start)) {
      this.lost(envelope.kind, key, "its home moved");
      return;
    }
    const { slab: out } = home.direct;
    const at = out.length;
    copyBytes(slab.bytes, start, end, out.bytes, at);
    flagEnvelope(out, at, HomeFlag.FORWARDED);
    out.length = at + end - start;
    home.direct.end();
  }

  private lost(kind: number, key: string, why: string): void {
    const { counters, log } = this.options.core;
    if (kind === FrameKind.PUSH_USER || kind === FrameKind.PUSH_CHANNEL) {
      counters.droppedPushes++;
      return;
    }
    counters.refusedJoins++;
    this.lines.line((more) => log.error({ channel: key, ...more }, `a join or leave of a channel is lost: ${why}`));
  }
}
