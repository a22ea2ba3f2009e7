import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Member } from "./member.js";
import { network, WINDOW } from "./network.js";

describe("a server that dies", () => {
  it("is suspected, then given up by everybody; nothing is sent to it any more", async () => {
    const { timing, hub, all } = network();
    const [a, b, c] = (await all("a", "b", "c")) as [Member, Member, Member];
    const dead = b.address;
    hub.kill("b");
    await timing.settle(WINDOW + 2_000);
    for (const member of [a, c]) expect(member.events).toEqual(["b is silent", "b left"]);
    expect(a.sendTo(dead, "to nobody")).toBe(false);
    expect(b.events).toEqual([]);
  });

  it("and comes again at once is another, without waiting for the window", async () => {
    const { timing, hub, all, start, take } = network();
    const [a] = (await all("a", "b")) as [Member, Member];
    hub.kill("b");
    const again = await start("b");
    await timing.settle(1_000);
    expect(take(a)).toEqual(["b left", `b is at ${again.address.incarnation}`]);
    expect(a.send("b", "to the living")).toBe(true);
    await timing.settle(100);
    expect(again.framesOf("a")).toEqual(["to the living"]);
  });
});

describe("a server that stands still", () => {
  it("for less than the window loses nothing", async () => {
    const { timing, hub, all } = network();
    const [a, b] = (await all("a", "b")) as [Member, Member];
    hub.pause("b");
    for (let index = 0; index < 100; index++) expect(a.send("b", `${index}`)).toBe(true);
    await timing.settle(WINDOW - 1_200);
    hub.resume("b");
    await timing.settle(2_000);
    expect(b.framesOf("a")).toEqual(Array.from({ length: 100 }, (_, index) => `${index}`));
    expect(a.events).toEqual(["b is silent", "b speaks again"]);
    expect(b.events).toEqual([]);
  });

  it("for longer is given up, knows it when it goes on, and takes nothing of what waited", async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const { timing, hub, all, take } = network({}, seed);
      const [a, b] = (await all("a", "b")) as [Member, Member];
      hub.pause("b");
      a.send("b", "too late");
      await timing.settle(2 * WINDOW);
      expect(take(a)).toEqual(["b left"]);
      hub.resume("b");
      await timing.settle(1_000);
      expect(b.events).toEqual(["evicted: stalled"]);
      expect(b.framesOf("a")).toEqual([]);
      expect(b.send("a", "from the dead")).toBe(false);
      await timing.settle(1_000);
      expect(a.framesOf("b")).toEqual([]);
    }
  });
});

describe("a process that stood still for longer than the window", () => {
  it("is told so by whoever asks first, which is not always the bus", async () => {
    const { timing, hub, all } = network();
    const [a, b] = (await all("a", "b")) as [Member, Member];
    hub.pause("b");
    await timing.settle(2 * WINDOW);
    expect(b.events).not.toContain("evicted: stalled");
    expect([a.bus.awake(), b.bus.awake(), b.bus.awake()]).toEqual([true, false, false]);
    expect(b.events.filter((event) => event.startsWith("evicted"))).toEqual(["evicted: stalled"]);
  });
});

describe("a network that is cut", () => {
  it("in both directions: the others give up the one that is alone, which joins anew when it is healed", async () => {
    const { timing, hub, all, take, start } = network();
    const [a, b, c] = (await all("a", "b", "c")) as [Member, Member, Member];
    hub.cut("c");
    hub.deafen("c");
    await timing.settle(3 * WINDOW);
    expect(take(a)).toEqual(["c left"]);
    expect(take(b)).toEqual(["c left"]);
    // Whoever does not hear its own beats judges nobody, only makes its connection anew.
    expect(c.events.filter((event) => event.endsWith("left"))).toEqual([]);
    hub.heal();
    await timing.settle(WINDOW);
    expect(c.events).toContain("evicted: dead");
    await c.bus.close();
    const again = await start("c");
    await timing.settle(1_000);
    expect(take(a)).toEqual([`c is at ${again.address.incarnation}`]);
    expect(again.present.has("a") && again.present.has("b")).toBe(true);
  });

  it("in one: whoever is not heard is given up, and told as soon as it can be", async () => {
    for (const direction of ["out", "in"] as const) {
      const { timing, hub, all, take } = network();
      const [a, b, c] = (await all("a", "b", "c")) as [Member, Member, Member];
      if (direction === "out") hub.cut("c");
      else hub.deafen("c");
      await timing.settle(2 * WINDOW);
      hub.heal();
      await timing.settle(WINDOW);
      // Whoever cannot be heard has not lost its hearing, and the other way round.
      const given = direction === "out" ? ["c left"] : [];
      expect([take(a), take(b)].map((events) => events.filter((event) => event === "c left"))).toEqual([given, given]);
      expect(c.events.includes("evicted: dead")).toBe(direction === "out");
      expect(c.events.filter((event) => event.endsWith("left"))).toEqual([]);
    }
  });

  it("between two only: each gives the other up, and one of them goes", async () => {
    const { timing, hub, all } = network();
    const [a, b, c] = (await all("a", "b", "c")) as [Member, Member, Member];
    hub.cut("a", "b");
    hub.cut("b", "a");
    await timing.settle(2 * WINDOW);
    expect(a.events).toContain("b left");
    expect(b.events).toContain("a left");
    hub.heal();
    await timing.settle(WINDOW);
    // The lower incarnation stays.
    expect(a.events.filter((event) => event.startsWith("evicted"))).toEqual([]);
    expect(b.events).toContain("evicted: dead");
    expect(c.events.filter((event) => event.startsWith("evicted"))).toEqual([]);
  });
});

