/** Servers on a bus in memory, for tests of what the worst of networks does to them. */
import { expect } from "vitest";
import { AdversarialHub, type AdversarialHubOptions } from "../../../testing/adversarial-hub.js";
import { VirtualTiming } from "../../../testing/virtual-timing.js";
import { Member } from "./member.js";

export const WINDOW = 5_000;

export function network(options: AdversarialHubOptions = {}, seed = 1) {
  const timing = new VirtualTiming({ seed });
  const hub = new AdversarialHub(timing, { window: WINDOW, ...options });
  let incarnation = 0;
  const start = async (id: string, own = ++incarnation) => {
    const member = new Member(id, timing);
    member.bus = await timing.until(hub.join({ id, incarnation: own }, member));
    member.announce(`at ${own}`);
    return member;
  };
  /** Starts servers, and waits until they have met. */
  const all = async (...ids: string[]) => {
    const members = await timing.until(
      Promise.all(
        ids.map(async (id) => {
          const member = new Member(id, timing);
          const own = ++incarnation;
          member.bus = await hub.join({ id, incarnation: own }, member);
          member.announce(`at ${own}`);
          return member;
        }),
      ),
    );
    await timing.settle(1_000);
    for (const member of members) {
      expect([...member.present.keys()].sort()).toEqual([...ids].sort());
      member.events.length = 0;
    }
    return members;
  };
  /** What a member heard since the last time, but for suspicions. */
  const take = (member: Member) => member.events.splice(0).filter((event) => !/is silent|speaks again/.test(event));
  return { timing, hub, start, all, take };
}
