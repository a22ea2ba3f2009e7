/**
 * Pushes that were lost between servers, and whom it concerns. Nothing of them can be sent again; what can be done is that clients who
 * may have missed one are told, by Gap. Pushes that may be dropped anyway are no loss.
 */
import { FrameKind } from "../bus/envelope.js";
import type { PushEntry } from "../manifest.js";
import { NO_SESSION } from "../session/session-reference.js";
import { HomeWord } from "./home-words.js";
import type { Notices } from "./notices.js";
import type { Peer } from "./peer.js";
import type { Retries } from "./retries.js";
import type { View } from "./view.js";

/** What `correlation` of PUSHES_LOST says. */
export const LossScope = {
  /** A push to sessions that know the server, or whose home it is. */
  OWN: 0,
  /** One to everyone. */
  EVERYONE: 1,
  /** One to a user, and which is not known. */
  USERS: 2,
} as const;

const SCOPES = 3;

export interface PushLossesOptions {
  /** The server's own type. */
  readonly type: string;
  readonly userHomeType: number;
  readonly view: View;
  readonly notices: Notices;
  readonly retries: Retries;
}

export class PushLosses {
  private readonly options: PushLossesOptions;
  /** By peer, the words it will be told soon: however many pushes are lost, it is one message. */
  private readonly owed = new Map<Peer, Set<number>>();
  /** A push to a user was lost or passed on once: this server may not have known by then of a connector that has the user. */
  private missesUsers = false;
  private readonly known = new WeakSet<Peer>();

  constructor(options: PushLossesOptions) {
    this.options = options;
    options.view.onChange(() => this.meet());
  }

  /** Servers that have not been told yet of what they must be. */
  get size(): number {
    return this.owed.size;
  }

  /** A push of this kind was not taken by the link to `peer`, as FrameKind says. */
  lost(peer: Peer, kind: number, push: PushEntry | undefined): void {
    if (push?.overflow !== "close" || !peer.alive) return;
    if (kind === FrameKind.PUSH_USER || kind === FrameKind.PUSH_CHANNEL) this.owe(peer, HomeWord.HOME_MISSED, 0);
    else this.owe(peer, HomeWord.PUSHES_LOST, kind === FrameKind.PUSH_EVERYONE ? LossScope.EVERYONE : LossScope.OWN);
  }

  /**
   * A server is gone that was the home of keys, perhaps with what this one sent it last. Others may have known that it is gone long before,
   * and told of a gap before there was this one.
   */
  homeGone({ passesSince, type, typeIndex }: Peer): void {
    if (passesSince === 0) return;
    if (type === this.options.type) this.homesMissed();
    if (typeIndex === this.options.userHomeType) this.usersMissed();
  }

  /** A home of users has lost what a server of another type gave it. `epoch`: the one by which it is complete, or 0. */
  missedOf(sender: Peer, epoch: number): void {
    if (sender.alive) this.say(sender, HomeWord.MISSED_YOURS, epoch);
  }

  /**
   * A home of users has lost what this server gave it, and has told those whose home it is. Theirs is the loss as long as both have gone by
   * the same homes since the first was given to it.
   */
  missedBy(home: Peer, epoch: number): void {
    const now = this.options.view.epoch(home.type);
    const same = home.passesSince === now && epoch === now;
    if (home.passesSince === 0 || same) return;
    home.passesSince = now;
    this.usersMissed();
  }

  /** Pushes are lost, and which of the homes of this server's type would have passed them on is not known. */
  homesMissed(): void {
    const { type, view } = this.options;
    for (const home of view.all()) if (home.type === type) this.owe(home, HomeWord.HOME_MISSED, 0);
  }

  /**
   * Pushes to users are lost, and their homes may be others by now, or be known to others and not here: whoever has users tells them, and
   * so does whoever is heard of later.
   */
  usersMissed(): void {
    this.missesUsers = true;
    for (const peer of this.options.view.all())
      if (peer.frontend) this.owe(peer, HomeWord.PUSHES_LOST, LossScope.USERS);
  }

  /** A home passes on a push to a user. Servers that do not know each other yet may both have the user: whoever is met later is told. */
  passesToUser(push: PushEntry | undefined): void {
    if (push?.overflow === "close") this.missesUsers = true;
  }

  /** A home has lost what it would have passed on to these frontends. */
  passOn(frontends: Iterable<Peer>): void {
    for (const frontend of new Set(frontends)) this.say(frontend, HomeWord.PUSHES_LOST, LossScope.OWN);
  }

  private meet(): void {
    for (const peer of this.options.view.all()) {
      if (!peer.frontend || this.known.has(peer)) continue;
      this.known.add(peer);
      if (this.missesUsers) this.owe(peer, HomeWord.PUSHES_LOST, LossScope.USERS);
    }
  }

  private owe(peer: Peer, word: number, scope: number): void {
    const key = word * SCOPES + scope;
    const owed = this.owed.get(peer);
    if (owed !== undefined) {
      owed.add(key);
      return;
    }
    this.owed.set(peer, new Set([key]));
    this.options.retries.later(() => {
      const words = this.owed.get(peer)!;
      this.owed.delete(peer);
      if (peer.alive) for (const one of words) this.say(peer, Math.floor(one / SCOPES), one % SCOPES);
    });
  }

  private say(peer: Peer, code: number, correlation: number): void {
    this.options.notices.say(peer, {
      kind: FrameKind.HOME,
      code,
      correlation,
      type: "",
      name: "",
      session: NO_SESSION,
    });
  }
}
