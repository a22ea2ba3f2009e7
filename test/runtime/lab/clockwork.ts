/** Servers of the lab's type `work` alone, on machines that can be stopped, for tests of what they do by the clock. */
import type { ScheduleContext } from "gatesmith/runtime";
import { onTestFinished } from "vitest";
import { LocalHub } from "../../../runtime/bus/local-bus.js";
import type { ScheduleEntry } from "../../../runtime/manifest.js";
import { ManifestTables } from "../../../runtime/manifest-tables.js";
import { checkConfiguration } from "../../../runtime/operate/configuration.js";
import type { Counters } from "../../../runtime/operate/counters.js";
import { RunningServer } from "../../../runtime/running-server.js";
import { AdversarialHub } from "../../../testing/adversarial-hub.js";
import { PausableTiming } from "../../../testing/pausable-timing.js";
import { VirtualTiming } from "../../../testing/virtual-timing.js";
import { manifest } from "./generated/server/index.js";
import { application } from "./lab.js";
import { type LogLine, memoryLog } from "./memory-log.js";

const ports = { port: 0 };
const { limits } = checkConfiguration(
  { servers: { gate: ports, leastGate: ports, turnGate: ports, connector: ports } },
  manifest,
);

/** Which of the lab's schedules there are, and what they say otherwise. */
export type Changes = Partial<Record<"beat" | "each" | "night", Partial<ScheduleEntry>>>;

/** What a schedule does beside being noted down. */
export type Deed = (context: ScheduleContext, server: string) => unknown;

export interface Run {
  readonly server: string;
  /** `beat`, `each`, `night`. */
  readonly method: string;
  /** When it was due, and when it ran, in milliseconds since the beginning. */
  readonly due: number;
  readonly at: number;
}

interface Settings {
  readonly deed?: Deed;
  readonly seed?: number;
  /** Milliseconds since 1970 at the beginning. */
  readonly wallClock?: number;
  /** The window of an adversarial hub. Without, servers are in one process, and stand still together. */
  readonly window?: number;
}

interface Place {
  readonly server: RunningServer;
  readonly machine: PausableTiming;
}

export class Clockwork {
  readonly timing: VirtualTiming;
  readonly runs: Run[] = [];
  readonly lines: readonly LogLine[];
  /** Null where all servers are in one process. */
  readonly hub: AdversarialHub | null;
  readonly evicted: string[] = [];
  readonly #settings: Settings;
  readonly #changes: Changes;
  readonly #log = memoryLog();
  readonly #machine: PausableTiming;
  readonly #local: LocalHub;
  readonly #places = new Map<string, Place>();
  readonly #epoch: number;

  constructor(changes: Changes, settings: Settings = {}) {
    this.#changes = changes;
    this.#settings = settings;
    this.timing = new VirtualTiming({ seed: settings.seed ?? 1, ...pick(settings) });
    this.#epoch = this.timing.wallClock();
    this.lines = this.#log.lines;
    this.#machine = new PausableTiming(this.timing);
    this.#local = new LocalHub(this.#machine, 1024 * 1024);
    this.hub = settings.window === undefined ? null : new AdversarialHub(this.timing, { window: settings.window });
    onTestFinished(() => this.stop());
  }

  /** Starts `work-<number>`; `schema` is what its schema has that the others' may not. */
  async start(number: number, schema: Partial<typeof manifest> = {}): Promise<RunningServer> {
    const { hub, timing } = this;
    const changed = Object.entries(this.#changes).map(([method, changes]) => {
      const entry = manifest.schedules.find((one) => one.method === method)!;
      return { ...entry, ...changes };
    });
    const own = { ...manifest, schedules: changed, ...schema };
    const parts = application({
      clock: ({ id }) => ({ beat: this.#note(id), each: this.#note(id), night: this.#note(id) }),
    });
    const machine = hub === null ? this.#machine : new PausableTiming(timing);
    const server: RunningServer = new RunningServer({
      application: { ...parts, manifest: own },
      tables: new ManifestTables(own),
      type: "work",
      number,
      timing: machine,
      limits,
      log: this.#log.log,
      onEvicted: (reason) => {
        this.evicted.push(`${server.core.id} ${reason}`);
        this.#places.delete(server.core.id);
        void server.stop();
      },
    });
    const join = async () => {
      const bus = await (hub?.join(server.address, server, machine) ?? this.#local.join(server.address, server));
      await server.start(bus);
    };
    await timing.until(join());
    server.becomeReady([]);
    this.#places.set(server.core.id, { server, machine });
    await timing.settle();
    return server;
  }

  /** Starts `work-1` to `work-<count>`, and waits until they have met. What ran meanwhile is forgotten. */
  async startAll(count: number): Promise<void> {
    for (let number = 1; number <= count; number++) await this.start(number);
    if (this.hub !== null) await this.timing.settle(2 * this.#settings.window!);
    this.runs.length = 0;
  }

  /** Ids of the servers that have not ended. */
  living(): string[] {
    return [...this.#places.keys()];
  }

  counters(id = "work-1"): Counters {
    return this.#places.get(id)!.server.core.counters;
  }

  /** The one server that runs a schedule, as every live server sees it. */
  homeOf(method: string): string {
    const homes = [...this.#places.values()]
      .filter(({ machine }) => !machine.dead)
      .map(({ server: { core } }) => core.router.chooseByKey(core.typeIndex, `work.clock.${method}`)?.id);
    const [home] = homes;
    if (home === undefined || homes.some((one) => one !== home)) throw new Error(`the home is ${homes.join(", ")}`);
    return home;
  }

  /** A server ends in an orderly way. */
  async retire(id: string): Promise<void> {
    const { server } = this.#places.get(id)!;
    this.#places.delete(id);
    await this.timing.until(server.stop());
  }

  kill(id: string): void {
    this.hub!.kill(id);
    this.#places.delete(id);
  }

  /** The process stands still: what falls due meanwhile happens when it goes on. Without an id it is the one that all servers share. */
  async stall(milliseconds: number, id?: string): Promise<void> {
    const machine = id === undefined ? this.#machine : this.#places.get(id)!.machine;
    machine.pause();
    await this.timing.settle(milliseconds);
    machine.resume();
    await this.timing.settle();
  }

  /** When runs were due, as `beat 1000`; those of one server, or as `work-1 beat 1000`. */
  take(server?: string): string[] {
    const found = this.runs.splice(0);
    return found.map((run) => `${server === undefined ? `${run.server} ` : ""}${run.method} ${run.due}`);
  }

  async stop(): Promise<void> {
    const { timing } = this;
    for (const { machine } of this.#places.values()) machine.resume();
    const stopped = [...this.#places.values()].map(({ server }) => server.stop());
    this.#places.clear();
    await timing.until(Promise.all(stopped));
  }

  #note(server: string) {
    return (context: ScheduleContext): void | Promise<void> => {
      const due = context.scheduledAt - this.#epoch;
      this.runs.push({ server, method: context.schedule.split(".").at(-1)!, due, at: this.timing.now() });
      return this.#settings.deed?.(context, server) as Promise<void>;
    };
  }
}

function pick({ wallClock }: Settings): { wallClock?: number } {
  return wallClock === undefined ? {} : { wallClock };
}
