/**
 * This server as a home of its type's keys (uids, channels, schedules): which it answers for now, which later, and which not.
 *
 * Servers learn at different times who is ready, so for a while two may take themselves for the home of one key. Both must not answer.
 * Each server of the type, and each frontend (they hold the keys: sessions with uids, members of channels), has an epoch: a number for
 * who is ready and who takes part, from its own view. When it changes,
 *   1. each server of the type tells the others that it has TURNED: what it sends from here on follows the new epoch;
 *   2. whoever has heard that from all of them tells them, and the frontends: FENCED, for nothing of before comes from it any more;
 *   3. a frontend that has heard that from all of them registers its keys with their new homes, then tells all: REGISTERED.
 * A home that has heard both from all that live is complete, and answers. Since everybody who asks and everybody who holds has
 * moved on by then, no other server answers for its keys, and nothing is under way that it does not know. What is asked before waits,
 * within bounds. A suspect is waited for until it is dead. A frontend that asked the home of before takes no yes for an answer once it
 * has registered: see `session/bindings.ts`.
 *
 * Keys that do not move are answered for without a pause, as long as nobody has registered by an epoch that is unknown here; and the
 * home of before goes on with pushes and joins of those who have not turned, until it is complete itself. Who asks, and who is of another
 * type and so does not turn, is answered there only until all have: from then on frontends register elsewhere.
 *
 * Pushes and joins of one sender have an order, and those that it sent by several epochs went to several servers. Each sends on what is
 * another's before it is FENCED; so a complete home has all of it, and until then waits with what was sent on, and with whatever comes
 * from somebody who may have sent something else elsewhere: see `ofFrame`.
 */
import type { Timing } from "../../wire/timing.js";
import { FrameKind } from "../bus/envelope.js";
import { Failure } from "../failure.js";
import { NO_SESSION } from "../session/session-reference.js";
import { type Held, HeldForHome } from "./held-for-home.js";
import { HomeWord } from "./home-words.js";
import type { Notices } from "./notices.js";
import type { Peer } from "./peer.js";
import { hashText, rendezvous } from "./rendezvous.js";
import type { View } from "./view.js";

export interface HomeBarrierOptions {
  /** The server's own type. */
  readonly type: string;
  readonly typeIndex: number;
  readonly incarnation: number;
  readonly view: View;
  readonly notices: Notices;
  readonly timing: Timing;
}

/** What this server is to a key. */
export const Standing = {
  /** Its home. */
  HOME: 0,
  /** Its home, and does not know yet what it has to, or what whoever asks knows. */
  NOT_YET: 1,
  /** The home of before, which knows all it did: for whoever has not heard of the new one. */
  FORMER: 2,
  NO_HOME: 3,
} as const;

export type Standing = (typeof Standing)[keyof typeof Standing];

interface Epoch {
  readonly number: number;
  readonly servers: readonly Peer[];
}

/** How long what somebody waits for: less than it does. Milliseconds. */
const PATIENCE = 4_000;
/** How long what nobody waits for: until even a server that died in silence is known to be dead. */
export const LONG_PATIENCE = 12_000;
/** Changes of the view without a moment at which all agreed. Beyond, keys that did not move are not told from those that did. */
const MOST_EPOCHS = 32;

export class HomeBarrier {
  private readonly options: HomeBarrierOptions;
  /** Since this server was complete last, that epoch first. The last is now. */
  private epochs: Epoch[] = [];
  /** It was complete in the first of them. */
  private based = false;
  /** Complete now. */
  private whole = false;
  /** Nobody holds anything by an epoch that is not among them. */
  private sound = false;
  /** Since it was complete last, all have turned to another epoch: frontends may have registered elsewhere, and others may answer. */
  private superseded = false;
  /** Since what waits was looked at last, something changed that standings depend on. */
  private changed = true;
  /** What waits until this server knows what it is to a key. */
  readonly held: HeldForHome;
  private readonly forgotten: ((frontend: Peer) => void)[] = [];
  private readonly askedAgain: ((frontend: Peer) => void)[] = [];
  private readonly settled: (() => void)[] = [];

  constructor(options: HomeBarrierOptions) {
    this.options = options;
    this.held = new HeldForHome(options.timing);
    options.view.onChange(() => this.look());
  }

  /** The epoch by which it is complete; 0: it is not. */
  get epoch(): number {
    return this.whole ? this.epochs[this.epochs.length - 1]!.number : 0;
  }

  /** Whether it knows all that a home must know, of every key. */
  get complete(): boolean {
    return this.whole;
  }

  /** Questions and frames that wait. */
  get waiting(): number {
    return this.held.size;
  }

