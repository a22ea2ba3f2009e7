/**
 * Starts one server of a cluster in this process; the others run elsewhere, and are met on the bus. A server that the others gave up,
 * because it stood still for too long, comes back as another incarnation.
 */
import { crc32 } from "node:zlib";
import type { Logger } from "pino";
import { useNativeCrc32 } from "../wire/crc32.js";
import type { Timing } from "../wire/timing.js";
import type { RunnableApplication } from "./backend/application.js";
import type { Eviction } from "./bus/bus.js";
import { BusError, DuplicateServerError } from "./bus/bus-error.js";
import { joinBus } from "./bus/join-bus.js";
import type { View } from "./cluster/view.js";
import { ManifestTables } from "./manifest-tables.js";
import type { BusConfigurationInput } from "./operate/bus-configuration.js";
import {
  type Configuration,
  ConfigurationError,
  type ConfigurationInput,
  checkConfiguration,
} from "./operate/configuration.js";
import { createLog } from "./operate/log.js";
import { openOperateEndpoint } from "./operate/open-operate-endpoint.js";
import type { OperateEndpoint } from "./operate/operate-endpoint.js";
import { processTiming } from "./operate/process-timing.js";
import { placeOf } from "./operate/server-place.js";
import { StoppedError, unlessStopped } from "./operate/stopped-error.js";
import { RunningServer } from "./running-server.js";
import { openServerListeners, type ServerListeners } from "./server-listeners.js";

export interface StartServerOptions {
  /** Which one: `chat-2`. Its number may be above the configuration's count. */
  readonly server: string;
  /** Instead of the configuration's `bus`. */
  readonly bus?: BusConfigurationInput;
  /** Stops it, as `stop` does, while it is not ready yet: then the start rejects with StoppedError. */
  readonly signal?: AbortSignal;
  readonly timing?: Timing;
  readonly log?: Logger;
}

export interface StartedServer {
  readonly id: string;
  readonly configuration: Configuration;
  /** As it runs now: another one after it was given up and came back. */
  readonly server: RunningServer;
  /** A gate: where it answers `GET /entry?uid=`, `http://host:port`. */
  readonly gates: readonly string[];
  /** A frontend: where clients connect. */
  readonly urls: readonly string[];
  /** Where it answers `/healthz`, `/readyz` and `/metrics`: `http://host:port`; null when the configuration has no port for that. */
  readonly operate: string | null;
  /** Resolves when it was stopped; rejects when it ended by itself and will not come back: DuplicateServerError, ListenError, or what the application threw. */
  readonly ended: Promise<void>;
  /** Takes no new work, finishes what it has, sends its clients elsewhere, for `limits.drainTimeout` at most; then stops. */
  drain(): Promise<void>;
  /** Ends its sessions, runs the application's `onStop`, leaves the bus, closes its ports. */
  stop(): Promise<void>;
}

/** Milliseconds between two attempts to come back. */
const PAUSE = 1_000;

/**
 * Resolves when the server is ready; others may still be starting. Rejects with ConfigurationError, ApplicationError, BusError (and
 * DuplicateServerError), ListenError, StoppedError when it was asked to stop meanwhile, or what the application's `onStart` throws.
 */
export async function startServer(
  application: RunnableApplication,
  input: ConfigurationInput,
  options: StartServerOptions,
): Promise<StartedServer> {
  useNativeCrc32(crc32);
  const { manifest } = application;
  const configuration = checkConfiguration({ ...input, bus: options.bus ?? input.bus }, manifest);
  const { type, number } = placeOf(options.server, manifest);
  checkBus(options.server, configuration);
  const timing = options.timing ?? processTiming;
  const log = options.log ?? createLog(configuration.log.level);
  const started = new ServerProcess({ application, configuration, type, number, timing, log });
  const { signal } = options;
  const stop = () => void started.stop();
  const starting = started.start();
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop);
  await starting.finally(() => signal?.removeEventListener("abort", stop));
  return started;
}

interface ServerProcessOptions {
  readonly application: RunnableApplication;
  readonly configuration: Configuration;
  readonly type: string;
  readonly number: number;
  readonly timing: Timing;
  readonly log: Logger;
}

/** One incarnation, and what it has opened. */
interface Life {
  readonly server: RunningServer;
  readonly opened: ServerListeners;
}

class ServerProcess implements StartedServer {
  readonly ended: Promise<void>;
  private readonly options: ServerProcessOptions;
  private readonly tables: ManifestTables;
  /** The last there was. */
  private life: Life | null = null;
  private living = false;
  private endpoint: OperateEndpoint | null = null;
  /** Why it will not come back. */
  private illness: string | null = null;
  /** One thing after the other: starting, coming back, stopping. */
  private turn: Promise<void> = Promise.resolve();
  /** Asked to: from then on it does not come back, and an application that is still starting is not waited for. */
  private readonly stopping = new AbortController();
  private end: () => void = () => {};
  private fail: (error: unknown) => void = () => {};

  constructor(options: ServerProcessOptions) {
    this.options = options;
    this.tables = new ManifestTables(options.application.manifest);
    this.ended = new Promise((resolve, reject) => {
      this.end = resolve;
      this.fail = reject;
    });
    // Whoever wants to know waits for it; nobody has to.
    this.ended.catch(() => {});
  }

