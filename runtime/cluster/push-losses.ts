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

/** What `correlation` of PUSHES_LOST says. */
export const EVERYONE = 1;

export class PushLosses {
  private readonly notices: Notices;
  private readonly retries: Retries;
  /** By peer, the words it will be told soon: however many pushes are lost, it is one message. */
  private readonly owed = new Map<Peer, Set<number>>();

  constructor(notices: Notices, retries: Retries) {
    this.notices = notices;
    this.retries = retries;
  }

  /** Servers that have not been told yet of what they must be. */
  get size(): number {
    return this.owed.size;
  }

  /** A push of this kind was not taken by the link to `peer`, as FrameKind says. */
  lost(peer: Peer, kind: number, push: PushEntry | undefined): void {
    if (push?.overflow !== "close" || !peer.alive) return;
    if (kind === FrameKind.PUSH_USER || kind === FrameKind.PUSH_CHANNEL) this.owe(peer, HomeWord.HOME_MISSED, 0);
    else this.owe(peer, HomeWord.PUSHES_LOST, kind === FrameKind.PUSH_EVERYONE ? EVERYONE : 0);
  }

  /**
   * A server is gone that was the home of keys, perhaps with what this one sent it last. Others may have known that it is gone long before,
   * and told of a gap before there was this one.
   */
  homeGone({ askedToPass, type }: Peer, servers: Iterable<Peer>): void {
    if (askedToPass) this.homesMissed(type, servers);
  }

  /** Pushes are lost, and which of the homes of a type would have passed them on is not known. */
  homesMissed(type: string, servers: Iterable<Peer>): void {
    for (const home of servers) if (home.type === type) this.owe(home, HomeWord.HOME_MISSED, 0);
  }

  /** A home has lost what it would have passed on to these frontends. */
  passOn(frontends: Iterable<Peer>): void {
    for (const frontend of new Set(frontends)) this.say(frontend, HomeWord.PUSHES_LOST, 0);
  }

  private owe(peer: Peer, word: number, scope: number): void {
    const key = word * 2 + scope;
    const owed = this.owed.get(peer);
    if (owed !== undefined) {
      owed.add(key);
      return;
    }
    this.owed.set(peer, new Set([key]));
    this.retries.later(() => {
      const words = this.owed.get(peer)!;
      this.owed.delete(peer);
      if (peer.alive) for (const one of words) this.say(peer, one >> 1, one & 1);
    });
  }

  private say(peer: Peer, code: number, correlation: number): void {
    this.notices.say(peer, { kind: FrameKind.HOME, code, correlation, type: "", name: "", session: NO_SESSION });
  }
}