describe("what is lost", () => {
  it("is a gap for both ends; what comes after is whole", async () => {
    const { timing, hub, all, take } = network();
    const [a, b] = (await all("a", "b")) as [Member, Member];
    a.send("b", "one");
    await timing.settle(100);
    hub.lose("a", "b");
    a.send("b", "lost");
    await timing.settle(100);
    expect(take(a)).toEqual([]);
    a.send("b", "three");
    await timing.settle(100);
    expect(b.framesOf("a")).toEqual(["one", "three"]);
    expect(take(a)).toEqual(["gap of b"]);
    expect(take(b)).toEqual(["gap of a"]);
    expect(a.bus.counters.gaps + b.bus.counters.gaps).toBe(2);
  });

  it("may be a part of a large frame, at its beginning, middle or end: the frame is gone, and no other", async () => {
    for (const lost of [0, 1, 2]) {
      const { timing, hub, all } = network({ largest: 1_000, delay: [1, 1] });
      const [a, b] = (await all("a", "b")) as [Member, Member];
      a.send("b", "before");
      await timing.settle(100);
      const large = "x".repeat(2_500);
      // Its parts leave one after the other; between them the hub is told to lose one.
      const { carry } = hub;
      let part = 0;
      hub.carry = (from, to, bytes) => {
        if (from.self.id === "a" && bytes.length > 500 && part++ === lost) return;
        carry.call(hub, from, to, bytes);
      };
      a.send("b", large);
      a.send("b", "in the same packet as its end");
      await timing.settle(100);
      hub.carry = carry;
      a.send("b", "after");
      await timing.settle(100);
      expect(b.framesOf("a").filter((text) => text.length > 1_000)).toEqual([]);
      expect(b.framesOf("a")[0]).toBe("before");
      expect(b.framesOf("a").at(-1)).toBe("after");
      expect(b.events.filter((event) => event === "gap of a").length).toBeGreaterThanOrEqual(1);
      expect(a.events).toContain("gap of b");
    }
  });

  it("may be what a server announces: it is said again, to whom it did not come", async () => {
    const { timing, hub, all, take } = network();
    const [a, b, c] = (await all("a", "b", "c")) as [Member, Member, Member];
    hub.lose("a", "b", 1);
    a.announce("changed");
    await timing.settle(100);
    expect(take(b)).toEqual([]);
    expect(take(c)).toEqual(["a is changed"]);
    await timing.settle(2_000);
    expect(take(b)).toEqual(["a is changed"]);
    expect(take(c)).toEqual([]);
  });

  it("while a server is disconnected is a gap for it and for the others, and its links are down meanwhile", async () => {
    const { timing, hub, all, take } = network();
    const [a, b, c] = (await all("a", "b", "c")) as [Member, Member, Member];
    hub.disconnect("a");
    await timing.settle(10);
    expect(take(a).sort()).toEqual(["gap of b", "gap of c"]);
    expect(a.send("b", "into the void")).toBe(false);
    expect(b.send("a", "lost")).toBe(true);
    await timing.settle(2_000);
    hub.reconnect("a");
    await timing.settle(500);
    expect(a.send("b", "back")).toBe(true);
    expect(b.send("a", "again")).toBe(true);
    await timing.settle(500);
    expect(b.framesOf("a")).toEqual(["back"]);
    expect(a.framesOf("b")).toEqual(["again"]);
    expect(take(b)).toEqual(["gap of a"]);
    expect(take(c)).toEqual(["gap of a"]);
    expect(a.events.filter((event) => event.endsWith("left"))).toEqual([]);
  });

  it("is said when all links are down: whoever has much to say to others then, as homes do, says it to nobody", async () => {
    const { timing, hub, all } = network();
    const members = await all("a", "b", "c", "d", "e", "f");
    const [a] = members as [Member];
    const others = ["b", "c", "d", "e", "f"];
    const { gap } = a;
    let taken = 0;
    // Longer than a tick may last before it writes.
    const { now } = timing;
    let later = 0;
    timing.now = () => now.call(timing) + later;
    a.gap = (peer) => {
      gap.call(a, peer);
      for (let round = 0; round < 20; round++) {
        later++;
        for (const id of others) if (a.send(id, `${peer.id} may have missed something`)) taken++;
      }
    };
    hub.disconnect("a");
    expect(a.events.filter((event) => event.startsWith("gap")).sort()).toEqual(others.map((id) => `gap of ${id}`));
    expect(taken).toBe(0);
    later = 0;
    await timing.settle(10);
    hub.reconnect("a");
    await timing.settle(500);
    for (const id of others) expect(a.send(id, "back")).toBe(true);
    await timing.settle(100);
    for (const { id, ...one } of members.slice(1)) expect([id, one.frames.get("a")]).toEqual([id, ["back"]]);
  });

  it("when everybody is disconnected for longer than the window, kills nobody", async () => {
    const { timing, hub, all } = network();
    const members = await all("a", "b", "c");
    for (const { id } of members) hub.disconnect(id);
    await timing.settle(4 * WINDOW);
    for (const { id } of members) {
      hub.reconnect(id);
      await timing.settle(1_500);
    }
    await timing.settle(2 * WINDOW);
    for (const member of members) {
      expect(member.events.filter((event) => /left|evicted/.test(event))).toEqual([]);
      for (const { id } of members) expect(member.send(id, "hello")).toBe(true);
    }
    await timing.settle(100);
    for (const member of members) for (const { id } of members) expect(member.framesOf(id)).toEqual(["hello"]);
  });
});

