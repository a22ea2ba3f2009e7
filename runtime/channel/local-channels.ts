/** The channels a frontend has members of, and who they are. */
import type { Peer } from "../cluster/peer.js";
import type { FrontendSession } from "../session/frontend-session.js";

/** Channels that one session may be in. */
export const MOST_CHANNELS = 1_024;

export class LocalChannel {
  /** Index of the server type that declares it. */
  readonly typeIndex: number;
  readonly name: string;
  readonly members: FrontendSession[] = [];
  /** What each home has counted for this frontend since the channel began: see `home-accounts.ts`. */
  readonly homes = new Map<Peer, number>();

  constructor(typeIndex: number, name: string) {
    this.typeIndex = typeIndex;
    this.name = name;
  }
}

export class LocalChannels {
  private readonly byType: Map<string, LocalChannel>[];
  /** The channels of each session that is in any, with its place in each one's list. */
  private readonly bySession = new Map<FrontendSession, Map<LocalChannel, number>>();
  /** Called when a channel's last member is gone; the channel is forgotten. */
  private readonly emptied: (channel: LocalChannel) => void;
  /** Called when a session is in as many channels as it may be, and joins no other. */
  private readonly refused: (session: FrontendSession) => void;

  constructor(types: number, emptied: (channel: LocalChannel) => void, refused: (session: FrontendSession) => void) {
    this.byType = Array.from({ length: types }, () => new Map());
    this.emptied = emptied;
    this.refused = refused;
  }

  find(typeIndex: number, name: string): LocalChannel | undefined {
    return this.byType[typeIndex]?.get(name);
  }

  /** The channels that a session is in. */
  of(session: FrontendSession): Iterable<LocalChannel> {
    return this.bySession.get(session)?.keys() ?? [];
  }

  isMember(channel: LocalChannel, session: FrontendSession): boolean {
    return this.bySession.get(session)?.has(channel) === true;
  }

  *[Symbol.iterator](): IterableIterator<LocalChannel> {
    for (const channels of this.byType) yield* channels.values();
  }

  /** One join of a session that `home` passed on; null when the session is gone, which must still be accounted for. */
  join(typeIndex: number, name: string, session: FrontendSession | null, home: Peer): LocalChannel {
    let channel = this.find(typeIndex, name);
    if (channel === undefined) {
      channel = new LocalChannel(typeIndex, name);
      this.byType[typeIndex]!.set(name, channel);
    }
    channel.homes.set(home, (channel.homes.get(home) ?? 0) + 1);
    if (session !== null && !this.isMember(channel, session)) this.add(channel, session);
    this.forgetIfEmpty(channel);
    return channel;
  }

  leave(typeIndex: number, name: string, session: FrontendSession): void {
    const channel = this.find(typeIndex, name);
    if (channel !== undefined) this.remove(channel, session);
  }

  /** The session is over: it leaves all its channels. */
  leaveAll(session: FrontendSession): void {
    for (const channel of [...this.of(session)]) this.remove(channel, session);
  }

  private add(channel: LocalChannel, session: FrontendSession): void {
    const channels = this.bySession.get(session) ?? new Map<LocalChannel, number>();
    // An application that joins whatever a client names must not let it name more than can be kept.
    if (channels.size >= MOST_CHANNELS) {
      this.refused(session);
      return;
    }
    channels.set(channel, channel.members.length);
    this.bySession.set(session, channels);
    channel.members.push(session);
  }

  private remove(channel: LocalChannel, session: FrontendSession): void {
    const channels = this.bySession.get(session);
    const place = channels?.get(channel);
    if (channels === undefined || place === undefined) return;
    channels.delete(channel);
    if (channels.size === 0) this.bySession.delete(session);
    // The last one takes the free place; order in a channel means nothing.
    const last = channel.members.pop()!;
    if (last !== session) {
      channel.members[place] = last;
      this.bySession.get(last)!.set(channel, place);
    }
    this.forgetIfEmpty(channel);
  }

  private forgetIfEmpty(channel: LocalChannel): void {
    if (channel.members.length > 0) return;
    this.byType[channel.typeIndex]!.delete(channel.name);
    this.emptied(channel);
  }
}
