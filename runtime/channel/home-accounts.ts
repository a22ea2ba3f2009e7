/**
 * What a frontend has told the homes of its channels. A home counts every join it passed to a frontend and every registration, and
 * the frontend counts what it received: when its last member leaves it gives each home the whole count back. So neither a join under
 * way nor a home that moved meanwhile is forgotten, and nothing is remembered for ever.
 */
import { FrameKind } from "../bus/envelope.js";
import { NO_SESSION } from "../cluster/operations.js";
import type { Peer } from "../cluster/peer.js";
import type { ServerCore } from "../server-core.js";
import type { LocalChannel, LocalChannels } from "./local-channels.js";

export class HomeAccounts {
  private readonly core: ServerCore;
  private readonly channels: LocalChannels;

  constructor(core: ServerCore, channels: LocalChannels) {
    this.core = core;
    this.channels = channels;
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

  /** The channel's last member is gone. */
  emptied(channel: LocalChannel): void {
    for (const [home, count] of channel.homes) this.tell(home, channel, FrameKind.MEMBERS_GONE, count);
  }

  /** A server is gone, and its accounts with it. */
  left(peer: Peer): void {
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
