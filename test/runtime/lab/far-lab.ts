/**
 * The lab's application on the worst of networks: every server on a machine of its own, and between them the adversarial hub, all on
 * virtual time. Servers come and go as a test says.
 */
import { VirtualTiming } from "gatesmith/testing";
import type { Logger } from "pino";
import { expect, onTestFinished } from "vitest";
import type { ConnectOptions } from "../../../client/options.js";
import type { ChannelHome } from "../../../runtime/channel/channel-home.js";
import type { UserHome } from "../../../runtime/cluster/user-home.js";
import { ManifestTables } from "../../../runtime/manifest-tables.js";
import { checkConfiguration, type Limits } from "../../../runtime/operate/configuration.js";
import { RunningServer } from "../../../runtime/running-server.js";
import { sessionId } from "../../../runtime/session/session.js";
import { AdversarialHub, type AdversarialHubOptions } from "../../../testing/adversarial-hub.js";
import { ClientNetwork } from "../../../testing/client-network.js";
import { PausableTiming } from "../../../testing/pausable-timing.js";
import type { Timing } from "../../../wire/timing.js";
import { LabClient } from "./generated/client-typescript/index.js";
import type { ConnectorServer, WorkServer } from "./generated/server/index.js";
import { application, type EnterOptions, type Parts } from "./lab.js";
import { type LogLine, memoryLog } from "./memory-log.js";

/** Silence after which a server is dead. Milliseconds. */
export const WINDOW = 5_000;

export interface FarLabOptions extends AdversarialHubOptions {
  readonly seed?: number;
  readonly limits?: Partial<Limits>;
  /** Started first, and waited for. Two connectors and two servers of `work` unless given. */
  readonly servers?: readonly string[];
}

export class FarLab {
  readonly timing: VirtualTiming;
  readonly hub: AdversarialHub;
  readonly servers = new Map<string, RunningServer>();
  /** What all servers have logged. */
  readonly lines: readonly LogLine[];
  private readonly log: Logger;
  private readonly app: ReturnType<typeof application>;
  private readonly tables: ManifestTables;
  private readonly limits: Limits;
  private readonly closers: AbortController[] = [];

  constructor(parts: Parts, options: FarLabOptions) {
    this.timing = new VirtualTiming({ seed: options.seed ?? 1 });
    this.hub = new AdversarialHub(this.timing, { window: WINDOW, ...options });
    this.app = application(parts);
    const { log, lines } = memoryLog();
    this.log = log;
    this.lines = lines;
    this.tables = new ManifestTables(this.app.manifest);
    const frontends = ["gate", "leastGate", "turnGate", "connector"].map((type) => [type, { port: 0 }]);
    const { limits } = checkConfiguration({ servers: Object.fromEntries(frontends) }, this.app.manifest);
    this.limits = { ...limits, ...options.limits };
  }

  server(id: string): RunningServer {
    const server = this.servers.get(id);
    if (server === undefined) throw new TypeError(`no server ${id}`);
    return server;
  }

  /** All that are alive, by their type. */
  of(type: string): RunningServer[] {
    return [...this.servers.values()].filter(({ core }) => core.type.name === type);
  }

  work = (id = "work-1") => this.server(id).handle as unknown as WorkServer;
  connector = (id = "connector-1") => this.server(id).handle as unknown as ConnectorServer;

  /** Starts a server; the others meet it while time passes. */
  async start(id: string): Promise<RunningServer> {
    const [type = "", number] = id.split("-");
    const machine = new PausableTiming(this.timing);
    const { app, tables, limits } = this;
    const server = new RunningServer({
      application: app,
      tables,
      type,
      number: Number(number),
      timing: machine,
      limits,
      log: this.log,
    });
    const bus = await this.hub.join(server.address, server, machine);
    this.servers.set(id, server);
    await server.start(bus);
    server.becomeReady(server.frontend === null ? [] : [{ protocol: "main", url: `memory://${id}/` }]);
    return server;
  }

  /** A server's process ends without a word. */
  kill(id: string): void {
    this.hub.kill(id);
    this.servers.delete(id);
  }

  /** A server ends in good order. */
  async stop(id: string): Promise<void> {
    const server = this.server(id);
    this.servers.delete(id);
    await this.run(server.stop());
  }

  run<T>(promise: Promise<T>): Promise<T> {
    return this.timing.until(promise);
  }

  settle(milliseconds = 100): Promise<void> {
    return this.timing.settle(milliseconds);
  }

  async connect(server: string, options: Partial<ConnectOptions> = {}): Promise<LabClient> {
    const timing: Timing = this.timing;
    const network = new ClientNetwork({
      timing,
      find: () => this.servers.get(server)?.frontend ?? undefined,
      address: "127.0.0.1",
    });
    const closer = new AbortController();
    this.closers.push(closer);
    const locate = () => `memory://${server}/`;
    return this.run(LabClient.connect({ ...options, locate, dial: network.dial, timing, signal: closer.signal }));
  }

  /** Connects a client that enters as `uid`. Rejects with what entering is refused with. */
  async enter(uid: string, server: string, options: Omit<EnterOptions, "server"> = {}): Promise<LabClient> {
    const client = await this.connect(server);
    const { room = "", home = "", conflict = "" } = options;
    await this.run(client.connector.login.enter({ uid, room, home, conflict }));
    return client;
  }

  /** Open sessions that have a uid, as `uid id`. */
  bound(): string[] {
    return this.of("connector")
      .flatMap(({ frontend }) => [...frontend!.sessions])
      .filter(({ uid }) => uid !== null)
      .map(({ uid, id }) => `${uid} ${id}`)
      .sort();
  }

  /** What the homes of uids have in their tables, in the same words. */
  registered(): string[] {
    return this.of("connector")
      .flatMap((server) => [...(Reflect.get(server, "userHome") as UserHome).entries()])
      .map(([uid, { owner, slot, generation }]) => `${uid} ${sessionId(owner, slot, generation)}`)
      .sort();
  }

  /** Servers that homes think have members of a channel, by the channel. */
  frontendsOf(channel: string): string[] {
    const homes = this.of("work").map((server) => Reflect.get(server, "channelHome") as ChannelHome);
    return homes.flatMap((home) => home.frontendsOf(channel)).sort();
  }

  async end(): Promise<void> {
    for (const closer of this.closers) closer.abort();
    await this.run(Promise.all([...this.servers.values()].map((server) => server.stop())));
  }
}

export async function startFarLab(parts: Parts = {}, options: FarLabOptions = {}): Promise<FarLab> {
  const lab = new FarLab(parts, options);
  onTestFinished(async () => {
    lab.hub.heal();
    await lab.end();
  });
  const servers = options.servers ?? ["connector-1", "connector-2", "work-1", "work-2"];
  await lab.run(Promise.all(servers.map((id) => lab.start(id))));
  await lab.settle(2_000);
  for (const server of lab.servers.values()) expect([...server.core.view.all()]).toHaveLength(servers.length);
  return lab;
}
