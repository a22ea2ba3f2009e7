/** One server of the simulated cluster through all its lives: it starts, is paused, killed or given up, and comes back as `gatesmith run` does. */
import type { RunnableApplication } from "gatesmith/runtime";
import { BusError, DuplicateServerError } from "../../runtime/bus/bus-error.js";
import type { ManifestTables } from "../../runtime/manifest-tables.js";
import type { Limits } from "../../runtime/operate/configuration.js";
import { createLog } from "../../runtime/operate/log.js";
import { RunningServer } from "../../runtime/running-server.js";
import type { AdversarialHub } from "../../testing/adversarial-hub.js";
import type { MemoryConnection } from "../../testing/memory-connection.js";
import { PausableTiming } from "../../testing/pausable-timing.js";
import type { Timing } from "../../wire/timing.js";

export interface SimulatedServerOptions {
  readonly type: string;
  readonly number: number;
  readonly hub: AdversarialHub;
  readonly timing: Timing;
  readonly application: RunnableApplication;
  readonly tables: ManifestTables;
  readonly limits: Limits;
  readonly note: (text: string) => void;
  /** An incarnation begins. */
  readonly born: (server: RunningServer, name: string) => void;
  /** The set of ready servers is about to change. */
  readonly moved: (type: string) => void;
  readonly failed: (error: unknown) => void;
}

/** Milliseconds between two attempts to come back. */
const PAUSE = 1_000;

const log = createLog("silent");

export class SimulatedServer {
  readonly id: string;
  readonly type: string;
  /** The process; null while there is none. */
  machine: PausableTiming | null = null;
  /** The incarnation that runs and has a place in the cluster. */
  running: RunningServer | null = null;
  /** Not to come back: it was stopped. */
  leaving = false;
  readonly connections = new Set<MemoryConnection>();
  private readonly options: SimulatedServerOptions;
  private lives = 0;
  /** The latest. */
  private incarnation = 0;

  constructor(options: SimulatedServerOptions) {
    this.options = options;
    this.type = options.type;
    this.id = `${options.type}-${options.number}`;
  }

  /** A process runs, whatever its state. */
  get up(): boolean {
    return this.machine !== null;
  }

  get url(): string {
    return `memory://${this.id}/`;
  }

  /** Starts the process. */
  start(): Promise<void> {
    const machine = new PausableTiming(this.options.timing);
    this.machine = machine;
    this.leaving = false;
    this.options.note(`${this.id} starts`);
    return this.comeBack(machine);
  }

  pause(): void {
    this.options.note(`${this.id} stands still`);
    this.machine?.pause();
  }

  resume(): void {
    if (this.machine?.paused !== true) return;
    this.options.note(`${this.id} goes on`);
    this.machine.resume();
  }

  /** From one moment to the next there is nothing left of it, and its clients' connections break. */
  kill(): void {
    const { machine, incarnation } = this;
    const { hub, note, moved } = this.options;
    if (machine === null) return;
    note(`${this.id} is killed`);
    moved(this.type);
    this.machine = null;
    this.running = null;
    machine.kill();
    if (hub.hears(incarnation)) hub.kill(incarnation);
    this.cutClients();
  }

  /** Takes nothing new, and stops after `grace` milliseconds. */
  drain(grace: number): void {
    const { machine, running } = this;
    if (machine === null || running === null || this.leaving) return;
    this.options.note(`${this.id} drains`);
    this.options.moved(this.type);
    this.leaving = true;
    running.drain();
    machine.after(grace, () => {
      if (this.machine === machine) void this.stop();
    });
  }

  /** In an orderly way. */
  async stop(): Promise<void> {
    const { machine, running } = this;
    if (machine === null || running === null) return;
    this.leaving = true;
    this.options.note(`${this.id} stops`);
    this.options.moved(this.type);
    await running.stop();
    if (this.machine !== machine) return;
    this.running = null;
    this.machine = null;
    this.options.note(`${this.id} has stopped`);
  }

  private cutClients(): void {
    for (const connection of this.connections) connection.cut();
    this.connections.clear();
  }

  private async comeBack(machine: PausableTiming): Promise<void> {
    while (this.machine === machine && !this.leaving) {
      try {
        await this.live(machine);
        return;
      } catch (error) {
        if (this.machine !== machine) return;
        if (!(error instanceof BusError)) this.options.failed(error);
        this.options.note(`${this.id} cannot join: ${(error as Error).message}`);
        if (error instanceof DuplicateServerError) break;
        await new Promise<void>((resolve) => machine.after(PAUSE, resolve));
      }
    }
    if (this.machine === machine) this.machine = null;
  }

  private async live(machine: PausableTiming): Promise<void> {
    const { application, tables, limits, type, number, hub, born, moved, note } = this.options;
    const server: RunningServer = new RunningServer({
      ...{ application, tables, type, number, limits, log },
      timing: machine,
      onEvicted: (reason) => {
        note(`${this.id} is given up: ${reason}`);
        moved(type);
        void this.evicted(machine, server);
      },
    });
    const name = `${this.id}#${++this.lives}`;
    this.incarnation = server.core.incarnation;
    born(server, name);
    try {
      const bus = await hub.join(server.address, server, machine);
      await server.start(bus);
      moved(type);
      server.becomeReady(server.frontend === null ? [] : [{ protocol: "main", url: this.url }]);
      this.running = server;
      note(`${name} is ready`);
      await server.allReady();
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  private async evicted(machine: PausableTiming, server: RunningServer): Promise<void> {
    if (this.running === server) this.running = null;
    await server.stop();
    if (this.machine !== machine) return;
    this.cutClients();
    if (this.leaving) this.machine = null;
    else await this.comeBack(machine);
  }
}
