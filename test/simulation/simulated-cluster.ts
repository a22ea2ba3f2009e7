/** All servers and clients of one schedule, on one virtual time and one hostile network, and the faults that can be done to them. */

import type { RunnableApplication } from "gatesmith/runtime";
import type { GateServer } from "../../runtime/backend/application.js";
import { ManifestTables } from "../../runtime/manifest-tables.js";
import { checkConfiguration, type Limits } from "../../runtime/operate/configuration.js";
import type { RunningServer } from "../../runtime/running-server.js";
import type { FrontendSession } from "../../runtime/session/frontend-session.js";
import type { Session } from "../../runtime/session/session.js";
import { AdversarialHub } from "../../testing/adversarial-hub.js";
import { MemoryConnection } from "../../testing/memory-connection.js";
import { VirtualTiming } from "../../testing/virtual-timing.js";
import type { SessionData } from "../runtime/lab/generated/server/index.js";
import { type Surroundings, simulatedApplication } from "./application.js";
import { Ledger, type SeenSession } from "./ledger.js";
import { SimulatedClient } from "./simulated-client.js";
import { SimulatedServer } from "./simulated-server.js";

type LabSession = Session<SessionData>;

/** Milliseconds. */
export const BEAT = 1_000;
export const WINDOW = 4_000;

/** Milliseconds a message between servers takes, unless a fault says otherwise. */
const DELAY = [0, 5] as const;

/** A client waits two seconds, and every server on the way may stand still for the window; a second of waiting for one's turn, and change. */
const LATEST_EXECUTION = 2_000 + 2 * (WINDOW + BEAT) + 1_000 + 1_000;

/** What a backend's incarnation has seen of one session. */
interface Use {
  readonly session: LabSession;
  closed: number;
}

export interface ClusterShape {
  readonly seed: number;
  readonly connectors: number;
  readonly works: number;
  readonly rooms: number;
  readonly clients: number;
}

export class SimulatedCluster implements Surroundings {
  readonly timing: VirtualTiming;
  readonly hub: AdversarialHub;
  readonly ledger: Ledger;
  readonly servers: SimulatedServer[] = [];
  readonly clients: SimulatedClient[] = [];
  /** By incarnation's name, what it was given of each session. */
  readonly uses = new Map<string, Map<string, Use>>();
  /** Sessions that some bind made share their uid. */
  readonly sharing = new Set<string>();
  /** `<session> <uid>`, where the session has given the uid up by itself. */
  private readonly givenUp = new Set<string>();
  /** Server types whose set of ready servers changed since all was calm. */
  readonly movedTypes = new Set<string>();
  /** Frames between servers were lost since all was calm, or one was taken for dead that is not. */
  torn = false;
  private readonly application: RunnableApplication;
  private readonly tables: ManifestTables;
  private readonly limits: Limits;
  /** By the id and number that an application's `server` shows. */
  private readonly names = new Map<object, string>();
  private readonly joins = new Map<string, { readonly by: string; readonly at: number }>();
  private slowest: number = DELAY[1];

  constructor({ seed, connectors, works, rooms, clients }: ClusterShape) {
    this.timing = new VirtualTiming({ seed });
    this.hub = new AdversarialHub(this.timing, { beat: BEAT, window: WINDOW, delay: DELAY });
    this.ledger = new Ledger({
      now: () => this.timing.now(),
      latest: LATEST_EXECUTION,
      lives: (name) => [...this.running()].some(({ handle }) => this.names.get(handle) === name),
      // Connectors tell each other when they have turned to new homes; others do not tell.
      ordersUsers: (name) => name.startsWith("connector") || !(this.torn || this.movedTypes.has("connector")),
    });
    this.application = simulatedApplication(this);
    const { manifest } = this.application;
    this.tables = new ManifestTables(manifest);
    const frontends = manifest.servers.filter(({ kind }) => kind !== "backend");
    const servers = Object.fromEntries(frontends.map(({ name }) => [name, { port: 0 }]));
    this.limits = checkConfiguration({ servers, limits: { sessions: 100 } }, manifest).limits;
    for (const [type, count] of Object.entries({ gate: 1, connector: connectors, work: works, rooms }))
      for (let number = 1; number <= count; number++) this.add(type);
    for (let number = 1; number <= clients; number++) this.clients.push(this.newClient(`client-${number}`));
  }

  // ---- What a schedule does

  /** Another server of a type; it is not started. */
  add(type: string): SimulatedServer {
    const server = new SimulatedServer({
      type,
      number: this.ofType(type).length + 1,
      hub: this.hub,
      timing: this.timing,
      application: this.application,
      tables: this.tables,
      limits: this.limits,
      note: (text) => this.ledger.note(text),
      born: (running, name) => {
        this.names.set(running.handle, name);
        this.uses.set(name, new Map());
      },
      moved: (moved) => this.movedTypes.add(moved),
      failed: (error) =>
        this.ledger.violate("no exception", `${type}: ${error instanceof Error ? error.stack : String(error)}`),
    });
    this.servers.push(server);
    return server;
  }

  ofType(type: string): SimulatedServer[] {
    return this.servers.filter((server) => server.type === type);
  }

  /** From now on a message takes so long, from and to. */
  delay(least: number, most: number): void {
    this.hub.delay = [least, most];
    this.slowest = Math.max(this.slowest, most);
  }

  /** Everything gets through again, in the usual time. */
  heal(): void {
    this.hub.heal();
    this.hub.delay = DELAY;
  }

