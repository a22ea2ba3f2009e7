/**
 * What a frontend has told the homes of its channels. A home counts every join it passed to a frontend and every registration, and
 * the frontend counts what it received: when its last member leaves it gives each home the whole count back. So neither a join under
 * way nor a home that moved meanwhile is forgotten, and nothing is remembered for ever.
 */
import { FrameKind } from "../bus/envelope.js";
import type { Peer } from "../cluster/peer.js";
import { TickStep } from "../operate/tick.js";
import type { ServerCore } from "../server-core.js";
import { NO_SESSION } from "../session/session-reference.js";
import type { LocalChannel, LocalChannels } from "./local-channels.js";

export class HomeAccounts {
  private readonly core: ServerCore;
  private readonly channels: LocalChannels;
  /** By home, the number of the last join or leave that was taken. */
  private readonly taken = new Map<Peer, number>();
  private readonly unconfirmed = new Set<Peer>();

  constructor(core: ServerCore, channels: LocalChannels) {
    this.core = core;
    this.channels = channels;
    core.tick.on(TickStep.CONFIRMATIONS, () => this.confirm());
    core.registrar.add({
      register: (type) => {
        const typeIndex = core.tables.typeIndex.get(type);
        for (const channel of channels) if (channel.typeIndex === typeIndex) this.register(channel);
      },
      registerAgain: (home) => this.registerAgain(home),
    });
  }

  /** Sees to it that the channel's home knows of this frontend: a join may have come by way of one that is its home no more. */
  register(channel: LocalChannel): void {
    // One that has been emptied since, or has begun anew, speaks for itself.
    if (this.channels.find(channel.typeIndex, channel.name) !== channel) return;
    const home = this.core.router.home(channel.typeIndex, channel.name);
    // Without a home nobody remembers the channel; the next one is told when there is one.
    if (home === null || channel.homes.has(home)) return;
    channel.homes.set(home, 1);
    this.tell(home, channel, FrameKind.MEMBERS_HERE, 0);
  }

  /**
   * A join or leave with this number has come from a home; 0 is this server itself. `again`: it came before, and is only counted. `early`:
   * one before it is lost, and will come again with this one behind it.
   */
  takes(home: Peer, number: number): "new" | "again" | "early" {
    if (number === 0) return "new";
    const next = (this.taken.get(home) ?? 0) + 1;
    if (number > next) return "early";
    this.unconfirmed.add(home);
    this.core.tick.leave(TickStep.CONFIRMATIONS);
    if (number < next) return "again";
    this.taken.set(home, number);
    return "new";
  }

  /** Confirms what has come since the last time. */
  private confirm(): void {
    for (const home of this.unconfirmed) {
      this.unconfirmed.delete(home);
      const correlation = this.taken.get(home)!;
      const kind = FrameKind.MEMBERS_TAKEN;
      this.core.notices.say(home, { kind, code: 0, correlation, type: "", name: "", session: NO_SESSION });
    }
  }

  /** The channel's last member is gone. */
  emptied(channel: LocalChannel): void {
    for (const [home, count] of channel.homes) this.tell(home, channel, FrameKind.MEMBERS_GONE, count);
  }

  /** A server is gone, and its accounts with it. */
  left(peer: Peer): void {
    this.taken.delete(peer);
    this.unconfirmed.delete(peer);
    for (const channel of this.channels) channel.homes.delete(peer);
  }

  /** A home has forgotten what it had counted: both begin anew. */
  private registerAgain(home: Peer): void {
    for (const channel of this.channels) {
      if (channel.homes.delete(home)) {
        channel.homes.set(home, 1);
        this.tell(home, channel, FrameKind.MEMBERS_HERE, 0);
      } else if (channel.typeIndex === home.typeIndex) {
        this.register(channel);
      }
    }
  }

  private tell(home: Peer, channel: LocalChannel, kind: number, correlation: number): void {
    const type = this.core.tables.manifest.servers[channel.typeIndex]!.name;
    const { name } = channel;
    this.core.notices.say(home, { kind, code: 0, correlation, type, name, session: NO_SESSION });
  }
}