  /** Calls `listener` when keys may have become this server's, or have ceased to be. */
  onSettled(listener: () => void): void {
    this.settled.push(listener);
  }

  /** Calls `listener` with a frontend that will be asked anew what it holds. */
  onForgotten(listener: (frontend: Peer) => void): void {
    this.forgotten.push(listener);
  }

  /** Calls `listener` with a frontend that has been asked: what is said to it from here on comes after it has begun anew. */
  onAskedAgain(listener: (frontend: Peer) => void): void {
    this.askedAgain.push(listener);
  }

  /** Whether this server is the home of a key, and no other server is or may think so. */
  isHome(key: string): boolean {
    const me = this.options.view.peer(this.options.incarnation);
    return me !== undefined && this.standing(key, me) === Standing.HOME;
  }

  /** What this server is to a key, when `from` asks. */
  standing(key: string, from: Peer): Standing {
    const { epochs } = this;
    const last = epochs.length - 1;
    if (last < 0) return Standing.NOT_YET;
    const hash = hashText(key);
    const known = this.knows(from);
    const trusted = this.based && this.sound;
    if (!this.mine(hash, epochs[last]!)) {
      if (!known) return Standing.NOT_YET;
      const stillAnswers = trusted && !this.superseded;
      return last > 0 && stillAnswers && this.mine(hash, epochs[0]!) ? Standing.FORMER : Standing.NO_HOME;
    }
    if (!trusted || !known) return Standing.NOT_YET;
    for (let index = 0; index < last; index++) if (!this.mine(hash, epochs[index]!)) return Standing.NOT_YET;
    return Standing.HOME;
  }

  /**
   * What this server is to a key for a push, a join or a leave, which must not go before what its sender sent earlier. `sentOn`: it came
   * by way of another server.
   */
  ofFrame(key: string, from: Peer, sentOn: boolean): Standing {
    const { epochs } = this;
    const last = epochs.length - 1;
    if (last < 0) return Standing.NOT_YET;
    const ofType = from.type === this.options.type;
    // Another type's servers have no epoch of ours: they are taken to go by the one that most do.
    if (!ofType) return this.standing(key, from);
    const hash = hashText(key);
    const known = this.knows(from);
    const trusted = this.based && this.sound;
    const at = this.indexOf(from.homes.turned);
    const straight = trusted && from.alive && at >= 0 && !from.homes.strayed && !sentOn;
    if (!this.mine(hash, epochs[last]!)) {
      if (!known) return Standing.NOT_YET;
      return straight && this.mineThrough(hash, at) ? Standing.FORMER : Standing.NO_HOME;
    }
    // Everybody's frames of before have come.
    if (this.whole && last === 0) return known ? Standing.HOME : Standing.NOT_YET;
    return straight && this.mineThrough(hash, last) ? Standing.HOME : Standing.NOT_YET;
  }

  /**
   * Resolves when this server is the home of `key`, or, where `former` will do, was it. Rejects with NO_SERVER, not executed: it is not,
   * or does not know soon enough; ask again.
   */
  async reached(key: string, from: Peer, former: boolean): Promise<void> {
    for (;;) {
      const standing = this.standing(key, from);
      if (standing === Standing.HOME || (former && standing === Standing.FORMER)) return;
      if (standing !== Standing.NOT_YET) throw this.refusal(key, "is another server by now");
      await new Promise<void>((resolve, reject) => {
        const giveUp = () => reject(this.refusal(key, "does not know yet who has it"));
        const waits = { bytes: 0, patience: PATIENCE, early: false, origin: 0, number: 0 };
        if (!this.held.add({ key, from, ...waits, go: resolve, giveUp })) giveUp();
      });
    }
  }

  /** A peer has said a word to a home. */
  heard(from: Peer, word: number, number: number): void {
    const { homes } = from;
    if (word === HomeWord.TURNED && from.type === this.options.type) this.turned(from, number);
    else if (word === HomeWord.SAY_AGAIN && from.type === this.options.type) homes.forgetSaid();
    else if (word === HomeWord.BEGUN) homes.begun = homes.begun || number === homes.asked;
    else if (word === HomeWord.REGISTERED && homes.begun) homes.registered = number;
    else if (word !== HomeWord.FENCED || from.type !== this.options.type) return;
    this.look();
  }

  private turned(peer: Peer, number: number): void {
    const { homes } = peer;
    if (homes.turned === number) return;
    this.changed = true;
    homes.strayed ||= this.indexOf(homes.turned) < 0;
    if (peer.incarnation === this.options.incarnation) homes.strayed = false;
    homes.turned = number;
  }

