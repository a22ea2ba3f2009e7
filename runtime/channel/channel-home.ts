/**
 * The home of channels: the one server of the declaring type that knows which frontends have members. Joins, leaves and publishes all
 * go through it in order, which is why a publish after a join reaches the joiner.
 */
import type { Slab } from "../../wire/slab.js";
import { ChannelMembers, type PushTarget, PushTarget as Target } from "../bus/cluster-messages.js";
import { ENVELOPE_BYTES, type Envelope, encodeEnvelope, FrameKind, Operation } from "../bus/envelope.js";
import type { Peer } from "../cluster/peer.js";
import { LogLimit } from "../operate/log-limit.js";
import type { ServerCore } from "../server-core.js";
import { NO_SESSION } from "../session/session-reference.js";
import { MemberChanges } from "./member-changes.js";

/** What a frontend has not given back yet: more than 0 means it has, or is about to have, members. See `home-accounts.ts`. */
type Holders = Map<Peer, number>;

/**
 * Joins and leaves that one frontend has not confirmed: beyond the first number joins are refused, beyond the second leaves too. Whoever
 * asks for them asks again. Leaves have more room: a member too many costs more than one that comes later.
 */
const MOST_BEFORE_JOIN = 65_536;
const MOST_BEFORE_LEAVE = 2 * MOST_BEFORE_JOIN;

/** About refused joins, in ten seconds. */
const LINES = 10;

export class ChannelHome {
  private readonly core: ServerCore;
  private readonly channels = new Map<string, Holders>();
  /** By frontend. */
  private readonly changes = new Map<Peer, MemberChanges>();
  private readonly lines: LogLimit;

  constructor(core: ServerCore) {
    this.core = core;
    this.lines = new LogLimit(LINES, () => core.timing.now());
    core.operations.serve(Operation.MEMBERS, async (question) => {
      const target = question.read(Target);
      await core.homes.reached(target.name, question.from, true);
      const message = await this.members(target);
      return { codec: ChannelMembers, message };
    });
    core.homes.onForgotten((frontend) => this.forget(frontend));
    core.homes.onAskedAgain((frontend) => this.tellAgain(frontend));
  }

  /** Channels this server is home for. */
  get size(): number {
    return this.channels.size;
  }

  /** Ids of the frontends that have members of a channel. */
  frontendsOf(name: string): string[] {
    return [...(this.channels.get(name)?.keys() ?? [])].map(({ id }) => id);
  }

  /** False: it names a session where there are none. */
  join(envelope: Envelope, target: PushTarget): boolean {
    const owner = this.core.view.peer(envelope.owner);
    if (owner === undefined) return true;
    // Only a frontend accounts for what it is sent.
    if (!owner.frontend) return false;
    if (this.unconfirmed(owner) >= MOST_BEFORE_JOIN) {
      this.refuse(owner, target.name, MOST_BEFORE_JOIN, "join");
      return true;
    }
    // Counted first: a frontend in this very process gives it back at once when the session is gone.
    this.count(owner, target.name);
    this.tell(owner, FrameKind.MEMBER_JOIN, envelope, target);
    return true;
  }

  leave(envelope: Envelope, target: PushTarget): void {
    const owner = this.core.view.peer(envelope.owner);
    if (owner?.frontend !== true) return;
    if (this.unconfirmed(owner) < MOST_BEFORE_LEAVE) this.tell(owner, FrameKind.MEMBER_LEAVE, envelope, target);
    else this.refuse(owner, target.name, MOST_BEFORE_LEAVE, "leave");
  }

  /** `[start, end)` is the target and the body behind it. */
  publish(envelope: Envelope, target: PushTarget, slab: Slab, start: number, end: number): void {
    const holders = this.channels.get(target.name);
    if (holders === undefined) return;
    for (const holder of holders.keys()) {
      if (this.pass(holder, FrameKind.PUSH_MEMBERS, envelope, slab, start, end)) continue;
      this.core.counters.droppedPushes++;
      this.core.pushLosses.lost(holder, FrameKind.PUSH_MEMBERS, this.core.tables.pushByLink[envelope.linkId]);
    }
  }

  /** The frontend has no member left, and gives back what was counted. */
  membersGone(from: Peer, name: string, count: number): void {
    if (!from.homes.begun) return;
    const holders = this.channels.get(name);
    if (holders === undefined) return;
    const open = (holders.get(from) ?? 0) - count;
    if (open > 0) holders.set(from, open);
    else holders.delete(from);
    if (holders.size === 0) this.channels.delete(name);
  }

