/**
 * The cluster that the runtime's tests run: the schema beside this file, on virtual time, with whatever handlers a test brings. Every test
 * that starts one also shows that nothing of it is left behind.
 */
import type { Filters, GroupLifecycle, RunnableApplication } from "gatesmith/runtime";
import { startTestCluster, type TestCluster, type TestClusterOptions, VirtualTiming } from "gatesmith/testing";
import { expect, onTestFinished } from "vitest";
import type { Manifest } from "../../../runtime/manifest.js";
import { Login } from "./app/connector/login.js";
import { Own } from "./app/connector/own.js";
import { Entry } from "./app/gate/entry.js";
import { Here as KeyedHere } from "./app/keyed/here.js";
import { Here as LeastHere } from "./app/least/here.js";
import { Here as PinnedHere } from "./app/pinned/here.js";
import { Here as RoomsHere } from "./app/rooms/here.js";
import { Here as TurnHere } from "./app/turn/here.js";
import { Clock } from "./app/work/clock.js";
import { Jobs } from "./app/work/jobs.js";
import { CallError, LabClient } from "./generated/client-typescript/index.js";
import {
  type ConnectorLogin,
  type ConnectorOwn,
  type ConnectorServer,
  defineApplication,
  type Enter,
  type RoomsHere as Here,
  type RoomsServer,
  type SessionData,
  type Text,
  type TurnServer,
  type WorkClock,
  type WorkJobs,
  type WorkServer,
} from "./generated/server/index.js";

type Part<Server, Group> = (server: Server) => Partial<Group> & GroupLifecycle<SessionData>;

/** What a test wants of the application; everything else does the obvious. */
export interface Parts {
  readonly login?: Part<ConnectorServer, ConnectorLogin>;
  readonly own?: Part<ConnectorServer, ConnectorOwn>;
  readonly jobs?: Part<WorkServer, WorkJobs>;
  readonly clock?: Part<WorkServer, WorkClock>;
  readonly rooms?: Part<RoomsServer, Here>;
  readonly turn?: Part<TurnServer, Here>;
  readonly filters?: {
    readonly everywhere?: Filters<SessionData>;
    readonly connector?: Filters<SessionData>;
    readonly work?: Filters<SessionData>;
  };
}

/** The generated stub, with the methods that `part` brings in place of its own. */
function filledIn<Server, Group extends object>(
  Stub: new (server: Server) => Group,
  part: (server: Server) => object = () => ({}),
): new (
  server: Server,
) => Group {
  return class extends (Stub as new (server: unknown) => object) {
    constructor(server: Server) {
      super(server);
      Object.assign(this, part(server));
    }
  } as new (
    server: Server,
  ) => Group;
}

export function application(parts: Parts = {}): RunnableApplication {
  const { filters = {} } = parts;
  const here = (server: { readonly id: string }): Here => ({
    where: ({ text }) => answer(text, server.id),
    find: ({ text }) => answer(text, server.id),
  });
  return defineApplication(
    {
      gate: {
        groups: { entry: filledIn(Entry, (server) => ({ query: ({ text }: Text) => answer(text, server.id) })) },
      },
      leastGate: { groups: {} },
      turnGate: { groups: {} },
      connector: {
        ...filters.connector,
        groups: {
          login: filledIn(Login, (server) => ({ ...login, ...parts.login?.(server) })),
          own: filledIn(Own, (server) => ({
            ask: ({ text }: Text) => answer(text, server.id),
            ...parts.own?.(server),
          })),
        },
      },
      work: {
        ...filters.work,
        groups: {
          jobs: filledIn(Jobs, (server) => ({
            ask: ({ text }: Text) => answer(text, server.id),
            ...parts.jobs?.(server),
          })),
          clock: filledIn(Clock, (server) => ({ beat() {}, each() {}, night() {}, ...parts.clock?.(server) })),
        },
      },
      rooms: { groups: { here: filledIn(RoomsHere, (server) => ({ ...here(server), ...parts.rooms?.(server) })) } },
      pinned: { groups: { here: filledIn(PinnedHere, here) } },
      keyed: { groups: { here: filledIn(KeyedHere, here) } },
      turn: { groups: { here: filledIn(TurnHere, (server) => ({ ...here(server), ...parts.turn?.(server) })) } },
      least: { groups: { here: filledIn(LeastHere, here) } },
    },
    filters.everywhere,
  );
}

