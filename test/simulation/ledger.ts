/**
 * What happened in one schedule, as the application and its clients saw it, and the promises that can be held against it. Everything that
 * is sent carries a nonce of its own; nothing here looks into the runtime.
 */
import { CallError } from "../runtime/lab/generated/client-typescript/index.js";

/** Milliseconds: the client's own deadline of a call, a second after the route's. */
const CALL_DEADLINE = 2_000;

/** The names of promises that can be broken. */
export type Promised =
  /** Every request has exactly one outcome, by its deadline. */
  | "one outcome by the deadline"
  /** What an error says of the handler is true. */
  | "executed is true to the facts"
  /** No handler runs twice for one request. */
  | "at most one execution"
  /** Nothing runs that has waited for longer than any server may stand still. */
  | "no late execution"
  /** An answer belongs to its request, a push to its session or channel, and comes once. */
  | "nothing reaches a wrong session"
  /** A push to a user comes to sessions that have the uid then. */
  | "a push to a user reaches nobody else"
  /** What a handler pushed to its own session arrives before its answer. */
  | "pushes come before the answer"
  /** What one server publishes in a channel comes to each member in the order in which it was published. */
  | "pushes come in their sender's order"
  /** The same of what one server pushes to a user, as far as that is promised. */
  | "pushes to a user come in their sender's order"
  /** A handler sees the uid and data that its session had when the request was sent. */
  | "the session is up to date"
  | "one owner of a uid"
  | "no push is missed"
  /** Nor one to a user by a session that has had the uid since before. */
  | "no push to a user is missed"
  | "session closed exactly once"
  | "nothing is left behind"
  | "views agree"
  | "all is back to normal"
  /** Nothing fails that no application and no fault has caused. */
  | "no exception";

export interface Violation {
  readonly promise: Promised;
  readonly text: string;
}

/** One client's session, from its Welcome on. */
export class SeenSession {
  readonly id: string;
  readonly client: string;
  /** All uids that it may have, so that a push to one of them is no surprise. */
  readonly possibleUids = new Set<string>();
  readonly askedChannels = new Set<string>();
  /** Channels it is known to be in, and since when. */
  readonly channels = new Map<string, number>();
  /** What its last confirmed bind or unbind left; undefined while one is under way or after one of unknown outcome. */
  uid: string | null | undefined = null;
  /** Binds and unbinds under way, and how many there have been. */
  changing = 0;
  binds = 0;
  /** No bind or unbind has had an unknown outcome. */
  uidKnown = true;
  /** The level that its last confirmed update has set; 0 when that is not certain. */
  level = 0;
  levelKnown = true;
  /** Updates under way, and how many there have been. */
  updates = 0;
  updated = 0;
  readonly pushes = new Set<number>();
  /** By sender and channel, the last push that came. */
  readonly latest = new Map<string, number>();
  /** Requests whose handler has pushed something to this very session first. */
  readonly echoes = new Set<number>();
  /** When it was last told that pushes were lost; none lately is -1. */
  gapAt = -1;
  /** The client knows that it is over, or does not read. */
  open = true;

  constructor(id: string, client: string) {
    this.id = id;
    this.client = client;
  }

  /** A client that moves sends on its next session what it did not send on the one before, and notes it for that one. */
  takesOver({ possibleUids, askedChannels, changing, updates }: SeenSession): void {
    for (const channel of askedChannels) this.askedChannels.add(channel);
    if (changing > 0) {
      for (const uid of possibleUids) this.possibleUids.add(uid);
      this.binds++;
      this.uidKnown = false;
      this.uid = undefined;
    }
    if (updates > 0) {
      this.levelKnown = false;
      this.level = 0;
    }
  }

  /** It is certain that it has this uid, or none, and not another. */
  hasOnly(uid: string | null): void {
    this.possibleUids.clear();
    if (uid !== null) this.possibleUids.add(uid);
  }
}

interface Request {
  readonly nonce: number;
  readonly what: string;
  readonly session: SeenSession | null;
  readonly at: number;
  readonly expectedUid: string | null | undefined;
  readonly expectedLevel: number;
  readonly isRequest: boolean;
  ran: number;
  /** `answered`, or what an error says of the handler. */
  outcome: string | null;
}

/** Somebody who must get a push. */
interface Expected {
  readonly seen: SeenSession;
  /** Binds and unbinds that it had asked for: with the next one it may give up its uid. */
  readonly binds: number;
}

interface Publish {
  readonly nonce: number;
  readonly what: string;
  /** The incarnation that has published it. */
  readonly by: string;
  /** The sessions that must have it by and by. */
  readonly expected: readonly Expected[];
  readonly at: number;
}

