/**
 * The home of channels: the one server of the declaring type that knows which frontends have members. Joins, leaves and publishes all
 * go through it in order, which is why a publish after a join reaches the joiner.
 */
import { copyBytes } from "../../wire/copy-bytes.js";
import type { Slab } from "../../wire/slab.js";
import { ChannelMembers, type PushTarget, PushTarget as Target } from "../bus/cluster-messages.js";
import { ENVELOPE_BYTES, type Envelope, encodeEnvelope, FrameKind, Operation } from "../bus/envelope.js";
import { NO_SESSION } from "../cluster/operations.js";
import type { Peer } from "../cluster/peer.js";
import type { ServerCore } from "../server-core.js";

/** What a frontend has not given back yet: more than 0 means it has, or is about to have, members. See `home-accounts.ts`. */
type Holders = Map<Peer, number>;

export class ChannelHome {
  private readonly core: ServerCore;
  private readonly channels = new Map<string, Holders>();

  constructor(core: ServerCore) {
    this.core = core;
    core.operations.serve(Operation.MEMBERS, async (question) => {
      const message = await this.members(question.read(Target));
      return { codec: ChannelMembers, message };
    });
  }

  /** Channels this server is home for. */
  get size(): number {
    return this.channels.size;
  }

  /** False: it is not for this home, or names a session where there are none. */
  join(envelope: Envelope, target: PushTarget, slab: Slab, start: number): boolean {
    if (target.type !== this.core.type.name) return false;
    const owner = this.core.view.peer(envelope.owner);
    if (owner === undefined) return true;
    // Only a frontend accounts for what it is sent.
    if (this.core.tables.manifest.servers[owner.typeIndex]?.kind === "backend") return false;
    // Counted first: a frontend in this very process gives it back at once when the session is gone.
    this.membersHere(owner, target.name);
    const passed = this.pass(owner, FrameKind.MEMBER_JOIN, envelope, slab, start, start + envelope.headerBytes);
    if (!passed) this.membersGone(owner, target.name, 1);
    return true;
  }

  leave(envelope: Envelope, slab: Slab, start: number): void {
    const owner = this.core.view.peer(envelope.owner);
    if (owner !== undefined)
      this.pass(owner, FrameKind.MEMBER_LEAVE, envelope, slab, start, start + envelope.headerBytes);
  }

  /** `[start, end)` is the target and the body behind it. False: it is not for this home. */
  publish(envelope: Envelope, target: PushTarget, slab: Slab, start: number, end: number): boolean {
    if (target.type !== this.core.type.name) return false;
    const holders = this.channels.get(target.name);
    if (holders === undefined) return true;
    for (const holder of holders.keys()) {
      if (!this.pass(holder, FrameKind.PUSH_MEMBERS, envelope, slab, start, end)) this.core.counters.droppedPushes++;
    }
    return true;
  }

  /** The frontend has no member left, and gives back what was counted. */
  membersGone(from: Peer, name: string, count: number): void {
    const holders = this.channels.get(name);
    if (holders === undefined) return;
    const open = (holders.get(from) ?? 0) - count;
    if (open > 0) holders.set(from, open);
    else holders.delete(from);
    if (holders.size === 0) this.channels.delete(name);
  }

  /** A frontend has members of a channel whose home this server has become. */
  membersHere(from: Peer, name: string): void {
    const holders = this.channels.get(name) ?? new Map<Peer, number>();
    this.channels.set(name, holders);
    holders.set(from, (holders.get(from) ?? 0) + 1);
  }

  left(peer: Peer): void {
    for (const [name, holders] of this.channels) {
      if (holders.delete(peer) && holders.size === 0) this.channels.delete(name);
    }
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
    if (!link.begin(ENVELOPE_BYTES + end - start)) return false;
    const out = link.slab;
    const at = out.length;
    const { linkId, headerBytes, slot, generation, owner } = envelope;
    encodeEnvelope(out, at, kind, 0, linkId, headerBytes, 0, slot, generation, owner, 0);
    copyBytes(slab.bytes, start, end, out.bytes, at + ENVELOPE_BYTES);
    out.length = at + ENVELOPE_BYTES + end - start;
    link.end();
    return true;
  }
}
