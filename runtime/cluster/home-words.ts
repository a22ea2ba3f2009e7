/** What servers say to each other about homes, and what each has heard and said last. `home-barrier.ts` says why. */

export const HomeWord = {
  /** Among the servers of a type: what I send from here on goes by the epoch that is the number. */
  TURNED: 1,
  /** To frontends, and among the servers of a type: all of these have turned to the epoch; nothing of before comes from me any more. */
  FENCED: 2,
  /** To the servers of a type: what I hold is registered by the epoch. 0: I have nothing, and never had. */
  REGISTERED: 3,
  /** To a frontend: I know nothing of what you hold; begin anew, with this number. */
  ASK: 4,
  /** The answer: what follows is all I hold. */
  BEGUN: 5,
  /** To a home: a push that it should have passed on is lost. */
  HOME_MISSED: 6,
  /** To a frontend: a push of mine, or one that I should have passed on as a home, is lost. The number is a `LossScope`. */
  PUSHES_LOST: 7,
  /** Among the servers of a type: what you said of homes may be lost; say it again. */
  SAY_AGAIN: 8,
  /** To a server of another type: what you gave me as a home of users is lost, perhaps. The number: the epoch by which I am complete, or 0. */
  MISSED_YOURS: 9,
} as const;

/** Nothing was said yet. */
const NEVER = -1;

export class HomeWords {
  // Heard from it last.
  turned = NEVER;
  fenced = NEVER;
  registered = NEVER;
  // Said to it last.
  saidTurned = NEVER;
  saidFenced = NEVER;
  saidRegistered = NEVER;
  /**
   * It may have gone by an epoch that is unknown here, and so have sent to another home what must go before what it sends here. A
   * newcomer surely has; nobody has when this server is complete.
   */
  strayed = true;
  /** It is leaving, and nothing of what was given to it can be lost any more: everybody has fenced an epoch in which it is no home. */
  finished = false;
  /** How often it was asked what it holds. */
  asked = 0;
  /** It has begun to answer: until then, what it says of what it holds may be of before. */
  begun = false;

  /** Some of it may be lost: it is said again. */
  forgetSaid(): void {
    this.saidTurned = NEVER;
    this.saidFenced = NEVER;
    this.saidRegistered = NEVER;
  }

  /** What it said may be lost. */
  forgetHeard(): void {
    this.turned = NEVER;
    this.fenced = NEVER;
    this.strayed = true;
  }

  /** What it holds has to be asked for. */
  forgetHeld(): void {
    this.registered = NEVER;
    this.begun = false;
  }
}
