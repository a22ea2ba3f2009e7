/** What a server tells the directory of itself: its state, where clients find it, and its load whenever that changed. */
import type { Timer } from "../../wire/timing.js";
import type { Bus } from "../bus/bus.js";
import type { ListenerRecord } from "../bus/cluster-messages.js";
import { RequestRate } from "../operate/request-rate.js";
import type { ServerCore } from "../server-core.js";
import type { ServerState } from "./server-record.js";
import { recordBytes } from "./server-record.js";

/** How often the load is looked at. Milliseconds. */
const LOAD_INTERVAL = 1_000;

export class Presence {
  private readonly core: ServerCore;
  private readonly bus: Bus;
  /** Sessions on a frontend, requests in progress on a backend. */
  private readonly load: () => number;
  state: ServerState = "starting";
  private listeners: readonly ListenerRecord[] = [];
  private announcedLoad = 0;
  private readonly rate = new RequestRate();
  private timer: Timer | null = null;

  /** Announces the server as starting. */
  constructor(core: ServerCore, bus: Bus, load: () => number) {
    this.core = core;
    this.bus = bus;
    this.load = load;
    this.announce();
    this.watchLoad();
  }

  become(state: ServerState, listeners = this.listeners): void {
    this.state = state;
    this.listeners = listeners;
    this.announce();
  }

  /** Clients' requests a second, lately. */
  requestRate(): number {
    return this.rate.at(this.core.timing.now(), this.core.counters.requests);
  }

  stop(): void {
    this.timer?.cancel();
  }

  private announce(): void {
    const { type, number, tables } = this.core;
    this.announcedLoad = this.load();
    const { schemaHash, version } = tables.manifest;
    const lineage = tables.compatibility.announced;
    const { state, listeners, announcedLoad: load } = this;
    const schema = { schemaHash, version, lineage };
    const frontend = type.kind !== "backend";
    this.bus.announce(recordBytes({ type: type.name, number, state, ...schema, frontend, load, listeners }));
  }

  private watchLoad(): void {
    this.rate.sample(this.core.timing.now(), this.core.counters.requests);
    this.timer = this.core.timing.after(LOAD_INTERVAL, () => {
      if (this.load() !== this.announcedLoad) this.announce();
      // Loads that others announced meanwhile have taken the place of what was given to them.
      for (const peer of this.core.view.all()) peer.given = 0;
      this.watchLoad();
    });
  }
}
