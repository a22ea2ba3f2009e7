/** Sends one kind of push: `server.push.onChat.toChannel("lobby", line)`. The body is encoded once, straight into the link's slab. */

import { Slab } from "../../wire/slab.js";
import { PushTarget } from "../bus/cluster-messages.js";
import { ENVELOPE_BYTES, encodeEnvelope, FrameKind } from "../bus/envelope.js";
import { LONGEST_NAME } from "../channel/channel-handle.js";
import type { Peer } from "../cluster/peer.js";
import type { Delivery } from "../frontend/delivery.js";
import type { PushEntry } from "../manifest.js";
import type { ServerCore } from "../server-core.js";
import { LONGEST_UID } from "../session/bindings.js";
import { FrontendSession } from "../session/frontend-session.js";
import type { Session } from "../session/session.js";
import { SessionMirror } from "../session/session-mirror.js";
import { NO_SESSION, type SessionReference } from "../session/session-reference.js";
import type { PushOptions, PushSender } from "./application.js";

/** Characters of a key. */
const LONGEST_KEY = 256;

export class PushSenderOf implements PushSender<unknown, unknown> {
  private readonly core: ServerCore;
  private readonly push: PushEntry;
  private readonly delivery: () => Delivery | null;
  private readonly scratch = new Slab(256);

  constructor(core: ServerCore, push: PushEntry, delivery: () => Delivery | null) {
    this.core = core;
    this.push = push;
    this.delivery = delivery;
  }

  toSession(session: Session<unknown>, message: unknown, options?: PushOptions): void {
    if (!(session instanceof FrontendSession || session instanceof SessionMirror)) {
      throw new TypeError(`${this.push.route}.toSession: the first argument must be a session`);
    }
    if (session instanceof SessionMirror)
      this.send(session.home, FrameKind.PUSH_SESSION, session, "", options, message);
    else this.deliver(session, options, message);
  }

  toUser(uid: string, message: unknown, options?: PushOptions): void {
    const { router, userHomeType, counters, pushLosses } = this.core;
    const fits = uid.length <= LONGEST_UID;
    const home = fits ? router.home(userHomeType, uid) : null;
    if (home !== null) {
      this.send(home, FrameKind.PUSH_USER, NO_SESSION, uid, options, message);
      return;
    }
    counters.droppedPushes++;
    // All connectors are leaving, and still have sessions.
    if (fits && this.push.overflow === "close") pushLosses.usersMissed();
  }

  toChannel(channel: string, message: unknown, options?: PushOptions): void {
    // Nobody is in a channel, or has a uid, whose name is longer than names may be.
    if (channel.length > LONGEST_NAME) {
      this.core.counters.droppedPushes++;
      return;
    }
    const home = this.core.router.home(this.core.typeIndex, channel);
    if (home === null) this.withoutHome(channel, message, options);
    else this.send(home, FrameKind.PUSH_CHANNEL, NO_SESSION, channel, options, message);
  }

  /**
   * The last server of the type is leaving, and nobody follows. Frontends know who is in the channel: each is sent the push, and most have
   * no use for it. As long as something of before may be under way it would overtake that: then it is lost, and clients are told.
   */
  private withoutHome(channel: string, message: unknown, options: PushOptions | undefined): void {
    const { view, homes, counters, pushLosses } = this.core;
    if (!homes.complete) counters.droppedPushes++;
    for (const peer of view.all()) {
      if (!peer.frontend) continue;
      if (homes.complete) this.send(peer, FrameKind.PUSH_MEMBERS, NO_SESSION, channel, options, message);
      else pushLosses.lost(peer, FrameKind.PUSH_EVERYONE, this.push);
    }
  }

  toEveryone(message: unknown, options?: PushOptions): void {
    const { view, tables } = this.core;
    for (const peer of view.all()) {
      const type = tables.manifest.servers[peer.typeIndex];
      if (type === undefined || type.kind !== "connector") continue;
      this.send(peer, FrameKind.PUSH_EVERYONE, NO_SESSION, "", options, message);
    }
  }

  /** The session is this server's own: straight to its outbox, so that a push before an answer arrives before it. */
  private deliver(session: FrontendSession, options: PushOptions | undefined, message: unknown): void {
    const { scratch, push } = this;
    scratch.length = 0;
    push.message.encode(message, scratch);
    const { slot, generation } = session;
    this.delivery()!.toSession(push, slot, generation, "", this.key(options), scratch, 0, scratch.length);
  }

  private send(
    to: Peer,
    kind: number,
    session: SessionReference,
    name: string,
    options: PushOptions | undefined,
    message: unknown,
  ): void {
    const link = to.direct;
    const key = this.key(options);
    const toHome = kind === FrameKind.PUSH_CHANNEL || kind === FrameKind.PUSH_USER;
    if (toHome) to.passesSince ||= this.core.view.epoch(to.type);
    if (!to.alive || !link.begin(ENVELOPE_BYTES)) {
      this.core.counters.droppedPushes++;
      this.core.pushLosses.lost(to, kind, this.push);
      return;
    }
    const number = toHome ? this.core.frameOrder.next() : 0;
    const origin = toHome ? this.core.incarnation : 0;
    const { slab } = link;
    const start = slab.length;
    slab.length += ENVELOPE_BYTES;
    try {
      PushTarget.encode({ type: this.core.type.name, name, key }, slab);
      const headerBytes = slab.length - start - ENVELOPE_BYTES;
      this.push.message.encode(message, slab);
      const { slot, generation, owner } = session;
      encodeEnvelope(slab, start, kind, 0, this.push.linkId, headerBytes, number, slot, generation, owner, origin);
    } catch (error) {
      link.abandon();
      throw error;
    }
    link.end();
  }

  private key(options: PushOptions | undefined): string {
    const key = options?.key ?? "";
    if (key.length <= LONGEST_KEY) return key;
    throw new RangeError(`${this.push.route}: a key has at most ${LONGEST_KEY} characters, not ${key.length}`);
  }
}