  get id(): string {
    return `${this.options.type}-${this.options.number}`;
  }

  get configuration(): Configuration {
    return this.options.configuration;
  }

  get server(): RunningServer {
    return this.life!.server;
  }

  get gates(): readonly string[] {
    return this.life!.opened.gates;
  }

  get urls(): readonly string[] {
    return this.life!.opened.records.map(({ url }) => url);
  }

  get operate(): string | null {
    return this.endpoint?.url ?? null;
  }

  start(): Promise<void> {
    return this.inTurn(async () => {
      const { configuration, type, number, timing } = this.options;
      const server = () => (this.living ? this.server : null);
      const illness = () => this.illness;
      const about = { id: this.id, type, number, server, illness, timing };
      this.endpoint = await openOperateEndpoint(configuration, about);
      try {
        await this.live();
      } catch (error) {
        await this.endpoint?.close();
        throw error;
      }
    });
  }

  async drain(): Promise<void> {
    // Whoever is given up while it drains does not come back.
    this.stopping.abort();
    if (this.living) await this.life!.server.drain();
    await this.stop();
  }

  stop(): Promise<void> {
    this.stopping.abort();
    return this.inTurn(async () => {
      await this.retire();
      await Promise.all(this.life?.opened.listeners.map((listener) => listener.ended()) ?? []);
      await this.endpoint?.close();
      this.end();
    });
  }

  /** Joins, starts the application, opens the listeners. */
  private async live(): Promise<void> {
    const { application, configuration, type, number, timing, log } = this.options;
    const { tables } = this;
    const { limits } = configuration;
    const onEvicted = (reason: Eviction) => void this.inTurn(() => this.evicted(server, reason));
    const end = { drain: () => this.drain(), stop: () => this.stop() };
    const ends = { end, onEvicted };
    const server = new RunningServer({ application, tables, type, number, timing, limits, log, ...ends });
    try {
      const bus = await joinBus(configuration.bus, {
        self: server.address,
        receiver: server,
        timing,
        log: server.core.log,
        linkBytes: limits.linkBytes,
        application: tables.manifest.name,
      });
      await unlessStopped(server.start(bus), this.stopping.signal);
      const opened = await openServerListeners(server, configuration, timing, true);
      this.life = { server, opened };
      this.living = true;
      server.becomeReady(opened.records);
    } catch (error) {
      await server.stop();
      throw error;
    }
    this.whenAllAreReady(server, () => {
      server.allReady().catch((error: unknown) => this.giveUp(error));
    });
  }

  /** Ends what runs, without waiting for clients to take their leave. */
  private async retire(): Promise<void> {
    if (!this.living) return;
    this.living = false;
    const { server, opened } = this.life!;
    for (const listener of opened.listeners) listener.close();
    await server.stop();
  }

  private async evicted(server: RunningServer, reason: Eviction): Promise<void> {
    // It may have ended before its turn came.
    if (!this.living || this.life?.server !== server) return;
    const { listeners } = this.life!.opened;
    await this.retire();
    // Clients take their leave by themselves; what they were connected to goes with the last of them.
    for (const listener of listeners) void listener.ended();
    if (reason === "duplicate") this.giveUp(new DuplicateServerError(this.id));
    else await this.comeBack();
  }

  private async comeBack(): Promise<void> {
    const { timing, log } = this.options;
    while (!this.stopping.signal.aborted) {
      try {
        await this.live();
        return;
      } catch (error) {
        if (error instanceof StoppedError) return;
        if (!(error instanceof BusError) || error instanceof DuplicateServerError) {
          this.giveUp(error);
          return;
        }
        log.warn({ server: this.id, err: error }, "cannot come back yet");
        await new Promise<void>((resolve) => timing.after(PAUSE, resolve));
      }
    }
  }

  private giveUp(error: unknown): void {
    this.options.log.error({ server: this.id, err: error }, "server ended");
    this.illness = error instanceof Error ? error.message : String(error);
    this.fail(error);
    void this.inTurn(() => this.retire());
  }

  /** Calls `then` once, when every server that the configuration starts with is ready. */
  private whenAllAreReady({ core: { view } }: RunningServer, then: () => void): void {
    let done = false;
    const look = () => {
      if (done || !this.areAllReady(view)) return;
      done = true;
      then();
    };
    view.onChange(look);
    look();
  }

  private areAllReady(view: View): boolean {
    const { servers } = this.options.configuration;
    return this.tables.manifest.servers.every(({ name }, index) => view.ready(index).length >= servers[name]!.count);
  }

  private inTurn(task: () => Promise<void>): Promise<void> {
    const done = this.turn.then(task);
    this.turn = done.catch(() => {});
    return done;
  }
}

/** On the local bus a server would be alone. Throws ConfigurationError. */
function checkBus(id: string, { bus, servers }: Configuration): void {
  const count = Object.values(servers).reduce((sum, one) => sum + one.count, 0);
  if (bus.driver !== "local" || count <= 1) return;
  throw new ConfigurationError([
    `gatesmith.config.ts: bus: the local bus stays within one process: with ${id} in a process of its own it is "ipc" or "nats"`,
  ]);
}
