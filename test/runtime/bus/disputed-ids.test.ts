import { describe, expect, it } from "vitest";
import { DuplicateServerError } from "../../../runtime/bus/bus-error.js";
import { Member } from "./member.js";
import { network, WINDOW } from "./network.js";

describe("two servers with one id", () => {
  it("the one that was there keeps it", async () => {
    const { timing, all, start, take } = network();
    const [a, b] = (await all("a", "b")) as [Member, Member];
    await expect(start("b")).rejects.toThrow(DuplicateServerError);
    await timing.settle(2 * WINDOW);
    expect(take(a)).toEqual([]);
    expect(take(b)).toEqual([]);
  });

  it("keeps it also when it has just stood still for a while", async () => {
    const { timing, hub, all, take } = network();
    const [a, b] = (await all("a", "b")) as [Member, Member];
    hub.pause("b");
    const double = new Member("b", timing);
    const joined = hub.join({ id: "b", incarnation: 99 }, double).catch((error: Error) => error);
    await timing.settle(2_000);
    hub.resume(b.address.incarnation);
    await timing.settle(WINDOW);
    expect(await joined).toBeInstanceOf(DuplicateServerError);
    expect(take(a)).toEqual([]);
    expect(take(b)).toEqual([]);
  });

  it("the newcomer gets it when the other is silent, and the other learns so", async () => {
    const { timing, hub, all, start, take } = network();
    const [a, b] = (await all("a", "b")) as [Member, Member];
    hub.pause("b");
    const heir = await start("b", 99);
    await timing.settle(WINDOW);
    expect(take(a)).toEqual(["b left", "b is at 99"]);
    expect(heir.present.has("a")).toBe(true);
    hub.resume(b.address.incarnation);
    await timing.settle(WINDOW);
    expect(b.events.filter((event) => event.startsWith("evicted"))).toHaveLength(1);
    expect(heir.events.filter((event) => event.startsWith("evicted"))).toEqual([]);
  });

  it("that come at once: exactly one stays, whatever the delays", async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { timing, hub, all } = network({ delay: [0, 60] }, seed);
      const [a] = (await all("a")) as [Member];
      const doubles = [new Member("b", timing), new Member("b", timing), new Member("b", timing)];
      const joined = doubles.map((member, index) =>
        hub.join({ id: "b", incarnation: 100 + index }, member).then(
          (bus) => {
            member.bus = bus;
            member.announce(`at ${100 + index}`);
            return true;
          },
          (error) => {
            expect(error).toBeInstanceOf(DuplicateServerError);
            return false;
          },
        ),
      );
      for (const member of doubles) {
        member.onEvicted = () => void member.bus.close();
      }
      await timing.settle(3 * WINDOW);
      const alive = (await Promise.all(joined)).map((one, index) => one && !doubles[index]!.has("evicted: duplicate"));
      expect(alive.filter((one) => one)).toHaveLength(1);
      expect(a.present.get("b")?.incarnation).toBe(100 + alive.indexOf(true));
    }
  });
});