export interface LedgerOptions {
  readonly now: () => number;
  /** Milliseconds between a client's call and the latest beginning of its handler. */
  readonly latest: number;
  /** Whether an incarnation still has its place: what one that is gone published last may never have left it. */
  readonly lives: (name: string) => boolean;
  /** Whether what an incarnation pushes to a user comes in order now. */
  readonly ordersUsers: (name: string) => boolean;
}

export class Ledger {
  readonly violations: Violation[] = [];
  readonly trace: string[] = [];
  readonly sessions = new Map<string, SeenSession>();
  /** How often each promise has been put to the test: a check that never looks finds nothing. */
  readonly looks = new Map<Promised, number>();
  private readonly options: LedgerOptions;
  private readonly requests = new Map<number, Request>();
  private publishes: Publish[] = [];
  /** By push, who has published it. */
  private readonly senders = new Map<number, string>();
  private nonces = 0;

  constructor(options: LedgerOptions) {
    this.options = options;
  }

  get now(): number {
    return this.options.now();
  }

  nonce(): number {
    return ++this.nonces;
  }

  note(text: string): void {
    this.trace.push(`${String(this.now).padStart(7)}  ${text}`);
  }

  violate(promise: Promised, text: string): void {
    this.violations.push({ promise, text });
    this.note(`VIOLATED ${promise}: ${text}`);
  }

  /** Looks whether a promise is kept. */
  hold(promise: Promised, kept: boolean, text: () => string): void {
    this.looks.set(promise, (this.looks.get(promise) ?? 0) + 1);
    if (!kept) this.violate(promise, text());
  }

  // ---- Requests

  asked(what: string, session: SeenSession | null, isRequest: boolean, nonce = this.nonce()): number {
    const expectedUid = session?.changing === 0 ? session.uid : undefined;
    const expectedLevel = session?.updates === 0 ? session.level : 0;
    const request = {
      nonce,
      what,
      session,
      at: this.now,
      expectedUid,
      expectedLevel,
      isRequest,
      ran: 0,
      outcome: null,
    };
    this.requests.set(nonce, request);
    this.note(`${session?.client ?? "a client"} asks #${nonce} ${what}`);
    return nonce;
  }

  /** A handler begins. `uid` and `level`: what it sees of its session. */
  ran(nonce: number, by: string, session: string | null, uid: string | null, level: number): void {
    const request = this.requests.get(nonce);
    this.note(`${by} runs #${nonce} for ${session ?? "nobody"} (${uid}, ${level})`);
    if (request === undefined) {
      this.violate("nothing reaches a wrong session", `#${nonce} was never asked`);
      return;
    }
    request.ran++;
    const { what } = request;
    this.hold("at most one execution", request.ran === 1, () => `#${nonce} (${what}) ran again, on ${by}`);
    this.hold("executed is true to the facts", request.outcome !== "no", () => `#${nonce} (${what}) ran after all`);
    const age = this.now - request.at;
    this.hold(
      "no late execution",
      age <= this.options.latest,
      () => `#${nonce} (${what}) ran ${age} ms after it was asked`,
    );
    const seen = request.session;
    if (seen === null) return;
    this.hold(
      "nothing reaches a wrong session",
      session === seen.id || !seen.open,
      () => `#${nonce} of ${seen.id} ran for ${session}`,
    );
    if (session !== seen.id) {
      this.sessions.get(session ?? "")?.takesOver(seen);
      return;
    }
    const { expectedUid, expectedLevel } = request;
    // It may have been bound and unbound by what was sent after it, but on servers of their own.
    const uidFits = expectedUid === undefined || seen.changing > 0 || seen.uid !== expectedUid || uid === expectedUid;
    this.hold("the session is up to date", uidFits, () => `#${nonce} on ${by} sees uid ${uid}, not ${expectedUid}`);
    this.hold(
      "the session is up to date",
      expectedLevel === 0 || level === expectedLevel || seen.level !== expectedLevel || seen.updates > 0,
      () => `#${nonce} on ${by} sees level ${level}, not ${expectedLevel}`,
    );
  }

  answered(nonce: number, by: number): void {
    const request = this.requests.get(nonce)!;
    this.settle(request, "answered");
    this.hold("nothing reaches a wrong session", by === nonce, () => `#${nonce} got the answer of #${by}`);
    this.hold("at most one execution", request.ran === 1, () => `#${nonce} was answered, and ran ${request.ran} times`);
  }

