import { describe, expect, it } from "vitest";
import { manifest } from "../../../generated/server/index.js";
import { createLog } from "../../../runtime/operate/log.js";
import { placeOf } from "../../../runtime/operate/server-place.js";
import { type ProcessEnd, type ProcessEvents, Supervisor } from "../../../runtime/operate/supervisor.js";
import { VirtualTiming } from "../../../testing/virtual-timing.js";

/** Processes that do what a test says, and a supervisor of them. */
class Machine {
  readonly timing: VirtualTiming;
  readonly supervisor: Supervisor;
  /** What was done to processes, in order: `start chat-1`, `ask chat-1`, `kill chat-1`. */
  readonly done: string[] = [];
  /** How long each pause was, by server. */
  readonly starts = new Map<string, number[]>();
  outcome: boolean | null = null;
  private readonly running = new Map<string, ProcessEvents>();

  constructor(seed = 1) {
    this.timing = new VirtualTiming({ seed });
    this.supervisor = new Supervisor({
      spawn: ({ id }, events) => {
        if (this.running.has(id)) throw new Error(`${id} runs twice`);
        this.running.set(id, events);
        this.done.push(`start ${id}`);
        this.starts.set(id, [...(this.starts.get(id) ?? []), this.timing.now()]);
        return { ask: () => this.done.push(`ask ${id}`), kill: () => this.killed(id) };
      },
      isFrontend: (type) => type !== "chat",
      timing: this.timing,
      log: createLog("silent"),
      patience: 10_000,
    });
    void this.supervisor.ended.then((well) => {
      this.outcome = well;
    });
  }

  start(...ids: string[]): void {
    this.supervisor.start(ids.map((id) => placeOf(id, manifest)));
  }

  ready(...ids: string[]): void {
    for (const id of ids) this.running.get(id)!.ready();
  }

  asked(id: string): void {
    this.running.get(id)!.asked();
  }

  /** How a process ends that was asked to. */
  endAsked(id: string): void {
    this.asked(id);
    this.end(id, "orderly");
  }

  end(id: string, how: ProcessEnd = "crashed"): void {
    const events = this.running.get(id)!;
    this.running.delete(id);
    events.ended(how, how);
  }

  /** How a process ends that was killed. */
  private killed(id: string): void {
    this.done.push(`kill ${id}`);
    this.timing.defer(() => this.end(id));
  }

  state(id: string): string {
    return this.supervisor.servers.find((server) => server.id === id)!.state;
  }

  /** What was done since it was last asked. */
  news(): string[] {
    return this.done.splice(0);
  }
}

const ALL = ["gate-1", "connector-1", "connector-2", "chat-1", "chat-2"];

function running(seed?: number): Machine {
  const machine = new Machine(seed);
  machine.start(...ALL);
  machine.ready(...ALL);
  machine.news();
  return machine;
}