  /** All that was unusual since is over, and forgotten. */
  calm(): void {
    this.movedTypes.clear();
    this.torn = false;
    this.slowest = DELAY[1];
  }

  newClient(name: string): SimulatedClient {
    return new SimulatedClient({
      name,
      ledger: this.ledger,
      timing: this.timing,
      locate: (uid) => this.locate(uid),
      dial: (url, events, opened) => {
        const server = this.servers.find((one) => one.url === url);
        const frontend = server?.running?.frontend ?? null;
        if (frontend === null) {
          this.timing.defer(() => events.closed(1006, `nobody listens at ${url}`));
          return { buffered: 0, send() {}, close() {} };
        }
        const connection = new MemoryConnection(this.timing, frontend, events, "127.0.0.1", server!.machine!);
        server!.connections.add(connection);
        opened(connection);
        return connection.client;
      },
      margin: () => 2 * this.slowest + 50,
    });
  }

  // ---- Looking at it

  /** Servers that run and have their place. */
  *running(): IterableIterator<RunningServer> {
    for (const { running } of this.servers) if (running !== null) yield running;
  }

  /** The sessions of all connectors that run. */
  *sessions(): IterableIterator<FrontendSession> {
    for (const { frontend } of this.running()) if (frontend !== null) yield* frontend.sessions;
  }

  /** After every step. */
  check(): void {
    const { ledger } = this;
    if (this.torn) return;
    const owners = new Map<string, FrontendSession>();
    for (const session of this.sessions()) {
      if (session.uid === null) continue;
      const other = owners.get(session.uid);
      owners.set(session.uid, session);
      const alone = other === undefined || this.sharing.has(session.id) || this.sharing.has(other.id);
      ledger.hold("one owner of a uid", alone, () => `uid ${session.uid} is bound to ${other?.id} and ${session.id}`);
    }
  }

  // ---- What the application says

  lifeOf(server: object): string {
    return this.names.get(server)!;
  }

  used(server: object, session: LabSession): void {
    const life = this.lifeOf(server);
    const uses = this.uses.get(life)!;
    const use = uses.get(session.id);
    const open = use === undefined || use.closed === 0;
    this.ledger.hold(
      "session closed exactly once",
      open,
      () => `${life} works for ${session.id}, of whose end it was told`,
    );
    if (use === undefined) uses.set(session.id, { session, closed: 0 });
  }

  closed(server: object, session: LabSession): void {
    const life = this.lifeOf(server);
    this.ledger.note(`${life} hears that ${session.id} is over`);
    const uses = this.uses.get(life)!;
    const use = uses.get(session.id) ?? { session, closed: 0 };
    uses.set(session.id, use);
    use.closed++;
    this.ledger.hold(
      "session closed exactly once",
      use.closed === 1,
      () => `${life} heard again that ${session.id} is over`,
    );
  }

  joined(server: object, session: LabSession, channel: string): void {
    this.joins.set(`${session.id} ${channel}`, { by: this.lifeOf(server), at: this.timing.now() });
  }

  left(session: LabSession, channel: string): void {
    this.joins.delete(`${session.id} ${channel}`);
  }

  certainMembers(channel: string, server: object): SeenSession[] {
    const life = this.lifeOf(server);
    const margin = 2 * this.slowest + 50;
    return [...this.ledger.sessions.values()].filter((seen) => {
      const since = seen.channels.get(channel);
      if (!seen.open || since === undefined) return false;
      return this.joins.get(`${seen.id} ${channel}`)?.by === life || this.timing.now() - since > margin;
    });
  }

  holders(uid: string): ReadonlySet<string> {
    return new Set([...this.sessions()].filter((session) => session.uid === uid).map(({ id }) => id));
  }

  bound(session: LabSession, uid: string, before: ReadonlySet<string>): void {
    this.ledger.note(`${session.id} is bound to ${uid}`);
    this.givenUp.delete(`${session.id} ${uid}`);
    this.check();
    if (this.torn || session.closed || this.sharing.has(session.id)) return;
    // Whoever had the uid is over also at the servers that knew it, as far as these are there. That a connector has died is heard by each on its own.
    const owners = new Set([...this.running()].map(({ core }) => core.incarnation.toString(36)));
    const alive = new Set([...this.sessions()].map(({ id }) => id));
    for (const running of this.running()) {
      const life = this.lifeOf(running.handle);
      for (const { session: other } of this.uses.get(life)!.values()) {
        if (alive.has(other.id) || !before.has(other.id) || other.id === session.id) continue;
        // It made room for the other before it ended.
        if (this.givenUp.has(`${other.id} ${uid}`)) continue;
        if (!owners.has(other.id.split("-")[0]!)) continue;
        this.ledger.hold(
          "one owner of a uid",
          other.closed,
          () => `${life} still knows ${other.id} as ${uid}, who is ${session.id} now`,
        );
      }
    }
  }

  givesUp(session: LabSession): void {
    if (session.uid !== null) this.givenUp.add(`${session.id} ${session.uid}`);
  }

  shares(session: LabSession): void {
    this.sharing.add(session.id);
  }

  private locate(uid: string): string {
    const gate = this.ofType("gate").find(({ running, machine }) => running !== null && machine?.paused === false);
    if (gate === undefined) throw new Error("no gate answers");
    return (gate.running!.handle as GateServer<unknown, unknown, unknown>).choose(uid).url;
  }
}
