/** What every driver of the bus has to keep, as one suite that is run for each of them. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DuplicateServerError } from "../../../runtime/bus/bus-error.js";
import type { Timing } from "../../../wire/timing.js";
import { Member, write } from "./member.js";

/** One bus with nobody on it yet. */
export interface Place {
  /** How time passes in it. */
  readonly timing: Timing;
  /** Adds a member to it. */
  join(member: Member, incarnation: number): Promise<void>;
  /** Lets what is under way happen; called until it has. */
  pass(): Promise<void>;
  /** After all members have left. */
  close(): Promise<void>;
}

export interface PlaceSettings {
  readonly linkBytes?: number;
}

export interface Driver {
  readonly name: string;
  /** Frames stay in the process: nothing is gained by their leaving before they are flushed. */
  readonly inProcess?: boolean;
  open(settings: PlaceSettings): Promise<Place>;
}

/** Passes over a bus that is slow to do what it should: the test's time limit is what ends the waiting. */
export async function until(place: { pass(): Promise<void> }, what: () => boolean): Promise<void> {
  while (!what()) await place.pass();
}

/** Time for what should not happen. */
async function aWhile(place: Place): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await place.pass();
}

const numbered = (count: number, size: (index: number) => number) =>
  Array.from({ length: count }, (_, index) => `${index}:${"x".repeat(size(index))}`);