  /** A frontend has members of a channel whose home this server has become. */
  membersHere(from: Peer, name: string): void {
    if (from.homes.begun) this.count(from, name);
  }

  /** A frontend has taken its joins and leaves, up to this number. */
  taken(from: Peer, number: number): void {
    this.changes.get(from)?.confirm(number);
  }

  /** All that have members of some channel. */
  *frontends(): IterableIterator<Peer> {
    for (const holders of this.channels.values()) yield* holders.keys();
  }

  left(peer: Peer): void {
    this.changes.delete(peer);
    this.forget(peer);
  }

  /** Joins and leaves that a frontend has not confirmed. */
  private unconfirmed(frontend: Peer): number {
    return this.changes.get(frontend)?.size ?? 0;
  }

  /** It is asked anew what it has. */
  private forget(peer: Peer): void {
    for (const [name, holders] of this.channels) {
      if (holders.delete(peer) && holders.size === 0) this.channels.delete(name);
    }
  }

  private count(frontend: Peer, name: string): void {
    const holders = this.channels.get(name) ?? new Map<Peer, number>();
    this.channels.set(name, holders);
    holders.set(frontend, (holders.get(frontend) ?? 0) + 1);
  }

  private tell(to: Peer, kind: number, envelope: Envelope, { type, name }: PushTarget): void {
    const { flags, slot, generation, owner, remaining: origin } = envelope;
    const session = { slot, generation, owner };
    // It waited, or went another way: what was published meanwhile, by others, may have passed it.
    const code = kind === FrameKind.MEMBER_JOIN && flags > 0 ? 1 : 0;
    if (to === this.core.self()) {
      // Nothing is lost on the way to oneself.
      this.core.notices.say(to, { kind, code, correlation: 0, type, name, session, origin });
      return;
    }
    let changes = this.changes.get(to);
    if (changes === undefined) {
      changes = new MemberChanges();
      this.changes.set(to, changes);
    }
    this.core.notices.say(to, changes.add({ kind, code, type, name, session, origin }));
  }

  /** Some of what a frontend was told may be lost. What it has taken already it counts, as this home does, and no more. */
  private tellAgain(frontend: Peer): void {
    for (const change of this.changes.get(frontend) ?? []) {
      if (change.kind === FrameKind.MEMBER_JOIN) this.count(frontend, change.name);
      this.core.notices.say(frontend, change);
    }
  }

  private refuse(owner: Peer, name: string, most: number, what: string): void {
    this.core.counters.refusedJoins++;
    this.lines.line((more) => {
      const text = `${owner.id} has not confirmed ${most} joins and leaves: a session does not ${what} yet`;
      this.core.log.error({ channel: name, ...more }, text);
    });
  }

  private async members(target: PushTarget): Promise<ChannelMembers> {
    const holders = [...(this.channels.get(target.name)?.keys() ?? [])];
    const message: ChannelMembers = { members: [], missing: [] };
    const request = { codec: Target, message: target };
    const answers = await Promise.allSettled(
      holders.map((holder) =>
        this.core.operations.ask(
          holder,
          Operation.LOCAL_MEMBERS,
          NO_SESSION,
          request,
          ChannelMembers,
          `members of channel ${target.name}`,
        ),
      ),
    );
    answers.forEach((answer, index) => {
      if (answer.status === "rejected") message.missing.push(holders[index]!.id);
      // One by one: as arguments of one call they could be too many.
      else for (const member of answer.value.members) message.members.push(member);
    });
    return message;
  }

  private pass(to: Peer, kind: number, envelope: Envelope, slab: Slab, start: number, end: number): boolean {
    const link = to.direct;
    // A join that waits comes before what is published after it.
    if (!this.core.notices.flushed(to) || !link.begin(ENVELOPE_BYTES + end - start)) return false;
    const out = link.slab;
    const at = out.length;
    const { linkId, headerBytes, slot, generation, owner } = envelope;
    encodeEnvelope(out, at, kind, 0, linkId, headerBytes, 0, slot, generation, owner, 0);
    out.length = at + ENVELOPE_BYTES;
    out.append(slab, start, end);
    link.end();
    return true;
  }
}
