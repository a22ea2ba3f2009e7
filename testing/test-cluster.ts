/** A whole cluster in memory: every server of an application in this process, clients without sockets, time as the test wants it. */
import type { Logger } from "pino";
import type { ClientOptions } from "../client/options.js";
import type { GateServer, RunnableApplication } from "../runtime/backend/application.js";
import type { ConfigurationInput } from "../runtime/operate/configuration.js";
import { createLog } from "../runtime/operate/log.js";
import { processTiming } from "../runtime/operate/process-timing.js";
import type { RunningServer } from "../runtime/running-server.js";
import { type Cluster, startCluster } from "../runtime/start-cluster.js";
import type { Timing } from "../wire/timing.js";
import { ClientNetwork } from "./client-network.js";
import { VirtualTiming } from "./virtual-timing.js";

export interface TestClusterOptions {
  /** Servers by type; a type that is not named runs once. */
  readonly servers?: Readonly<Record<string, { readonly count: number }>>;
  readonly limits?: ConfigurationInput["limits"];
  /** The process's own unless a `VirtualTiming` is given, with which time passes only when the test says so. */
  readonly timing?: Timing;
  /** Silent unless given. */
  readonly log?: Logger;
}

/** A generated client's class. */
export interface ClientClass<Client> {
  connect(options: ClientOptions<Client>): Promise<Client>;
}

/** What a generated client takes, without what the cluster says itself. */
export interface TestConnectOptions<Client = unknown>
  extends Omit<ClientOptions<Client>, "gate" | "url" | "locate" | "webSocket" | "dial" | "timing"> {
  /** Id of the frontend to connect to. Without it the first gate chooses; without a gate it is the first connector. */
  readonly server?: string;
  /** The client's address as its server sees it. `127.0.0.1` unless given. */
  readonly address?: string;
}

/**
 * Starts all servers of an application without a socket. Throws what `startCluster` throws.
 *
 * ```ts
 * const cluster = await startTestCluster(application, { servers: { chat: { count: 2 } } });
 * const ann = await cluster.connect(ChatClient, { uid: "ann" });
 * ```
 */
export async function startTestCluster(
  application: RunnableApplication,
  options: TestClusterOptions = {},
): Promise<TestCluster> {
  const timing = options.timing ?? processTiming;
  const log = options.log ?? createLog("silent");
  const started = startCluster(application, configuration(application, options), { timing, log, listen: false });
  return new TestCluster(await through(timing, started), timing);
}

/** A running cluster, and the way into it. */
export class TestCluster {
  readonly timing: Timing;
  private readonly cluster: Cluster;
  private readonly networks = new Map<unknown, ClientNetwork>();
  /** One closes one client, connected or still trying. */
  private readonly closers: AbortController[] = [];

  /** Made by `startTestCluster`. */
  constructor(cluster: Cluster, timing: Timing) {
    this.cluster = cluster;
    this.timing = timing;
  }

  get servers(): readonly RunningServer[] {
    return this.cluster.servers;
  }

  /** One server by its id, `chat-1`: to read its counters, or to stop it. */
  server(id: string): RunningServer {
    const found = this.cluster.servers.find(({ core }) => core.id === id);
    if (found !== undefined) return found;
    throw new TypeError(`no server ${id}; there are ${this.cluster.servers.map(({ core }) => core.id).join(", ")}`);
  }

  /** Connects a generated client. Rejects like the client's own `connect`. */
  async connect<Client>(Class: ClientClass<Client>, options: TestConnectOptions<Client> = {}): Promise<Client> {
    const { server, address = "127.0.0.1", signal, ...rest } = options;
    const { timing } = this;
    const network = this.network(address);
    const locate = () => this.locate(server, options.uid ?? "");
    const closer = new AbortController();
    this.closers.push(closer);
    if (signal?.aborted) closer.abort();
    signal?.addEventListener("abort", () => closer.abort(), { once: true });
    const connected = Class.connect({ ...rest, signal: closer.signal, locate, dial: network.dial, timing });
    const client = await this.run(connected);
    this.networks.set(client, network);
    return client;
  }

  /** The network between a connected client and the cluster. */
  networkOf(client: unknown): ClientNetwork {
    const network = this.networks.get(client);
    if (network === undefined) throw new TypeError("this client was not connected by this cluster's connect");
    return network;
  }

  /** A network of its own, for what is no generated client: its `dial` reaches every frontend at `url(id)`. */
  network(address = "127.0.0.1"): ClientNetwork {
    const find = (url: string) => {
      const endpoint = this.cluster.endpoints.find((one) => one.url === url);
      return endpoint === undefined ? undefined : this.server(endpoint.server).frontend!;
    };
    return new ClientNetwork({ timing: this.timing, find, address });
  }

  /** Where a frontend is dialled. */
  url(id: string): string {
    const endpoint = this.cluster.endpoints.find(({ server }) => server === id);
    if (endpoint !== undefined) return endpoint.url;
    throw new TypeError(`no client can connect to ${id}; frontends are ${this.frontends().join(", ")}`);
  }

  /** With a `VirtualTiming`: lets time pass until the promise is settled. Returns it. */
  run<T>(promise: Promise<T>): Promise<T> {
    return through(this.timing, promise);
  }

  /** With a `VirtualTiming`: lets `milliseconds` pass, and all that follows from it happen. */
  async settle(milliseconds = 0): Promise<void> {
    if (!(this.timing instanceof VirtualTiming)) throw new TypeError("settle needs a cluster on a VirtualTiming");
    await this.timing.settle(milliseconds);
  }

  /** Drains one server, as before a new version takes its place: its clients move, what was begun is finished, and it stops. */
  drain(id: string): Promise<void> {
    return this.run(this.cluster.drain(id));
  }

  /** Closes the clients, and stops the servers. */
  async stop(): Promise<void> {
    for (const closer of this.closers.splice(0)) closer.abort();
    await this.run(this.cluster.stop());
  }

  private locate(server: string | undefined, uid: string): string {
    if (server !== undefined) return this.url(server);
    const gate = this.cluster.servers.find(({ core }) => core.type.kind === "gate");
    if (gate !== undefined) return (gate.handle as GateServer<unknown, unknown, unknown>).choose(uid).url;
    const [first] = this.frontends();
    if (first === undefined) throw new TypeError("the cluster has no server that a client can connect to");
    return this.url(first);
  }

  private frontends(): string[] {
    return this.cluster.endpoints.map(({ server }) => server);
  }
}

/** Every frontend gets an address of its own that no socket could have. */
function configuration(application: RunnableApplication, options: TestClusterOptions): ConfigurationInput {
  const servers: Record<string, { count: number; port?: number; advertise?: string }> = { ...options.servers };
  for (const { name, kind } of application.manifest.servers) {
    const { count } = servers[name] ?? { count: 1 };
    servers[name] = kind === "backend" ? { count } : { count, port: 0, advertise: `memory://${name}-{port}/` };
  }
  return { servers, limits: options.limits };
}

function through<T>(timing: Timing, promise: Promise<T>): Promise<T> {
  return timing instanceof VirtualTiming ? timing.until(promise) : promise;
}
