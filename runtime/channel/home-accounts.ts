/**
 * What a frontend has told the homes of its channels. A home counts every join it passed to a frontend and every registration, and
 * the frontend counts what it received: when its last member leaves it gives each home the whole count back. So neither a join under
 * way nor a home that moved meanwhile is forgotten, and nothing is remembered for ever.
 */
import { PushTarget } from "../bus/cluster-messages.js";
import { ENVELOPE_BYTES, encodeEnvelope, FrameKind } from "../bus/envelope.js";
import type { Peer } from "../cluster/peer.js";
import type { ServerCore } from "../server-core.js";
import type { LocalChannel, LocalChannels } from "./local-channels.js";

export class HomeAccounts {
  private readonly core: ServerCore;
  private readonly channels: LocalChannels;

  constructor(core: ServerCore, channels: LocalChannels) {
    this.core = core;
    this.channels = channels;
    core.view.onChange(() => {
      for (const channel of channels) this.register(channel);
    });
  }

  /** Sees to it that the channel's home knows of this frontend: a join may have come by way of one that is its home no more. */
  register(channel: LocalChannel): void {
    // One that has been emptied since, or has begun anew, speaks for itself.
    if (this.channels.find(channel.typeIndex, channel.name) !== channel) return;
    const home = this.core.router.home(channel.typeIndex, channel.name);
    // Without a home nobody remembers the channel; the next one is told when there is one.
    if (home === null || channel.homes.has(home)) return;
    if (this.tell(home, channel, FrameKind.MEMBERS_HERE, 0)) channel.homes.set(home, 1);
    else this.core.retries.later(() => this.register(channel));
  }

  /** The channel's last member is gone. */
  emptied(channel: LocalChannel): void {
    for (const [home, count] of channel.homes) this.giveBack(home, channel, count);
  }

  /** A server is gone, and its accounts with it. */
  left(peer: Peer): void {
    for (const channel of this.channels) channel.homes.delete(peer);
  }

  /** Something between a home and this frontend was lost, and the home has forgotten what it had counted: both begin anew. */
  gap(peer: Peer): void {
    for (const channel of this.channels) {
      channel.homes.delete(peer);
      this.register(channel);
    }
  }

  private giveBack(home: Peer, channel: LocalChannel, count: number): void {
    if (!home.alive || this.tell(home, channel, FrameKind.MEMBERS_GONE, count)) return;
    this.core.retries.later(() => this.giveBack(home, channel, count));
  }

  /** False: the home could not be told now. */
  private tell(home: Peer, channel: LocalChannel, kind: number, count: number): boolean {
    const link = home.direct;
    if (!link.begin(ENVELOPE_BYTES)) return false;
    const { slab } = link;
    const start = slab.length;
    slab.length += ENVELOPE_BYTES;
    const type = this.core.tables.manifest.servers[channel.typeIndex]!.name;
    PushTarget.encode({ type, name: channel.name, key: "" }, slab);
    encodeEnvelope(slab, start, kind, 0, 0, slab.length - start - ENVELOPE_BYTES, count, 0, 0, 0, 0);
    link.end();
    return true;
  }
}
