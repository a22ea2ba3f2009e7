import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Address, Bus, BusReceiver, Link } from "../../../runtime/bus/bus.js";
import { LocalHub } from "../../../runtime/bus/local-bus.js";
import { VirtualTiming } from "../../../testing/virtual-timing.js";
import type { Slab } from "../../../wire/slab.js";

/** One member of a hub, which writes down all it is called with. */
class Member implements BusReceiver {
  readonly address: Address;
  readonly bus: Bus;
  readonly seen: string[] = [];
  /** Called with every frame, before it is written down. */
  onFrame: (text: string, from: Address) => void = () => {};
  /** True while this member calls the bus: nothing may come back. */
  calling = false;

  private readonly hub: LocalHub;

  constructor(hub: LocalHub, id: string, incarnation: number) {
    this.hub = hub;
    this.address = { id, incarnation };
    this.bus = hub.join(this.address, this);
  }

  frame(from: Address, slab: Slab, start: number, end: number): void {
    const text = Buffer.from(slab.bytes.subarray(start, end)).toString("latin1");
    this.onFrame(text, from);
    this.note(`${from.id}: ${text}`);
  }

  pending(): void {
    this.hub.timing.defer(() => this.bus.flush());
  }

  announced(from: Address, record: Uint8Array): void {
    this.note(`${from.id} is ${Buffer.from(record).toString("latin1")}`);
  }

  suspected(peer: Address): void {
    this.note(`${peer.id} is suspected`);
  }

  gap(peer: Address): void {
    this.note(`a gap of ${peer.id}`);
  }

  left(peer: Address): void {
    this.note(`${peer.id} left`);
  }

  evicted(reason: string): void {
    this.note(`evicted: ${reason}`);
  }

  send(to: Member, text: string): boolean {
    this.calling = true;
    const link = this.bus.link(to.address);
    const begun = link.begin(text.length);
    if (begun) {
      write(link, text);
      link.end();
    }
    this.calling = false;
    return begun;
  }

  announce(record: string): void {
    this.calling = true;
    this.bus.announce(Buffer.from(record));
    this.calling = false;
  }

  /** What was seen since the last time. */
  take(): string[] {
    return this.seen.splice(0);
  }

  private note(what: string): void {
    if (this.calling) throw new Error(`${what} came from within a call of the bus`);
    this.seen.push(what);
  }
}

function write(link: Link, text: string): void {
  for (let index = 0; index < text.length; index++) link.slab.bytes[link.slab.length++] = text.charCodeAt(index);
}

function pair(linkBytes?: number) {
  const timing = new VirtualTiming();
  const hub = new LocalHub(timing, linkBytes);
  return { timing, hub, a: new Member(hub, "a", 1), b: new Member(hub, "b", 2) };
}

