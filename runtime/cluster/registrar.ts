/**
 * A frontend's side of homes: when those of a type have moved, it tells the new ones what it holds. `home-barrier.ts` says when, and why
 * then.
 */
import { FrameKind } from "../bus/envelope.js";
import { NO_SESSION } from "../session/session-reference.js";
import { HomeWord } from "./home-words.js";
import type { Notices } from "./notices.js";
import type { Peer } from "./peer.js";
import type { View } from "./view.js";

/** What a frontend holds: who has which uid, who is in which channel. */
export interface Holdings {
  /** Registers what has another home by now than the one it is registered with. Only for homes of that type. */
  register(type: string): void;
  /** A home knows nothing any more of what is registered with it: registers it again. */
  registerAgain(home: Peer): void;
}

/** A frontend's standing with the servers of a type. */
interface Round {
  /** The epoch by which everything is registered; 0 before the first. */
  registered: number;
  count: number;
  /** Some of them died since, with what others had given them to pass on, and do not know yet that they died. */
  deaths: boolean;
}

export interface RegistrarOptions {
  readonly incarnation: number;
  readonly view: View;
  readonly notices: Notices;
}

/** Called when homes of a type have died, and nothing is on its way to them any more. */
export type DeathListener = (typeIndex: number) => void;

export class Registrar {
  private readonly options: RegistrarOptions;
  private readonly holdings: Holdings[] = [];
  /** By type. */
  private readonly rounds = new Map<string, Round>();
  private readonly deathListeners: DeathListener[] = [];

  constructor(options: RegistrarOptions) {
    this.options = options;
    options.view.onChange(() => {
      for (const type of options.view.types()) this.look(type);
    });
  }

  add(holdings: Holdings): void {
    this.holdings.push(holdings);
  }

  /**
   * Calls `listener` when it is certain that whatever died with homes of a type was sent before: all others have turned away from them. Who
   * is told any earlier may miss more.
   */
  onDeaths(listener: DeathListener): void {
    this.deathListeners.push(listener);
  }

  /** A home has died. Call it before the view forgets it. */
  died({ type }: Peer): void {
    const round = this.rounds.get(type);
    if (round !== undefined) round.deaths = true;
  }

  /** Counts how often everything was registered with the servers of a type. */
  count(type: string): number {
    return this.rounds.get(type)?.count ?? 0;
  }

  /** A server has said a word to a frontend. Where something between the two was lost, it asks anew, and is told all. */
  heard(from: Peer, word: number, number: number): void {
    if (word === HomeWord.ASK) {
      this.say(from, HomeWord.BEGUN, number);
      for (const holdings of this.holdings) holdings.registerAgain(from);
      from.homes.saidRegistered = -1;
    }
    this.look(from.type);
  }

  private look(type: string): void {
    const { view, incarnation } = this.options;
    if (view.peer(incarnation)?.frontend !== true) return;
    let round = this.rounds.get(type);
    if (round === undefined) {
      round = { registered: 0, count: 0, deaths: false };
      this.rounds.set(type, round);
    }
    const number = view.epoch(type);
    if (round.registered !== number && this.isFenced(type, number)) {
      for (const holdings of this.holdings) holdings.register(type);
      round.registered = number;
      round.count++;
      this.finish(type, round);
    }
    for (const peer of view.all()) {
      if (peer.type !== type || peer.homes.saidRegistered === round.registered) continue;
      peer.homes.saidRegistered = round.registered;
      this.say(peer, HomeWord.REGISTERED, round.registered);
    }
  }

  private finish(type: string, round: Round): void {
    let typeIndex = -1;
    for (const peer of this.options.view.all()) {
      if (peer.type !== type) continue;
      typeIndex = peer.typeIndex;
      peer.homes.finished = peer.state === "draining";
    }
    const { deaths } = round;
    round.deaths = false;
    if (deaths) for (const listener of this.deathListeners) listener(typeIndex);
  }

  private isFenced(type: string, number: number): boolean {
    for (const peer of this.options.view.all()) {
      if (peer.type === type && peer.homes.fenced !== number) return false;
    }
    return true;
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