describe("a bus under faults of every kind", () => {
  const fault = fc.oneof(
    fc.record({ kind: fc.constant("send" as const), from: fc.nat(3), to: fc.nat(3), size: fc.nat(3_000) }),
    fc.record({ kind: fc.constant("lose" as const), from: fc.nat(3), to: fc.nat(3), count: fc.constant(1) }),
    fc.record({ kind: fc.constant("blink" as const), who: fc.nat(3), pause: fc.nat(1_800) }),
    fc.record({ kind: fc.constant("stall" as const), who: fc.nat(3), pause: fc.nat(1_800) }),
    fc.record({ kind: fc.constant("wait" as const), pause: fc.nat(500) }),
  );

  it("brings frames in order and at most once, and nothing is missing without a gap at both ends", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1 }), fc.array(fault, { maxLength: 60 }), async (seed, faults) => {
        const { timing, hub, all } = network({ delay: [0, 30], largest: 1_000 }, seed);
        const ids = ["a", "b", "c", "d"];
        const members = await all(...ids);
        let count = 0;
        const sent = new Map<string, string[]>();
        const send = (from: number, to: number, size: number) => {
          const text = `${++count} ${"x".repeat(size)}`;
          if (!members[from]!.send(ids[to]!, text)) return;
          const pair = `${ids[from]} ${ids[to]}`;
          sent.set(pair, [...(sent.get(pair) ?? []), text]);
        };
        for (const one of faults) {
          if (one.kind === "send") send(one.from, one.to, one.size);
          else if (one.kind === "lose") hub.lose(ids[one.from]!, ids[one.to]!, one.count);
          else if (one.kind === "wait") await timing.settle(one.pause);
          else if (one.kind === "blink") {
            hub.disconnect(ids[one.who]!);
            await timing.settle(one.pause);
            hub.reconnect(ids[one.who]!);
          } else {
            hub.pause(ids[one.who]!);
            await timing.settle(one.pause);
            hub.resume(ids[one.who]!);
          }
          // Time to be heard: several silences in a row would be one that is too long.
          if (one.kind === "blink" || one.kind === "stall") await timing.settle(1_200);
        }
        await timing.settle(3_000);
        // A last frame each way shows what is missing before it.
        for (let from = 0; from < 4; from++) for (let to = 0; to < 4; to++) send(from, to, 1);
        await timing.settle(3_000);
        for (const from of members) {
          for (const to of members) {
            const all = sent.get(`${from.id} ${to.id}`) ?? [];
            const came = to.framesOf(from.id);
            let at = 0;
            for (const text of came) {
              at = all.indexOf(text, at) + 1;
              expect(at).toBeGreaterThan(0);
            }
            if (came.length === all.length) continue;
            expect(to.events).toContain(`gap of ${from.id}`);
            expect(from.events).toContain(`gap of ${to.id}`);
          }
          expect(from.events.filter((event) => /left|evicted|before/.test(event))).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  });
});