describe("a link of the local bus", () => {
  it("never delivers from within the call that sends", () => {
    const { timing, a, b } = pair();
    expect(a.send(b, "one")).toBe(true);
    expect(b.seen).toEqual([]);
    timing.advance();
    expect(b.take()).toEqual(["a: one"]);
  });

  it("delivers in the order of sending, both ways, each frame once", () => {
    const action = fc.record({ from: fc.constantFrom("a", "b"), bytes: fc.nat(300), tick: fc.boolean() });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const { timing, a, b } = pair();
        const sent: Record<string, string[]> = { a: [], b: [] };
        actions.forEach(({ from, bytes, tick }, index) => {
          const text = `${index}${"x".repeat(bytes)}`;
          (from === "a" ? a : b).send(from === "a" ? b : a, text);
          sent[from]!.push(`${from}: ${text}`);
          if (tick) timing.advance();
        });
        timing.advance();
        expect(b.take()).toEqual(sent.a);
        expect(a.take()).toEqual(sent.b);
      }),
    );
  });

  it("delivers what is sent from within a delivery afterwards, and in order", () => {
    const { timing, a, b } = pair();
    b.onFrame = (text, from) => {
      expect(from).toEqual(a.address);
      b.send(a, `${text} back`);
      if (text === "one") a.send(b, "three");
    };
    a.send(b, "one");
    a.send(b, "two");
    timing.advance();
    expect(b.take()).toEqual(["a: one", "a: two", "a: three"]);
    expect(a.take()).toEqual(["b: one back", "b: two back", "b: three back"]);
  });

  it("hands over what is answered meanwhile as well, whoever flushes", () => {
    const { a, b } = pair();
    b.onFrame = (text) => b.send(a, `${text} back`);
    a.send(b, "one");
    a.bus.flush();
    expect(b.take()).toEqual(["a: one"]);
    expect(a.take()).toEqual(["b: one back"]);
  });

  it("carries frames to oneself like any other", () => {
    const { timing, a } = pair();
    a.send(a, "me");
    expect(a.seen).toEqual([]);
    timing.advance();
    expect(a.take()).toEqual(["a: me"]);
  });

  it("lets others in between a conversation that does not end", () => {
    const { timing, a, b } = pair();
    let served = 0;
    b.onFrame = () => {
      if (served < 1) b.send(a, "pong");
    };
    a.onFrame = () => {
      if (served < 1) a.send(b, "ping");
    };
    a.send(b, "ping");
    timing.defer(() => {
      served++;
    });
    timing.advance();
    expect(served).toBe(1);
    expect(b.take().length).toBeGreaterThan(1);
  });

  it("refuses a frame that is over the bound, keeps nothing of it, and takes the next when there is room", () => {
    const { timing, a, b } = pair(1_000);
    expect(a.send(b, "x".repeat(600))).toBe(true);
    expect(a.send(b, "y".repeat(401))).toBe(false);
    expect(a.send(b, "z".repeat(400))).toBe(true);
    expect(a.send(b, "")).toBe(true);
    expect(a.send(b, "!")).toBe(false);
    expect(b.send(a, "the other way has a bound of its own")).toBe(true);
    timing.advance();
    expect(b.take()).toEqual([`a: ${"x".repeat(600)}`, `a: ${"z".repeat(400)}`, "a: "]);
    expect(a.take()).toEqual(["b: the other way has a bound of its own"]);
    expect(a.send(b, "again")).toBe(true);
    timing.advance();
    expect(b.take()).toEqual(["a: again"]);
  });

  it("takes back a frame that is abandoned, or that its writer gave up without a word", () => {
    const { timing, a, b } = pair();
    const link = a.bus.link(b.address);
    a.send(b, "one");
    link.begin(10);
    write(link, "abandoned");
    link.abandon();
    a.send(b, "two");
    link.begin(10);
    write(link, "lost");
    a.send(b, "three");
    link.begin(10);
    write(link, "lost");
    timing.advance();
    a.send(b, "four");
    timing.advance();
    expect(b.take()).toEqual(["a: one", "a: two", "a: three", "a: four"]);
  });

  it("is the same for the same incarnation, and another for another", () => {
    const { a, b } = pair();
    const restarted = { ...b.address, incarnation: 3 };
    expect(a.bus.link(b.address)).toBe(a.bus.link({ ...b.address }));
    expect(a.bus.link(restarted) === a.bus.link(b.address)).toBe(false);
    expect(a.bus.link(b.address).peer).toEqual(b.address);
  });
});

describe("members of the local bus", () => {
  it("hear what others announce, and what they had announced before", () => {
    const { timing, hub, a, b } = pair();
    a.announce("here");
    timing.advance();
    expect(a.take()).toEqual(["a is here"]);
    expect(b.take()).toEqual(["a is here"]);
    const c = new Member(hub, "c", 3);
    expect(c.seen).toEqual([]);
    timing.advance();
    expect(c.take()).toEqual(["a is here"]);
    a.announce("busy");
    timing.advance();
    expect(c.take()).toEqual(["a is busy"]);
  });

  it("flush when they close, and are gone for everybody", async () => {
    const { timing, a, b } = pair();
    a.send(b, "the last");
    const closed = a.bus.close();
    expect(a.send(b, "too late")).toBe(false);
    await closed;
    timing.advance();
    expect(b.take()).toEqual(["a: the last", "a left"]);
    expect(b.send(a, "to nobody")).toBe(false);
    await a.bus.close();
    timing.advance();
    expect(b.take()).toEqual([]);
  });

  it("hear of a leaving after its last frame, and nothing after it", async () => {
    const { timing, a, b } = pair();
    a.announce("here");
    a.send(b, "one");
    await a.bus.close();
    timing.advance();
    const seen = b.take();
    expect(seen.indexOf("a: one")).toBeLessThan(seen.indexOf("a left"));
    expect(seen.at(-1)).toBe("a left");
  });

  it("hear nothing once they have left", async () => {
    const { timing, a, b } = pair();
    b.send(a, "under way");
    await a.bus.close();
    a.take();
    b.announce("still here");
    b.send(a, "too late");
    await b.bus.close();
    timing.advance();
    expect(a.take()).toEqual([]);
  });
});
