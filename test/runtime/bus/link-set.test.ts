/** When a link's frames leave, and what may wait on it: what all drivers that leave the process have in common. */
import { describe, expect, it } from "vitest";
import type { Bus } from "../../../runtime/bus/bus.js";
import { BusCounters } from "../../../runtime/bus/bus-counters.js";
import { LinkSet } from "../../../runtime/bus/link-set.js";
import { FRAME_PREFIX, numberOf, PACKET_HEADER } from "../../../runtime/bus/packet.js";
import type { Outlet } from "../../../runtime/bus/packet-link.js";
import { VirtualTiming } from "../../../testing/virtual-timing.js";
import { Slab } from "../../../wire/slab.js";
import { Member, write } from "./member.js";

const PEER = { id: "b-1", incarnation: 2 };
const OTHER = { id: "c-1", incarnation: 3 };

/** Keeps what it is given; while it is `slow`, it is never done. */
class Slot implements Outlet {
  largest: number;
  slow = false;
  backlog = 0;
  backlogFrames = 0;
  readonly packets: Uint8Array[] = [];

  constructor(largest = Number.POSITIVE_INFINITY) {
    this.largest = largest;
  }

  ownField(bytes: number): number {
    return bytes;
  }

  write(packet: Uint8Array): boolean {
    this.packets.push(Uint8Array.from(packet));
    if (this.slow) this.backlog += packet.length;
    return !this.slow;
  }

  get sizes(): number[] {
    return this.packets.map(({ length }) => length);
  }
}

function links(linkBytes = 16 * 1024 * 1024, outlet = new Slot()) {
  const timing = new VirtualTiming();
  let now = 0;
  timing.now = () => now;
  const counters = new BusCounters();
  const member = new Member("a-1", timing);
  const set = new LinkSet(timing, { id: "a-1", incarnation: 1 }, member, linkBytes, counters);
  member.bus = set as unknown as Bus;
  set.connect(PEER, outlet);
  const send = (bytes: number, peer = PEER) => {
    const link = set.to(peer);
    if (!link.begin(bytes)) return false;
    write(link, "x".repeat(bytes));
    return link.end();
  };
  return { timing, set, send, counters, outlet, wait: (milliseconds: number) => (now += milliseconds) };
}

const framed = (count: number, bytes: number) => PACKET_HEADER + count * (FRAME_PREFIX + bytes);

describe("the frames of a tick", () => {
  it("leave when it ends, as one numbered packet for each peer", () => {
    const { timing, set, send, outlet, counters } = links();
    const other = new Slot();
    set.connect(OTHER, other);
    for (let index = 0; index < 100; index++) expect(send(50) && send(20, OTHER)).toBe(true);
    expect([outlet.packets.length, other.packets.length]).toEqual([0, 0]);
    timing.advance();
    send(10);
    timing.advance();
    expect(outlet.sizes).toEqual([framed(100, 50), framed(1, 10)]);
    expect(other.sizes).toEqual([framed(100, 20)]);
    expect(outlet.packets.map((packet) => numberOf(slabOf(packet), 0))).toEqual([1, 2]);
    expect(counters).toMatchObject({ packetsOut: 3, bytesOut: framed(100, 50) + framed(1, 10) + framed(100, 20) });
  });

  it("leave before it ends when there are 64 KB of them", () => {
    const { timing, send, outlet } = links();
    for (let index = 0; index < 64; index++) send(1_024 - FRAME_PREFIX);
    expect(outlet.sizes).toEqual([framed(64, 1_024 - FRAME_PREFIX)]);
    send(100_000);
    expect(outlet.sizes.at(-1)).toBe(framed(1, 100_000));
    send(7);
    timing.advance();
    expect(outlet.sizes.slice(2)).toEqual([framed(1, 7)]);
  });

  it("leave before it ends when it has lasted a millisecond, of all links", () => {
    const { set, send, outlet, wait } = links();
    const other = new Slot();
    set.connect(OTHER, other);
    send(5, OTHER);
    for (let index = 0; index < 200; index++) send(10);
    expect(outlet.packets).toEqual([]);
    wait(1);
    // The clock is not read for every frame.
    for (let index = 0; index < 16; index++) send(10);
    expect(outlet.packets.length).toBe(1);
    expect(other.sizes).toEqual([framed(1, 5)]);
    for (let index = 0; index < 200; index++) send(10);
    expect(outlet.packets.length).toBe(1);
    wait(1);
    for (let index = 0; index < 16; index++) send(10);
    expect(outlet.packets.length).toBe(2);
  });

  it("never leave without the end of a frame that is being written", () => {
    const { timing, set, send, outlet, wait } = links();
    const other = new Slot();
    set.connect(OTHER, other);
    send(10);
    const link = set.to(PEER);
    link.begin(10);
    write(link, "begun");
    wait(5);
    for (let index = 0; index < 40; index++) send(1, OTHER);
    expect(other.packets.length).toBeGreaterThan(0);
    expect(outlet.packets).toEqual([]);
    link.end();
    timing.advance();
    expect(outlet.sizes).toEqual([framed(1, 10) + FRAME_PREFIX + 5]);
  });

  it("are more than one packet where the driver has a bound, each within it", () => {
    const { timing, send, outlet } = links(undefined, new Slot(1_000));
    for (let index = 0; index < 10; index++) send(450);
    timing.advance();
    expect(Math.max(...outlet.sizes)).toBe(1_000);
    const bytes = outlet.sizes.reduce((sum, size) => sum + size - PACKET_HEADER, 0);
    expect(bytes).toBe(10 * (FRAME_PREFIX + 450));
    expect(outlet.packets.map((packet) => numberOf(slabOf(packet), 0))).toEqual([1, 2, 3, 4, 5]);
  });
});