const login: ConnectorLogin = {
  async enter({ uid, room, home, conflict }, { session }) {
    await session.update({ room, home });
    if (uid !== "") await session.bind(uid, conflict === "" ? undefined : { conflict: conflict as "allow" });
    return {};
  },
  async leave(_request, { session }) {
    await session.unbind();
    return {};
  },
};

export function text(text: string, fields: Partial<Text> = {}): Text {
  return { text, key: "", number: 0, payload: new Uint8Array(0), ...fields };
}

/** The text, and in `key` who answered. */
function answer(said: string, by: string): Text {
  return text(said, { key: by });
}

export interface Lab extends TestCluster {
  readonly timing: VirtualTiming;
}

export interface LabOptions extends TestClusterOptions {
  /** What is not as the schema beside this file says. */
  readonly manifest?: Partial<Manifest>;
}

/** Starts the cluster: two connectors, and one server of every other type, unless `options` says otherwise. */
export async function startLab(parts: Parts = {}, { manifest, ...options }: LabOptions = {}): Promise<Lab> {
  const timing = new VirtualTiming();
  const generated = application(parts);
  const changed = { ...generated, manifest: { ...generated.manifest, ...manifest } };
  const servers = { connector: { count: 2 }, ...options.servers };
  const lab = await startTestCluster(changed, { timing, ...options, servers });
  onTestFinished(async () => {
    await lab.stop();
    await lab.settle();
    expect({ timers: timing.pendingTimers, tasks: timing.pendingTasks }).toEqual({ timers: 0, tasks: 0 });
  });
  return lab as Lab;
}

export interface EnterOptions extends Partial<Omit<Enter, "uid">> {
  readonly server?: string;
}

/** Connects a client, and has it enter as `uid`; with an empty uid the session stays unbound. */
export async function enter(lab: TestCluster, uid: string, options: EnterOptions = {}): Promise<LabClient> {
  const { server, room = "", home = "", conflict = "" } = options;
  const client = await lab.connect(LabClient, { uid, server });
  await lab.run(client.connector.login.enter({ uid, room, home, conflict }));
  return client;
}

/** What a call ends with, answer or error: a promise that a test may leave alone until it has become interesting. */
export function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => error);
}

/** What a call is rejected with; fails when it is answered. */
export async function refusal(lab: TestCluster, call: Promise<unknown>): Promise<CallError> {
  const outcome = await lab.run(
    call.then(
      (response) => ({ response }),
      (error: unknown) => error,
    ),
  );
  expect(outcome).toBeInstanceOf(CallError);
  return outcome as CallError;
}

export interface Gateway<T> {
  readonly promise: Promise<T>;
  readonly open: (value: T) => void;
  readonly fail: (error: unknown) => void;
}

/** A promise and what settles it, for handlers that wait until the test says so. */
export function gateway<T = void>(): Gateway<T> {
  let open!: (value: T) => void;
  let fail!: (error: unknown) => void;
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}

/** What the group classes of a connector are given. */
export const connectorOf = (lab: TestCluster, id = "connector-1") =>
  lab.server(id).handle as unknown as ConnectorServer;

/** What the group classes of a `work` server are given. */
export const workOf = (lab: TestCluster, id = "work-1") => lab.server(id).handle as unknown as WorkServer;

/** A server is gone from one moment to the next, as if killed: it says nothing to anybody, and what it had queued is lost. */
export function crash(lab: TestCluster, id: string): void {
  const bus = Reflect.get(lab.server(id), "bus") as object;
  const hub = Reflect.get(bus, "hub") as { leave(bus: object): void };
  Reflect.set(bus, "closed", true);
  hub.leave(bus);
}
