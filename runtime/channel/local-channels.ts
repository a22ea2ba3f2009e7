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
    if (session !== null && session.channels?.has(channel) !== true && this.mayJoin(session)) {
      session.channels ??= new Map();
      session.channels.set(channel, channel.members.length);
      channel.members.push(session);
    }
    this.forgetIfEmpty(channel);
    return channel;
  }

  leave(typeIndex: number, name: string, session: FrontendSession): void {
    const channel = this.find(typeIndex, name);
    if (channel !== undefined) this.remove(channel, session);
  }

  /** The session is over: it leaves all its channels. */
  leaveAll(session: FrontendSession): void {
    if (session.channels === null) return;
    for (const channel of [...session.channels.keys()]) this.remove(channel, session);
    session.channels = null;
  }

  /** An application that joins whatever a client names must not let it name more than can be kept. */
  private mayJoin(session: FrontendSession): boolean {
    if (session.channels === null || session.channels.size < MOST_CHANNELS) return true;
    this.refused(session);
    return false;
  }

  private remove(channel: LocalChannel, session: FrontendSession): void {
    const place = session.channels?.get(channel);
    if (place === undefined) return;
    session.channels!.delete(channel);
    // The last one takes the free place; order in a channel means nothing.
    const last = channel.members.pop()!;
    if (last !== session) {
      channel.members[place] = last;
      last.channels!.set(channel, place);
    }
    this.forgetIfEmpty(channel);
  }

  private forgetIfEmpty(channel: LocalChannel): void {
    if (channel.members.length > 0) return;
    this.byType[channel.typeIndex]!.delete(channel.name);
    this.emptied(channel);
  }
}
