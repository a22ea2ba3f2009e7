/** Reads what the servers wrote down, and holds it against what the clients asked, were answered, and heard. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Asked, Member } from "./member.js";

interface Published {
  readonly nonce: string;
  readonly room: string;
  readonly at: number;
  /** The life of the server that did it. */
  readonly life: string;
}

export class Ledger {
  /** By nonce: the lives of servers in which a handler ran. */
  readonly executed = new Map<string, string[]>();
  /** By nonce: the session for which a handler ran last. */
  readonly sessions = new Map<string, string>();
  /** The same as `executed` of remotes. */
  readonly also = new Map<string, string[]>();
  readonly published: Published[] = [];
  /** By life and session, for each that a backend has worked for: how often it heard of the session's end. */
  readonly closed = new Map<string, number>();
  /** By server: its last life. */
  readonly lives = new Map<string, string>();
  private readonly folder: string;
  private readonly read = new Map<string, number>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Takes what was written since the last time. */
  update(): void {
    for (const file of readdirSync(this.folder)) {
      const text = readFileSync(join(this.folder, file), "latin1");
      const from = this.read.get(file) ?? 0;
      // A line is written whole, by one call.
      const end = text.lastIndexOf("\n") + 1;
      this.read.set(file, end);
      for (const line of text.slice(from, end).split("\n")) if (line !== "") this.take(line.split(" "));
    }
  }

  private take([entry, at, life, first, second]: readonly string[]): void {
    if (entry === "born") this.lives.set(first!, life!);
    else if (entry === "executed") {
      append(this.executed, first!, life!);
      this.sessions.set(first!, second!);
      const key = `${life} ${second}`;
      if (life!.startsWith("room-") && !this.closed.has(key)) this.closed.set(key, 0);
    } else if (entry === "also") append(this.also, first!, life!);
    else if (entry === "published") this.published.push({ nonce: first!, room: second!, at: Number(at), life: life! });
    else if (entry === "closed") {
      const key = `${life} ${first}`;
      this.closed.set(key, (this.closed.get(key) ?? 0) + 1);
    }
  }
}

function append(map: Map<string, string[]>, key: string, value: string): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

/** What one fault did. */
export interface Judgement {
  readonly requests: number;
  /** Answered, or with which code: `OK`, `BACKEND_LOST`. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** Handlers that ran without anybody being told so: the outcome is unknown, and the handler did run. */
  readonly unanswered: number;
  readonly pushes: number;
  /** Pushes that a member missed which stayed, and was told afterwards that it had missed something. */
  readonly announced: number;
  /** The same, and it was not told. */
  readonly missed: readonly string[];
  /** What must never be. */
  readonly wrongs: readonly string[];
}

/** Codes that are documented as outcomes of what happens between servers. */
const CODES = ["OK", "NO_SERVER", "BACKEND_LOST", "TIMEOUT", "OUTCOME_UNKNOWN", "OVERLOADED", "DRAINING"];

/** A join is certain to have reached everybody concerned after this many milliseconds. */
const SETTLED = 1_000;

/**
 * Milliseconds that an outcome may come later than promised. No speed is asserted: this is a deadline that users are promised, kept by a
 * timer of the client, and 300 ms are what a busy machine may take to run it. Longer than that the process itself stood still.
 */
const SLACK = 300;

export interface Case {
  readonly ledger: Ledger;
  readonly asked: readonly Asked[];
  readonly members: readonly Member[];
  /** Ids of the servers that run now. */
  readonly running: readonly string[];
  /** Where the fault's time begins, by the ledger's clock. */
  readonly since: number;
  /** Milliseconds of a time in which the clients' own process stood still. */
  readonly stoodStill: (from: number, to: number) => number;
}

/** What is asked has its outcome, what was published was heard or is not coming, and everybody knows who is there. */
export function judge({ ledger, asked, members, running, since, stoodStill }: Case): Judgement {
  ledger.update();
  const wrongs: string[] = [];
  const outcomes = new Map<string, number>();
  let unanswered = 0;
  const byNonce = new Map(asked.map((one) => [one.nonce, one]));
  for (const one of asked) {
    const runs = ledger.executed.get(one.nonce)?.length ?? 0;
    const also = ledger.also.get(one.nonce)?.length ?? 0;
    const what = `${one.kind} ${one.nonce}`;
    if (one.outcomes.length !== 1) wrongs.push(`${what} has ${one.outcomes.length} outcomes`);
    if (runs > 1) wrongs.push(`${what} ran ${runs} times: ${ledger.executed.get(one.nonce)}`);
    if (also > 1) wrongs.push(`${what}: its remote ran ${also} times: ${ledger.also.get(one.nonce)}`);
    const session = ledger.sessions.get(one.nonce);
    if (session !== undefined && !one.member.stays.some((stay) => stay.session === session))
      wrongs.push(`${what} ran for session ${session}, which was never that of ${one.member.uid}`);
    const [outcome] = one.outcomes;
    if (outcome === undefined) continue;
    const { code, executed } = outcome;
    outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
    if (!CODES.includes(code)) wrongs.push(`${what} ended in ${code}`);
    if (executed === "no" && runs > 0) wrongs.push(`${what} ended in ${code}, not executed, and it was`);
    if (executed === "yes" && runs === 0) wrongs.push(`${what} ended in ${code}, executed, and it was not`);
    if (code === "OK" && one.kind === "also" && also !== 1) wrongs.push(`${what} was answered without its remote`);
    const took = one.settledAt - one.at;
    if (took > one.within + SLACK && took - stoodStill(one.at, one.settledAt) > one.within + SLACK)
      wrongs.push(`${what} ended in ${code} after ${took.toFixed(0)} ms, and is promised an end within ${one.within}`);
    if (executed === "unknown" && runs > 0) unanswered++;
  }
  const living = new Set(running.map((id) => ledger.lives.get(id)));
  const present = new Set(members.map(({ stays }) => stays.at(-1)?.session));
  for (const [key, times] of ledger.closed) {
    const [life = "", session = ""] = key.split(" ");
    const over = !present.has(session) && living.has(life);
    if (times > 1 || (times === 0 && over))
      wrongs.push(`${life} heard of the end of session ${session} ${times} times`);
  }
  let pushes = 0;
  let announced = 0;
  const missed: string[] = [];
  for (const { nonce, room, at, life } of ledger.published) {
    const one = byNonce.get(nonce);
    if (at < since || one === undefined) continue;
    // A server that is gone took with it what it had not sent, and the answer: whether it ran is unknown, whether it was heard as well.
    // One that lives on has sent it, or must have it announced as lost, whether or not its answer arrived.
    const certain = one.outcomes[0]?.executed === "yes" || living.has(life);
    for (const member of members) {
      if (member.room !== room) continue;
      const times = member.heard.get(nonce) ?? 0;
      pushes += times;
      if (times > 1) wrongs.push(`${member.uid} heard ${nonce} ${times} times`);
      const stay = member.stays.at(-1);
      const stayed = stay !== undefined && stay.until === null && stay.from + SETTLED < at;
      if (times > 0 || !stayed || !certain) continue;
      if (stay.gaps.some((gap) => gap >= at)) announced++;
      else missed.push(`${member.uid} missed ${nonce} at ${(at - since).toFixed(0)} ms`);
    }
  }
  for (const member of members) {
    wrongs.push(...member.wrongs.splice(0));
    for (const [nonce, times] of member.told)
      if (times > 1) wrongs.push(`${member.uid} was told ${nonce} ${times} times`);
  }
  return { requests: asked.length, outcomes, unanswered, pushes, announced, missed, wrongs };
}
