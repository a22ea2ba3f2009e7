/** What every driver that leaves the process keeps when processes are stopped, killed and started again. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { joinBus } from "../../../runtime/bus/join-bus.js";
import type { BusConfiguration } from "../../../runtime/operate/bus-configuration.js";
import { createLog } from "../../../runtime/operate/log.js";
import { processTiming } from "../../../runtime/operate/process-timing.js";
import { until } from "./conformance.js";
import { pass } from "./drivers.js";
import { Member } from "./member.js";
import { Peer } from "./peer.js";

/** A window that a loaded machine does not exceed by itself, and a test can wait for. */
export const BEATS = { beat: 400, window: 4_000 };

export function amongProcesses(name: string, open: () => { configuration: BusConfiguration; close: () => void }): void {
  describe(`the ${name} bus among processes`, { timeout: 120_000 }, () => {
    let configuration: BusConfiguration;
    let close: () => void;
    const peers: Peer[] = [];
    const members: Member[] = [];
    let incarnation = 1_000;

    const start = async (id: string) => {
      const peer = await Peer.start(id, configuration);
      peers.push(peer);
      return peer;
    };
    const join = async (id: string) => {
      const member = new Member(id);
      member.bus = await joinBus(configuration, {
        self: { id, incarnation: ++incarnation },
        receiver: member,
        timing: processTiming,
        log: createLog("silent"),
        linkBytes: 16 * 1024 * 1024,
        application: "test",
      });
      members.push(member);
      member.announce("here");
      return member;
    };
    /** Sends one after the other, as the link takes them, and waits for the answers. */
    const ask = async (from: Member, to: string, texts: readonly string[]) => {
      const before = from.framesOf(to).length;
      for (const text of texts) await until({ pass }, () => from.send(to, `e:${text}`));
      await until({ pass }, () => from.framesOf(to).length >= before + texts.length);
      expect(from.framesOf(to).slice(before)).toEqual(texts.map((text) => `r:${text}`));
    };
    const texts = (count: number) => Array.from({ length: count }, (_, index) => `${index} ${"x".repeat(index % 200)}`);

    beforeEach(() => {
      ({ configuration, close } = open());
    });

    afterEach(async () => {
      for (const peer of peers.splice(0)) await peer.kill();
      for (const member of members.splice(0)) await member.bus.close();
      close();
    });

    it("carries thousands of frames there and back, in order", async () => {
      const [a] = await Promise.all([join("a-1"), start("b-1"), start("c-1")]);
      await until({ pass }, () => a.present.has("b-1") && a.present.has("c-1"));
      await Promise.all([ask(a, "b-1", texts(5_000)), ask(a, "c-1", texts(5_000))]);
    });

    it("lets a process go that leaves", async () => {
      const [a, b] = await Promise.all([join("a-1"), start("b-1")]);
      await until({ pass }, () => a.present.has("b-1"));
      await b.leave();
      await until({ pass }, () => a.has("b-1 left"));
      expect(a.events.filter((event) => event.includes("silent") || event.includes("gap"))).toEqual([]);
    });

    it("finds out that a process was killed, and disturbs nobody else", async () => {
      const [a, b] = await Promise.all([join("a-1"), start("b-1"), start("c-1")]);
      await until({ pass }, () => a.present.has("b-1") && a.present.has("c-1"));
      const dead = a.present.get("b-1")!;
      await b.kill();
      await until({ pass }, () => a.has("b-1 left"));
      expect(a.sendTo(dead, "to nobody")).toBe(false);
      await ask(a, "c-1", texts(100));
      expect(a.events.filter((event) => event === "b-1 left")).toHaveLength(1);
      expect(a.has("c-1 left")).toBe(false);
    });

    it("takes a process that was killed and started again at once for another", async () => {
      const [a, b] = await Promise.all([join("a-1"), start("b-1")]);
      await until({ pass }, () => a.present.has("b-1"));
      await ask(a, "b-1", ["first"]);
      const [first] = b.joined;
      await b.kill();
      const again = await start("b-1");
      await until({ pass }, () => again.joined.length === 1 && a.present.get("b-1")?.incarnation === again.joined[0]);
      const left = a.events.indexOf("b-1 left");
      expect(left).toBeGreaterThan(a.events.indexOf(`b-1 is at ${first}`));
      expect(a.events.indexOf(`b-1 is at ${again.joined[0]}`)).toBeGreaterThan(left);
      await ask(a, "b-1", ["second"]);
    });

    it("waits for a process that stands still for less than the window, and loses nothing", async () => {
      const [a, b] = await Promise.all([join("a-1"), start("b-1")]);
      await until({ pass }, () => a.present.has("b-1"));
      b.pause();
      for (const text of texts(50)) expect(a.send("b-1", `e:${text}`)).toBe(true);
      await until({ pass }, () => a.has("b-1 is silent"));
      b.resume();
      await until({ pass }, () => a.framesOf("b-1").length === 50 && a.has("b-1 speaks again"));
      expect(a.framesOf("b-1")).toEqual(texts(50).map((text) => `r:${text}`));
      expect(a.events.filter((event) => event.startsWith("b-1 left") || event.startsWith("gap"))).toEqual([]);
      expect(b.evicted).toEqual([]);
    });

    it("gives up a process that stands still for longer; it comes back as another", async () => {
      const [a, b] = await Promise.all([join("a-1"), start("b-1")]);
      await until({ pass }, () => a.present.has("b-1"));
      const before = a.present.get("b-1")!;
      b.pause();
      a.send("b-1", "e:never");
      await until({ pass }, () => a.has("b-1 left"));
      expect(a.sendTo(before, "to the dead")).toBe(false);
      b.resume();
      await b.until(() => b.joined.length === 2);
      expect(b.evicted).toHaveLength(1);
      expect(["dead", "stalled"]).toContain(b.evicted[0]);
      await until({ pass }, () => a.present.has("b-1"));
      expect(a.present.get("b-1")!.incarnation).toBe(b.joined[1]);
      await ask(a, "b-1", ["and now"]);
      expect(a.framesOf("b-1")).toEqual(["r:and now"]);
    });

    it("refuses a process whose id another has", async () => {
      const [a, b] = await Promise.all([join("a-1"), start("b-1")]);
      await until({ pass }, () => a.present.has("b-1"));
      const double = await start("b-1");
      expect(double.refused).toEqual([expect.stringContaining("b-1 runs already")]);
      await ask(a, "b-1", texts(10));
      expect(b.evicted).toEqual([]);
      expect(a.has("b-1 left")).toBe(false);
    });

    it("lets a newcomer have the id of a process that stands still, once that is given up", async () => {
      const [a, b] = await Promise.all([join("a-1"), start("b-1")]);
      await until({ pass }, () => a.present.has("b-1"));
      b.pause();
      const heir = await start("b-1");
      expect(heir.refused).toEqual([]);
      await until({ pass }, () => a.present.get("b-1")?.incarnation === heir.joined[0]);
      expect(a.events.indexOf("b-1 left")).toBeLessThan(a.events.indexOf(`b-1 is at ${heir.joined[0]}`));
      await ask(a, "b-1", texts(10));
      // Whoever wakes up is dead to all, and its id is another's.
      b.resume();
      await b.until(() => b.refused.length === 1);
      expect(b.evicted).toHaveLength(1);
      expect(b.refused).toEqual([expect.stringContaining("b-1 runs already")]);
      await ask(a, "b-1", texts(10));
    });
  });
}