describe("a supervisor", () => {
  it("starts every server, and starts again what crashed", async () => {
    const machine = new Machine();
    machine.start(...ALL);
    expect(machine.news()).toEqual(ALL.map((id) => `start ${id}`));
    expect(machine.state("chat-1")).toBe("starting");
    machine.ready(...ALL);
    machine.end("chat-1");
    expect(machine.state("chat-1")).toBe("pausing");
    expect(machine.news()).toEqual([]);
    await machine.timing.settle(250);
    expect(machine.news()).toEqual(["start chat-1"]);
    expect(machine.supervisor.servers.find(({ id }) => id === "chat-1")).toMatchObject({
      state: "starting",
      restarts: 1,
    });
  });

  it("waits twice as long each time, with chance in it, and no longer than half a minute", async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const machine = running(seed);
      const pauses: number[] = [];
      for (let end = 0; end < 12; end++) {
        const ended = machine.timing.now();
        machine.end("chat-1", "unavailable");
        await machine.timing.settle(30_000);
        expect(machine.news()).toEqual(["start chat-1"]);
        pauses.push(machine.starts.get("chat-1")!.at(-1)! - ended);
      }
      pauses.forEach((pause, index) => {
        const longest = Math.min(250 * 2 ** index, 30_000);
        expect(pause).toBeGreaterThanOrEqual(Math.floor(longest / 2));
        expect(pause).toBeLessThanOrEqual(longest);
      });
    }
    const firsts = [1, 2, 3, 4, 5].map(async (seed) => {
      const machine = running(seed);
      machine.end("chat-1");
      await machine.timing.settle(250);
      return machine.starts.get("chat-1")!.at(-1);
    });
    expect(new Set(await Promise.all(firsts)).size).toBeGreaterThan(1);
  });

  it("gives up a server that crashes again and again, and keeps the others", async () => {
    const machine = running();
    for (let crash = 1; crash <= 8; crash++) {
      machine.end("chat-1");
      await machine.timing.settle(30_000);
    }
    expect(machine.state("chat-1")).toBe("given up");
    expect(machine.news()).toEqual(Array(7).fill("start chat-1"));
    expect(machine.outcome).toBeNull();
    expect(machine.supervisor.load).toBe(4);
    machine.supervisor.stop();
    for (const id of ["gate-1", "connector-1", "connector-2", "chat-2"]) machine.endAsked(id);
    await machine.timing.settle();
    expect(machine.outcome).toBe(false);
  });

  it("forgets crashes before a steady minute, and never gives up for want of something", async () => {
    const machine = running();
    for (let crash = 1; crash <= 20; crash++) {
      await machine.timing.settle(60_000);
      machine.end("chat-1");
      await machine.timing.settle(250);
      expect(machine.news()).toEqual(["start chat-1"]);
    }
    for (let end = 1; end <= 20; end++) {
      machine.end("connector-1", "unavailable");
      await machine.timing.settle(30_000);
    }
    expect(machine.state("connector-1")).toBe("starting");
  });

  it("gives up a server whose id somebody keeps for longer than a drain may take", async () => {
    const machine = running();
    const ended = machine.timing.now();
    while (machine.state("chat-1") !== "given up") {
      machine.end("chat-1", "duplicate");
      while (machine.state("chat-1") === "pausing") await machine.timing.settle(100);
    }
    expect(machine.timing.now() - ended).toBeGreaterThanOrEqual(10_000);
    expect(machine.timing.now() - ended).toBeLessThan(50_000);
    // Who left in the end was waited for, and does not count when the id is taken once more.
    for (let take = 0; take < 3; take++) {
      machine.end("chat-2", "duplicate");
      await machine.timing.settle(9_000);
      machine.ready("chat-2");
    }
    expect(machine.state("chat-2")).toBe("ready");
  });

  it("ends all when one cannot run before all have been ready", async () => {
    const machine = new Machine();
    machine.start(...ALL);
    machine.ready("gate-1", "connector-1", "connector-2", "chat-2");
    machine.end("chat-1", "unfit");
    expect(machine.state("chat-1")).toBe("given up");
    for (const id of ["gate-1", "connector-1", "connector-2"]) machine.endAsked(id);
    machine.endAsked("chat-2");
    await machine.timing.settle();
    expect(machine.outcome).toBe(false);
    expect(machine.timing.pendingTimers).toBe(0);
  });

  it("does not start again what was asked to end, and is done when nothing runs", async () => {
    const machine = running();
    machine.endAsked("chat-2");
    await machine.timing.settle(120_000);
    expect(machine.news()).toEqual([]);
    expect(machine.state("chat-2")).toBe("stopped");
    for (const id of ALL.filter((one) => one !== "chat-2")) machine.endAsked(id);
    await machine.timing.settle();
    expect(machine.outcome).toBe(true);
  });

  it("takes an orderly end that nobody asked for as a crash", async () => {
    const machine = running();
    for (let crash = 1; crash <= 8; crash++) {
      machine.end("chat-1", "orderly");
      await machine.timing.settle(30_000);
    }
    expect(machine.news()).toEqual(Array(7).fill("start chat-1"));
    expect(machine.state("chat-1")).toBe("given up");
  });

  it("does not start again what failed while it ended because it was asked to", async () => {
    const machine = new Machine();
    machine.start("chat-1", "chat-2");
    for (const id of ["chat-1", "chat-2"]) {
      machine.asked(id);
      machine.end(id, id === "chat-1" ? "crashed" : "unavailable");
    }
    await machine.timing.settle(60_000);
    expect(machine.news()).toEqual(["start chat-1", "start chat-2"]);
    expect(machine.outcome).toBe(true);
  });

  it("ends frontends before backends, also one that pauses or crashes meanwhile", async () => {
    const machine = running();
    machine.end("connector-2");
    machine.supervisor.stop();
    machine.supervisor.stop();
    expect(machine.news()).toEqual(["ask gate-1", "ask connector-1"]);
    expect(machine.state("connector-2")).toBe("stopped");
    machine.end("chat-2");
    machine.endAsked("gate-1");
    expect(machine.news()).toEqual([]);
    machine.end("connector-1", "crashed");
    expect(machine.news()).toEqual(["ask chat-1"]);
    expect(machine.outcome).toBeNull();
    machine.endAsked("chat-1");
    await machine.timing.settle(60_000);
    expect(machine.news()).toEqual([]);
    expect(machine.outcome).toBe(true);
    expect(machine.timing.pendingTimers).toBe(0);
  });

  it("kills what does not end", async () => {
    const machine = running();
    machine.supervisor.stop();
    machine.endAsked("connector-1");
    machine.endAsked("connector-2");
    machine.news();
    await machine.timing.settle(9_999);
    expect(machine.news()).toEqual([]);
    await machine.timing.settle(1);
    expect(machine.news()).toEqual(["kill gate-1", "ask chat-1", "ask chat-2"]);
    machine.supervisor.kill();
    await machine.timing.settle();
    expect(machine.news()).toEqual(["kill chat-1", "kill chat-2"]);
    expect(machine.outcome).toBe(true);
  });

  it("adds servers, also in the place of one that has ended, and none twice", async () => {
    const machine = running();
    const add = (id: string) => machine.supervisor.add(placeOf(id, manifest));
    expect(add("chat-3")).toBe(true);
    expect(add("chat-3")).toBe(false);
    expect(add("chat-2")).toBe(false);
    machine.endAsked("chat-2");
    expect(add("chat-2")).toBe(true);
    expect(machine.news()).toEqual(["start chat-3", "start chat-2"]);
    // It is no part of the first start: that it cannot run ends nobody else.
    machine.end("chat-3", "unfit");
    expect(machine.news()).toEqual([]);
    machine.supervisor.stop();
    expect(add("chat-4")).toBe(false);
  });
});