export function conformance(driver: Driver): void {
  /** Within one process nothing is written, and there is no sooner or later. */
  const outside = (name: string, test: () => Promise<void>) => {
    if (!driver.inProcess) it(name, test);
  };
  describe(`the ${driver.name} bus`, () => {
    let place: Place;
    let incarnation = 1000;
    const members: Member[] = [];

    const open = async (settings: PlaceSettings = {}) => {
      place = await driver.open(settings);
    };
    const join = async (id: string, record = "here") => {
      const member = new Member(id, place.timing);
      await place.join(member, ++incarnation);
      members.push(member);
      member.announce(record);
      return member;
    };
    const meet = async (...all: Member[]) => {
      const ids = all.map(({ id }) => id);
      await until(place, () => all.every((member) => ids.every((id) => member.present.has(id))));
    };
    const pair = async () => {
      const a = await join("a-1");
      const b = await join("b-1");
      await meet(a, b);
      return [a, b] as const;
    };

    beforeEach(() => open());

    afterEach(async () => {
      for (const member of members.splice(0)) {
        await member.bus.close();
        expect(member.events.filter((event) => event.includes("before it was announced"))).toEqual([]);
      }
      await place.close();
    });

    describe("members", () => {
      it("hear what others announce, what they had announced before, and what they announce anew", async () => {
        const a = await join("a-1", "first");
        await until(place, () => a.has("a-1 is first"));
        const b = await join("b-1", "second");
        await meet(a, b);
        expect(b.events).toContain("a-1 is first");
        expect(a.events).toContain("b-1 is second");
        a.announce("changed");
        await until(place, () => b.has("a-1 is changed") && a.has("a-1 is changed"));
        const c = await join("c-1");
        await meet(a, b, c);
        expect(c.events).toContain("a-1 is changed");
        expect(c.has("a-1 is first")).toBe(false);
      });

      it("have their place until they close", async () => {
        const [a, b] = await pair();
        expect([a.bus.awake(), b.bus.awake()]).toEqual([true, true]);
        await a.bus.close();
        expect([a.bus.awake(), b.bus.awake()]).toEqual([false, true]);
      });

      it("all meet, in whatever order they come", async () => {
        const all = await Promise.all(["a-1", "b-1", "c-1", "d-1"].map((id) => join(id)));
        await meet(...all);
        for (const from of all) for (const to of all) expect(from.send(to.id, `from ${from.id}`)).toBe(true);
        await until(place, () => all.every((to) => all.every((from) => to.framesOf(from.id).length > 0)));
        for (const to of all) for (const { id } of all) expect(to.framesOf(id)).toEqual([`from ${id}`]);
      });

      it("are gone for everybody when they close, after their last frame, and for good", async () => {
        const [a, b] = await pair();
        const c = await join("c-1");
        await meet(a, b, c);
        const { address } = a;
        const last = numbered(500, (index) => index % 200);
        for (const text of last) expect(a.send("b-1", text)).toBe(true);
        const framesWhenLeft = new Promise<number>((resolve) => {
          const { left } = b;
          b.left = (peer) => {
            left.call(b, peer);
            resolve(b.framesOf("a-1").length);
          };
        });
        const closed = a.bus.close();
        expect(a.send("b-1", "too late")).toBe(false);
        await closed;
        await until(place, () => b.has("a-1 left") && c.has("a-1 left"));
        expect(await framesWhenLeft).toBe(last.length);
        expect(b.framesOf("a-1")).toEqual(last);
        expect(b.sendTo(address, "to nobody")).toBe(false);
        expect(b.send("c-1", "still there")).toBe(true);
        await until(place, () => c.framesOf("b-1").length === 1);
        expect(b.events.filter((event) => event.startsWith("gap"))).toEqual([]);
      });

      it("hear nothing once they have left", async () => {
        const [a, b] = await pair();
        b.send("a-1", "under way");
        await a.bus.close();
        const events = [...a.events];
        const frames = [...a.framesOf("b-1")];
        b.announce("still here");
        b.send("a-1", "too late");
        await aWhile(place);
        expect(a.events).toEqual(events);
        expect(a.framesOf("b-1")).toEqual(frames);
        await a.bus.close();
      });

      it("come back as others, whom nothing reaches that was for those before", async () => {
        const [a, b] = await pair();
        const before = b.address;
        await b.bus.close();
        const again = await join("b-1", "again");
        await until(place, () => a.has("b-1 is again") && again.present.has("a-1"));
        expect(a.events.indexOf("b-1 left")).toBeLessThan(a.events.indexOf("b-1 is again"));
        expect(a.sendTo(before, "for the dead")).toBe(false);
        expect(a.send("b-1", "for the living")).toBe(true);
        await until(place, () => again.framesOf("a-1").length > 0);
        expect(again.framesOf("a-1")).toEqual(["for the living"]);
      });

      it("keep their ids from newcomers while they are there", async () => {
        const [a, b] = await pair();
        const double = new Member("b-1", place.timing);
        await expect(async () => place.join(double, ++incarnation)).rejects.toThrow(DuplicateServerError);
        expect(a.send("b-1", "still the first")).toBe(true);
        await until(place, () => b.framesOf("a-1").length === 1);
        await aWhile(place);
        expect(b.events.filter((event) => event.startsWith("evicted"))).toEqual([]);
        expect(a.events.filter((event) => event.includes("left"))).toEqual([]);
        expect(double.events).toEqual([]);
      });
    });

    describe("links", () => {
      it("bring frames in the order of sending, each once, and never from within the call that sends", async () => {
        const [a, b] = await pair();
        const texts = numbered(2_000, (index) => (index * 37) % 300);
        for (const text of texts) expect(a.send("b-1", text)).toBe(true);
        expect(b.framesOf("a-1")).toEqual([]);
        await until(place, () => b.framesOf("a-1").length >= texts.length);
        await aWhile(place);
        expect(b.framesOf("a-1")).toEqual(texts);
      });

      it("carry thousands of frames both ways at once, with answers from within deliveries", async () => {
        const [a, b] = await pair();
        const texts = numbered(3_000, (index) => (index * 53) % 150);
        b.onFrame = (text, { id }) => {
          if (!text.startsWith("re ")) expect(b.send(id, `re ${text}`)).toBe(true);
        };
        a.onFrame = (text, { id }) => {
          if (!text.startsWith("re ")) expect(a.send(id, `re ${text}`)).toBe(true);
        };
        for (let at = 0; at < texts.length; at += 100) {
          for (const text of texts.slice(at, at + 100)) {
            expect(a.send("b-1", text)).toBe(true);
            expect(b.send("a-1", text)).toBe(true);
          }
          await place.pass();
        }
        await until(place, () => [a.framesOf("b-1"), b.framesOf("a-1")].every((one) => one.length >= 2 * texts.length));
        for (const frames of [a.framesOf("b-1"), b.framesOf("a-1")]) {
          expect(frames.filter((text) => !text.startsWith("re "))).toEqual(texts);
          expect(frames.filter((text) => text.startsWith("re "))).toEqual(texts.map((text) => `re ${text}`));
        }
      });

      it("let the frames of a tick leave as one packet", async () => {
        const [a, b] = await pair();
        const { packetsOut } = a.bus.counters;
        const { packetsIn } = b.bus.counters;
        for (const text of numbered(10, () => 20)) a.send("b-1", text);
        await until(place, () => b.framesOf("a-1").length === 10);
        expect(a.bus.counters.packetsOut - packetsOut).toBe(1);
        expect(b.bus.counters.packetsIn - packetsIn).toBe(1);
      });

      it("carry frames to oneself like any others", async () => {
        const [a] = await pair();
        a.send("a-1", "me");
        expect(a.framesOf("a-1")).toEqual([]);
        await until(place, () => a.framesOf("a-1").length > 0);
        expect(a.framesOf("a-1")).toEqual(["me"]);
      });

      it("keep frames until they are flushed, and ask for that once", async () => {
        const [a, b] = await pair();
        const { flush } = a.bus;
        const { asked } = a;
        a.bus.flush = () => {};
        a.send("b-1", "one");
        a.send("b-1", "two");
        await place.pass();
        await place.pass();
        expect([a.asked - asked, b.framesOf("a-1").length]).toEqual([1, 0]);
        a.bus.flush = flush;
        a.bus.flush();
        await until(place, () => b.framesOf("a-1").length === 2);
      });

      outside("let a packet leave before the tick ends once it has grown to 64 KB", async () => {
        const [a, b] = await pair();
        const { flush } = a.bus;
        a.bus.flush = () => {};
        // Too few for a look at the clock.
        const texts = numbered(12, () => 7_000);
        for (const text of texts) expect(a.send("b-1", text)).toBe(true);
        await until(place, () => b.framesOf("a-1").length > 0);
        await aWhile(place);
        // All that were there when it left, and none of those after.
        expect(b.framesOf("a-1")).toHaveLength(10);
        a.bus.flush = flush;
        a.bus.flush();
        await until(place, () => b.framesOf("a-1").length === texts.length);
        expect(b.framesOf("a-1")).toEqual(texts);
      });

      outside("let frames leave that a tick of more than a millisecond keeps waiting", async () => {
        const [a, b] = await pair();
        const { flush } = a.bus;
        a.bus.flush = () => {};
        const texts = numbered(40, () => 10);
        for (const text of texts) {
          expect(a.send("b-1", text)).toBe(true);
          await place.pass();
        }
        // The clock is looked at every few frames.
        await until(place, () => b.framesOf("a-1").length >= 32);
        a.bus.flush = flush;
        a.bus.flush();
        await until(place, () => b.framesOf("a-1").length === texts.length);
        expect(b.framesOf("a-1")).toEqual(texts);
      });

      it("are the same for the same incarnation, and others for others", async () => {
        const [a, b] = await pair();
        expect(a.bus.link(b.address)).toBe(a.bus.link({ ...b.address }));
        expect(a.bus.link({ id: "b-1", incarnation: 7 }) === a.bus.link(b.address)).toBe(false);
        expect(a.bus.link(b.address).peer).toEqual(b.address);
        expect(a.sendTo({ id: "b-1", incarnation: 7 }, "to nobody")).toBe(false);
      });

      it("carry empty frames, and frames far larger than a packet, whole and in their place", async () => {
        const [a, b] = await pair();
        const large = (size: number) =>
          Array.from({ length: size / 8 }, (_, index) => String(index).padStart(8)).join("");
        const texts = ["", "before", large(3_000_000), "between", large(1_048_576), "", large(70_000), "after"];
        for (const text of texts) expect(a.send("b-1", text)).toBe(true);
        await until(place, () => b.framesOf("a-1").length >= texts.length);
        expect(b.framesOf("a-1").map((text) => text.length)).toEqual(texts.map((text) => text.length));
        expect(b.framesOf("a-1").every((text, index) => text === texts[index])).toBe(true);
      });

      it("take back a frame that is abandoned, or that its writer gave up without a word", async () => {
        const [a, b] = await pair();
        const link = a.bus.link(b.address);
        a.send("b-1", "one");
        link.begin(10);
        write(link, "abandoned");
        link.abandon();
        a.send("b-1", "two");
        link.begin(10);
        write(link, "lost");
        a.send("b-1", "three");
        link.begin(10);
        write(link, "lost");
        await until(place, () => b.framesOf("a-1").length >= 3);
        a.send("b-1", "four");
        await until(place, () => b.framesOf("a-1").length >= 4);
        expect(b.framesOf("a-1")).toEqual(["one", "two", "three", "four"]);
      });
    });

    describe("bounds", () => {
      beforeEach(async () => {
        await place.close();
        await open({ linkBytes: 10_000 });
      });

      it("refuse a frame before anything of it is kept, and take the next when there is room", async () => {
        const [a, b] = await pair();
        const accepted: string[] = [];
        for (const text of numbered(20, () => 1_500)) if (a.send("b-1", text)) accepted.push(text);
        expect(accepted.length).toBeGreaterThanOrEqual(5);
        expect(accepted.length).toBeLessThanOrEqual(6);
        expect(accepted).toEqual(numbered(20, () => 1_500).slice(0, accepted.length));
        expect(b.send("a-1", "the other way has a bound of its own")).toBe(true);
        await until(place, () => b.framesOf("a-1").length >= accepted.length && a.framesOf("b-1").length === 1);
        expect(b.framesOf("a-1")).toEqual(accepted);
        expect(a.send("b-1", "again")).toBe(true);
        await until(place, () => b.framesOf("a-1").at(-1) === "again");
      });

      it("refuse frames beyond a number as well, however small they are, and take the next when there is room", async () => {
        const [a, b] = await pair();
        const fill = () => {
          let taken = 0;
          while (taken < 1_000 && a.send("b-1", "")) taken++;
          return taken;
        };
        const wanted = Math.ceil(10_000 / 256);
        expect(fill()).toBe(wanted);
        expect(fill()).toBe(0);
        expect(a.bus.link(b.address).waitingFrames).toBe(wanted);
        expect(a.send("a-1", "others have a bound of their own")).toBe(true);
        expect(b.send("a-1", "and so has the other way")).toBe(true);
        await until(place, () => b.framesOf("a-1").length === wanted);
        await until(place, () => a.send("b-1", "again"));
        await until(place, () => b.framesOf("a-1").at(-1) === "again");
      });

      it("are those of what waits: what has left makes room, however little it was", async () => {
        const [a, b] = await pair();
        for (let round = 1; round <= 20; round++) {
          await until(place, () => a.send("b-1", "x".repeat(900)));
          await until(place, () => a.send("b-1", `${round}`));
          await until(place, () => b.framesOf("a-1").length === 2 * round);
        }
      });

      it("refuse a frame that is larger than all that may wait, also when that shows only at its end", async () => {
        const [a, b] = await pair();
        expect(a.send("b-1", "x".repeat(10_001))).toBe(false);
        const link = a.bus.link(b.address);
        expect(link.begin(10)).toBe(true);
        write(link, "x".repeat(10_001));
        expect(link.end()).toBe(false);
        expect(a.bus.counters.oversized).toBe(1);
        expect(a.send("b-1", "small")).toBe(true);
        await until(place, () => b.framesOf("a-1").length > 0);
        expect(b.framesOf("a-1")).toEqual(["small"]);
      });
    });
  });
}
