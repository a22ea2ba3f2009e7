import { describe, expect, it } from "vitest";
import { FailureDetector, type Watched } from "../../../runtime/cluster/failure-detector.js";
import { PausableTiming } from "../../../testing/pausable-timing.js";
import { VirtualTiming } from "../../../testing/virtual-timing.js";

const BEAT = 1_000;
const WINDOW = 5_000;

function detector() {
  const timing = new VirtualTiming();
  const machine = new PausableTiming(timing);
  const told: string[] = [];
  const tell = (what: string) => told.push(`${timing.now()} ${what}`);
  const one = new FailureDetector<string>(
    machine,
    { beat: BEAT, window: WINDOW },
    {
      suspected: (subject) => tell(`${subject} suspected`),
      trusted: (subject) => tell(`${subject} trusted`),
      dead: (subject) => tell(`${subject} dead`),
      stalled: (milliseconds) => tell(`stalled for ${milliseconds}`),
      deaf: () => tell("deaf"),
    },
  );
  /** Something of a peer arrives, as a chunk. */
  const hear = (watched: Watched<string>) => {
    if (!one.awake()) return false;
    one.heard(watched);
    return true;
  };
  const echo = () => {
    if (one.awake()) one.echo();
  };
  /** Seconds in which the peers beat, and perhaps one's own beat comes back. */
  const seconds = (count: number, peers: readonly Watched<string>[], echoes = false) => {
    for (let index = 0; index < count; index++) {
      timing.advance(BEAT);
      for (const peer of peers) hear(peer);
      if (echoes) echo();
    }
  };
  const take = () => told.splice(0);
  return { timing, machine, one, hear, echo, seconds, take };
}

describe("a failure detector", () => {
  it("says nothing of whoever beats", () => {
    const { one, seconds, take } = detector();
    const peers = [one.watch("a"), one.watch("b")];
    seconds(60, peers);
    expect(take()).toEqual([]);
  });

  it("suspects after a missed beat, and takes it back", () => {
    const { timing, one, hear, seconds, take } = detector();
    const a = one.watch("a");
    seconds(3, [a]);
    timing.advance(2 * BEAT);
    expect(take()).toEqual([]);
    timing.advance(BEAT);
    expect(take()).toEqual(["5500 a suspected"]);
    hear(a);
    expect(take()).toEqual(["6000 a trusted"]);
    seconds(3, [a]);
    expect(take()).toEqual([]);
  });

  it("gives up whoever is silent for the window, once, and nobody else", () => {
    const { timing, one, hear, take } = detector();
    one.watch("a");
    const b = one.watch("b");
    for (let second = 0; second < 20; second++) {
      timing.advance(BEAT);
      hear(b);
    }
    expect(take()).toEqual(["2500 a suspected", "5500 a dead"]);
  });

  it("forgets whom it need not watch", () => {
    const { timing, one, take } = detector();
    one.unwatch(one.watch("a"));
    timing.advance(60_000);
    expect(take()).toEqual([]);
  });

  it("does not take its own standstill for the others' silence", () => {
    const { timing, machine, one, hear, seconds, take } = detector();
    const a = one.watch("a");
    seconds(3, [a]);
    machine.pause();
    timing.advance(4_500);
    machine.resume();
    timing.advance(0);
    expect(take()).toEqual([]);
    // From here on the peer has what was left of its window.
    timing.advance(4_500);
    expect(take()).toEqual(["10000 a suspected"]);
    expect(hear(a)).toBe(true);
  });

  it("finds out that it stood still by what arrives, before any timer has run", () => {
    const { timing, machine, one, hear, seconds, take } = detector();
    const a = one.watch("a");
    seconds(1, [a]);
    machine.pause();
    timing.advance(4_000);
    // The input of a process that goes on may come before its timers.
    expect(hear(a)).toBe(true);
    machine.resume();
    timing.advance(2_000);
    expect(take()).toEqual([]);
  });

  it("knows itself dead after a longer standstill, whether a timer or a chunk shows it, and takes nothing any more", () => {
    for (const first of ["timer", "chunk"]) {
      const { timing, machine, one, hear, seconds, take } = detector();
      const a = one.watch("a");
      seconds(1, [a]);
      machine.pause();
      timing.advance(WINDOW + 600);
      if (first === "chunk") expect(hear(a)).toBe(false);
      machine.resume();
      timing.advance(0);
      expect(take()).toEqual(["6600 stalled for 5600"]);
      expect(hear(a)).toBe(false);
      timing.advance(60_000);
      expect(take()).toEqual([]);
      expect(timing.pendingTimers).toBe(0);
    }
  });

  it("survives one standstill after the other", () => {
    const { timing, machine, one, hear, take } = detector();
    const a = one.watch("a");
    for (let round = 0; round < 20; round++) {
      machine.pause();
      timing.advance(4_000);
      machine.resume();
      timing.advance(0);
      hear(a);
      timing.advance(200);
    }
    expect(take()).toEqual([]);
  });

  it("judges nobody while the bus is down, and gives everybody a window when it is up again", () => {
    const { timing, one, hear, seconds, take } = detector();
    const a = one.watch("a");
    one.watch("b");
    seconds(2, [a]);
    one.hold();
    timing.advance(60_000);
    expect(take()).toEqual([]);
    one.release();
    timing.advance(2 * BEAT);
    hear(a);
    expect(take()).toEqual([]);
    seconds(5, [a]);
    expect(take()).toEqual(["64500 b suspected", "67500 b dead"]);
  });

  it("judges nobody while its own beats do not come back, and says so when that lasts", () => {
    const { timing, one, echo, seconds, take } = detector();
    const a = one.watch("a");
    seconds(3, [a], true);
    timing.advance(30_000);
    const said = take();
    expect(said.filter((line) => !line.endsWith("deaf"))).toEqual([]);
    expect(said.length).toBeGreaterThanOrEqual(4);
    echo();
    seconds(3, [a], true);
    expect(take()).toEqual([]);
  });

  it("judges by its own beats only where they have come back", () => {
    const { timing, one, take } = detector();
    one.watch("a");
    timing.advance(10_000);
    expect(take()).toEqual(["2500 a suspected", "5500 a dead"]);
  });

  it("ends with all its timers", () => {
    const { timing, one, take } = detector();
    one.watch("a");
    one.stop();
    timing.advance(60_000);
    expect(take()).toEqual([]);
    expect(timing.pendingTimers).toBe(0);
    expect(one.awake()).toBe(false);
  });
});