describe("what waits", () => {
  it("is bounded, what the driver has not written yet included; what is refused leaves nothing behind", () => {
    const { timing, set, send, outlet } = links(10_000);
    outlet.slow = true;
    expect(send(4_000)).toBe(true);
    timing.advance();
    expect(send(4_000)).toBe(true);
    expect(send(4_000)).toBe(false);
    expect(send(1_000)).toBe(true);
    timing.advance();
    // The driver is still busy with the first.
    expect(outlet.sizes).toEqual([framed(1, 4_000)]);
    outlet.slow = false;
    outlet.backlog = 0;
    set.drained(PEER);
    expect(outlet.sizes).toEqual([framed(1, 4_000), framed(1, 4_000) + FRAME_PREFIX + 1_000]);
    expect(send(9_000)).toBe(true);
  });

  it("is bounded in number, what is being written and what the outlet has included, and whatever was taken back is not", () => {
    const { timing, set, send, outlet, counters } = links(2_560);
    const link = set.to(PEER);
    const fill = () => {
      let taken = 0;
      while (send(1)) taken++;
      return taken;
    };
    const frame = (end: "abandon" | "end", bytes: number) => {
      link.begin(1);
      write(link, "x".repeat(bytes));
      link[end]();
    };
    frame("abandon", 1);
    frame("end", 3_000);
    expect([fill(), counters.oversized, link.waitingFrames]).toEqual([10, 1, 10]);
    // What stands still while it is written counts until it is done.
    outlet.slow = true;
    timing.advance();
    expect(fill()).toBe(0);
    outlet.slow = false;
    outlet.backlog = 0;
    set.drained(PEER);
    expect(fill()).toBe(10);
    // What the outlet took and still has counts as well.
    outlet.backlogFrames = 7;
    timing.advance();
    expect(fill()).toBe(3);
    outlet.backlogFrames = 0;
    expect(fill()).toBe(7);
    set.disconnect(PEER);
    expect([fill(), link.waitingFrames]).toEqual([0, 0]);
    set.connect(PEER, outlet);
    expect(fill()).toBe(10);
  });

  it("is nothing while the link is down, and what waited then is lost", () => {
    const { timing, set, send, outlet } = links();
    send(10);
    set.disconnect(PEER);
    expect(send(10)).toBe(false);
    timing.advance();
    expect(outlet.packets).toEqual([]);
    set.connect(PEER, outlet);
    expect(send(20)).toBe(true);
    timing.advance();
    expect(outlet.sizes).toEqual([framed(1, 20)]);
  });

  it("is nothing while the outlet carries none, and leaves when it does again, unless the link is down by then", () => {
    for (const disconnected of [true, false]) {
      const { timing, set, send, outlet, wait } = links(undefined, new Slot(1_000));
      expect(send(10)).toBe(true);
      // The wire is away, and the bus has not been told.
      outlet.largest = 0;
      for (let index = 0; index < 20; index++) {
        wait(1);
        send(5);
      }
      expect(send(5)).toBe(false);
      timing.advance();
      expect(outlet.packets).toEqual([]);
      if (disconnected) {
        set.disconnect(PEER);
        set.connect(PEER, outlet);
        expect(send(5)).toBe(false);
      }
      outlet.largest = 1_000;
      expect(send(100)).toBe(true);
      timing.advance();
      expect(outlet.sizes).toEqual([disconnected ? framed(1, 100) : framed(1, 10) + 15 * 9 + FRAME_PREFIX + 100]);
    }
  });

  it("goes back to the system after a burst", () => {
    const { timing, set, send, outlet } = links();
    outlet.slow = true;
    send(1);
    timing.advance();
    while (send(100_000));
    expect(set.to(PEER).slab.bytes.length).toBeGreaterThan(8 * 1024 * 1024);
    outlet.slow = false;
    outlet.backlog = 0;
    set.drained(PEER);
    timing.advance();
    send(1);
    timing.advance();
    expect(set.to(PEER).slab.bytes.length).toBeLessThan(1024 * 1024);
  });
});

function slabOf(bytes: Uint8Array): Slab {
  const slab = new Slab(bytes.length);
  slab.bytes.set(bytes);
  return slab;
}

describe("what waits on a link", () => {
  it("is told in frames and bytes: what collects, and what its outlet has not finished writing", () => {
    const { timing, set, send, outlet } = links();
    const link = set.to(PEER);
    const waiting = () => [link.waitingFrames, link.waitingBytes];
    expect(waiting()).toEqual([0, 0]);
    send(50);
    send(30);
    expect(waiting()).toEqual([2, framed(1, 50) + framed(1, 30) - 2 * PACKET_HEADER]);
    outlet.slow = true;
    timing.advance();
    const written = framed(1, 50) + framed(1, 30) - PACKET_HEADER;
    expect(waiting()).toEqual([2, written]);
    send(20);
    expect(waiting()).toEqual([3, written + framed(1, 20) - PACKET_HEADER]);
    // A frame that its writer has not ended is none yet.
    link.begin(100);
    expect(waiting()[0]).toBe(3);
    link.abandon();
    outlet.slow = false;
    set.drained(PEER);
    expect(waiting()).toEqual([0, 0]);
    expect(set.to(OTHER).waitingFrames).toBe(0);
  });
});