  /** Something between this server and a peer was lost. */
  gap(peer: Peer): void {
    peer.homes.forgetSaid();
    if (peer.type === this.options.type) {
      peer.homes.forgetHeard();
      this.changed = true;
      this.say(peer, HomeWord.SAY_AGAIN, 0);
    }
    if (peer.frontend) {
      for (const listener of this.forgotten) listener(peer);
      this.ask(peer);
      for (const listener of this.askedAgain) listener(peer);
    }
    this.look();
  }

  close(): void {
    this.held.close();
  }

  /** Says what is to be said now, and finds out where this server stands. */
  private look(): void {
    const { view, type, typeIndex, incarnation } = this.options;
    const me = view.peer(incarnation);
    if (me === undefined) return;
    const number = view.epoch(type);
    if (this.epochs[this.epochs.length - 1]?.number !== number) {
      this.epochs.push({ number, servers: view.ready(typeIndex) });
      this.changed = true;
      if (this.epochs.length > MOST_EPOCHS) {
        this.epochs = this.epochs.slice(-1);
        this.based = false;
      }
    }
    let turned = true;
    for (const peer of view.all()) {
      if (peer.type !== type) continue;
      if (peer.homes.saidTurned !== number) {
        peer.homes.saidTurned = number;
        if (peer === me) this.turned(me, number);
        else this.say(peer, HomeWord.TURNED, number);
      }
      turned &&= peer.homes.turned === number;
    }
    if (turned && this.epochs.length > 1 && !this.superseded) {
      this.superseded = true;
      this.changed = true;
    }
    // What came for keys that are another's now goes there before it is said that nothing of before does.
    this.drain();
    for (const peer of view.all()) {
      if (!peer.frontend && peer.type !== type) continue;
      if (peer.frontend && peer.homes.asked === 0) this.ask(peer);
      if (!turned || peer.homes.saidFenced === number) continue;
      peer.homes.saidFenced = number;
      this.say(peer, HomeWord.FENCED, number);
    }
    this.settle(number, turned);
  }

  private settle(number: number, turned: boolean): void {
    let whole = turned;
    let sound = true;
    for (const { frontend, homes, type } of this.options.view.all()) {
      if (type === this.options.type) whole &&= homes.fenced === number;
      if (!frontend) continue;
      whole &&= homes.registered === number;
      sound &&= homes.registered === 0 || this.indexOf(homes.registered) >= 0;
    }
    if (whole) this.straighten();
    const before = this.whole;
    this.whole = whole;
    this.changed ||= whole !== before || sound !== this.sound;
    this.sound = sound;
    if (whole && (this.epochs.length > 1 || !this.based)) {
      this.epochs = this.epochs.slice(-1);
      this.based = true;
      this.superseded = false;
      this.changed = true;
    }
    this.drain();
    if (before !== whole) for (const listener of this.settled) listener();
  }

  /** All have turned and are fenced: nothing of before is under way. */
  private straighten(): void {
    for (const { type, homes, state } of this.options.view.all()) {
      if (type !== this.options.type) continue;
      homes.strayed = false;
      homes.finished = state === "draining";
    }
  }

  private drain(): void {
    if (!this.changed || this.held.size === 0) return;
    this.changed = false;
    this.held.drain(this.isUndecided);
  }

  private readonly isUndecided = ({ key, from, origin, early }: Held): boolean =>
    (origin === 0 ? this.standing(key, from) : this.ofFrame(key, from, early)) === Standing.NOT_YET;

  private ask(frontend: Peer): void {
    frontend.homes.forgetHeld();
    frontend.homes.asked++;
    this.say(frontend, HomeWord.ASK, frontend.homes.asked);
  }

  /** Somebody of our type who has turned to an epoch that is unknown here is ahead of us. Whoever is dead goes nowhere. */
  private knows({ type, alive, homes }: Peer): boolean {
    return type !== this.options.type || !alive || this.indexOf(homes.turned) >= 0;
  }

  /** Whether a key was this server's from the first epoch to the one at `last`. */
  private mineThrough(hash: number, last: number): boolean {
    for (let index = 0; index <= last; index++) if (!this.mine(hash, this.epochs[index]!)) return false;
    return true;
  }

  private mine(hash: number, { servers }: Epoch): boolean {
    return rendezvous(hash, servers)?.incarnation === this.options.incarnation;
  }

  private indexOf(number: number): number {
    const { epochs } = this;
    // Nearly always the last.
    for (let index = epochs.length - 1; index >= 0; index--) if (epochs[index]!.number === number) return index;
    return -1;
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

  private refusal(key: string, why: string): Failure {
    return Failure.of("NO_SERVER", `the home of ${this.options.type}'s ${key} ${why}`, "no");
  }
}