  failed(nonce: number, error: unknown): void {
    const request = this.requests.get(nonce)!;
    if (!(error instanceof CallError)) {
      this.violate("no exception", `#${nonce} failed with ${error instanceof Error ? error.stack : String(error)}`);
      return;
    }
    this.settle(request, error.executed, ` with ${error.name}, executed ${error.executed}: ${error.message}`);
    const { executed } = error;
    const isTrue = executed === "unknown" || (executed === "yes") === request.ran > 0;
    this.hold(
      "executed is true to the facts",
      isTrue,
      () => `#${nonce} ended with executed ${executed}, and ran ${request.ran} times`,
    );
  }

  /** Asks that should be over by now. */
  checkOutcomes(): void {
    for (const { nonce, what, at, outcome, isRequest } of this.requests.values()) {
      if (!isRequest || this.now - at <= CALL_DEADLINE) continue;
      this.hold("one outcome by the deadline", outcome !== null, () => `#${nonce} (${what}), asked at ${at}, has none`);
    }
  }

  private settle(request: Request, outcome: string, more = ""): void {
    const { nonce, what, at } = request;
    this.note(`#${nonce} ${outcome === "answered" ? "is answered" : "fails"}${more}`);
    const once = request.outcome === null && this.now - at <= CALL_DEADLINE;
    this.hold(
      "one outcome by the deadline",
      once,
      () => `#${nonce} (${what}): ${outcome} after ${request.outcome}, ${this.now - at} ms`,
    );
    request.outcome = outcome;
  }

  outcomeOf(nonce: number): string | null {
    return this.requests.get(nonce)?.outcome ?? null;
  }

  // ---- Pushes

  /** A handler has published. `expected`: those who must get it, unless they leave or are told of a gap. */
  published(nonce: number, what: string, by: string, expected: readonly SeenSession[]): void {
    const names = expected.map(({ client }) => client).join(", ");
    this.note(`push #${nonce} ${what} by ${by}, for certain to ${names || "nobody"}`);
    const those = expected.map((seen) => ({ seen, binds: seen.binds }));
    this.publishes.push({ nonce, what, by, expected: those, at: this.now });
    this.senders.set(nonce, by);
  }

  /** Who must get what is pushed to a user now. */
  certainUsers(uid: string): SeenSession[] {
    return [...this.sessions.values()].filter((seen) => seen.open && seen.changing === 0 && seen.uid === uid);
  }

  /** `what` is what the push carries: `session <id>`, `user <uid>`, `channel <name>` or `everyone`. */
  pushed(seen: SeenSession, nonce: number, what: string): void {
    this.note(`${seen.client} gets push #${nonce} ${what}`);
    const [kind, name = ""] = what.split(" ");
    const right =
      kind === "session"
        ? name === seen.id
        : kind === "user"
          ? seen.possibleUids.has(name)
          : kind === "channel"
            ? seen.askedChannels.has(name)
            : kind === "everyone";
    this.hold(
      kind === "user" ? "a push to a user reaches nobody else" : "nothing reaches a wrong session",
      right,
      () => `push #${nonce} to ${what} came to ${seen.id} of ${seen.client}`,
    );
    this.hold(
      "nothing reaches a wrong session",
      !seen.pushes.has(nonce),
      () => `push #${nonce} came twice to ${seen.client}`,
    );
    seen.pushes.add(nonce);
    const by = this.senders.get(nonce);
    if (by === undefined) return;
    const last = seen.latest.get(`${by} ${what}`) ?? 0;
    seen.latest.set(`${by} ${what}`, nonce);
    const ofUser = kind === "user";
    if (ofUser && !this.options.ordersUsers(by)) return;
    this.hold(
      ofUser ? "pushes to a user come in their sender's order" : "pushes come in their sender's order",
      nonce > last,
      () => `push #${nonce} to ${what} came to ${seen.client} after #${last}, which ${by} published later`,
    );
  }

  /** Holds all publishes so far against what arrived: a fault may cost somebody some, if he is told of it. */
  checkPushes(): void {
    for (const { nonce, what, by, expected, at } of this.publishes) {
      // Whoever is told before something is lost does not ask for it.
      const told = this.options.lives(by) ? at : 0;
      const [kind, name] = what.split(" ");
      const ofUser = kind === "user";
      for (const { seen, binds } of expected) {
        const stayed = seen.open && (ofUser ? seen.binds === binds : seen.channels.has(name!));
        if (!stayed || seen.gapAt >= told) continue;
        this.hold(
          ofUser ? "no push to a user is missed" : "no push is missed",
          seen.pushes.has(nonce),
          () => `push #${nonce} to ${what}, sent at ${at}, never came to ${seen.client}`,
        );
      }
    }
    this.publishes = [];
    for (const seen of this.sessions.values()) seen.gapAt = -1;
  }
}
