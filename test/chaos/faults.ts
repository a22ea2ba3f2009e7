/** What is done to a cluster under load. Each fault leaves the servers as it found them: all there, one process each. */
import { WebSocket } from "ws";
import type { BlackHoleProxy } from "../support/black-hole-proxy.js";
import type { NatsServer } from "../support/nats-server.js";
import { BEATS, type Cluster } from "./cluster.js";
import { ChaosClient } from "./generated/client-typescript/index.js";

export interface Stage {
  readonly cluster: Cluster;
  /** Null: the cluster's bus is another. */
  readonly nats: { readonly server: NatsServer; readonly proxies: ReadonlyMap<string, BlackHoleProxy> } | null;
  /** What was before was preparation: the fault happens now. */
  strike(): void;
  /** Something the suite wants to be true afterwards was not. */
  wrong(what: string): void;
}

export interface Fault {
  readonly name: string;
  /** Only a bus that is carried by somebody else can suffer it. */
  readonly nats?: true;
  /** No client has a reason to lose its connection. */
  readonly clientsStay?: true;
  act(stage: Stage): Promise<void>;
}

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Milliseconds after which everybody has given up who was silent since. */
const OVER = BEATS.window + 3 * BEATS.beat;

/** Bytes that a server may have more while NATS is away: less than 1 MB was seen, and 4 MB may wait on each link that takes frames. */
const MORE_MEMORY = 4 * 1024 * 1024;
/** What may wait then in each of a server's lists: a few words for every server. What waited for each request would be hundreds. */
const MOST_WAITING = 100;

/** The server is killed, and another process takes its place `after` milliseconds later. */
const killed = (id: string, after: number) => async (stage: Stage) => {
  const { cluster } = stage;
  const heir = await cluster.prepare(id).atHand();
  stage.strike();
  await cluster.server(id).kill();
  await pause(after);
  await cluster.add(id, heir);
};

/** Somebody new comes by the gate, however often it must try, says something in a room of its own, and goes. */
async function comes(gate: string, uid: string): Promise<void> {
  const webSocket = WebSocket as unknown as typeof globalThis.WebSocket;
  const backoff = { first: 100, longest: 1_000 };
  const client = await ChaosClient.connect({ gate, uid, webSocket, backoff, connectTimeout: 60_000 });
  try {
    await client.connector.entry.enter({ uid, room: "apart" });
    const nonce = `${uid}.${crypto.randomUUID()}`;
    await client.room.hall.say({ nonce, wait: 0, also: "", payload: new Uint8Array() });
  } finally {
    client.close();
  }
}

/** Those who are there need no gate. Who comes meanwhile has to wait for it, and gets in without doing anything. */
async function gateKilled({ cluster, strike, wrong }: Stage): Promise<void> {
  const heir = await cluster.prepare("gate-1").atHand();
  strike();
  await cluster.server("gate-1").kill();
  let inside = false;
  const waits = comes(cluster.gate, "newcomer").then(() => {
    inside = true;
  });
  await pause(1_000);
  if (inside) wrong("somebody got in while there was no gate");
  await Promise.all([cluster.add("gate-1", heir), waits]);
  await comes(cluster.gate, "latecomer");
}

const stoodStill =
  (id: string, milliseconds: number) =>
  async ({ cluster }: Stage) => {
    const server = cluster.server(id);
    server.pause();
    await pause(milliseconds);
    server.resume();
  };

const cutOff =
  (directions: { to?: boolean; from?: boolean }, whom: (cluster: Cluster) => Promise<string>) =>
  async ({ cluster, nats, strike }: Stage) => {
    const id = await whom(cluster);
    const server = cluster.server(id);
    const proxy = nats!.proxies.get(id)!;
    const before = server.incarnations.length;
    strike();
    proxy.swallow(directions);
    await pause(OVER);
    proxy.heal();
    // Unless the others have heard it all the time: then it stays what it was.
    if (directions.to) await server.ready(before + 1);
  };

const aBackend = async () => "room-2";

/** Clients stay where they are when the other comes back: one of the two may have none. */
async function busiestConnector(cluster: Cluster): Promise<string> {
  const connectors = [...(await cluster.states())].filter(([id]) => id.startsWith("connector"));
  const [[id]] = connectors.sort(([, one], [, other]) => other.sessions - one.sessions) as [[string, unknown]];
  return id;
}

/** More than all buffers on the way take: 60 kB each. */
const LINES = 400;
/**
 * As many as the talker's own session may have waiting. One by one they took longer, on a busy machine, than the client waits for a sign
 * of life, and it left by itself.
 */
const AT_ONCE = 4;

/** Who talks listens, too: it is not to be too slow itself. */
async function saidAndHeard(talker: ChaosClient): Promise<void> {
  const nonce = `apart.${crypto.randomUUID()}`;
  const heard = new Promise<void>((resolve) => {
    const end = talker.room.onLine((said) => {
      if (said.nonce !== nonce) return;
      end();
      resolve();
    });
  });
  await Promise.all([heard, talker.room.hall.say({ nonce, wait: 0, also: "", payload: new Uint8Array(60_000) })]);
}

/** Somebody in a room of its own reads nothing of all that is said to it; nobody else is concerned. */
async function readsNothing({ cluster, wrong }: Stage): Promise<void> {
  const slow = async () => [...(await cluster.states()).values()].reduce((sum, { tooSlow }) => sum + tooSlow, 0);
  const before = await slow();
  const sockets: WebSocket[] = [];
  const webSocket = class extends WebSocket {
    constructor(url: string) {
      super(url);
      sockets.push(this);
    }
  } as unknown as typeof globalThis.WebSocket;
  const deaf = await ChaosClient.connect({ gate: cluster.gate, uid: "deaf", webSocket, connectTimeout: 60_000 });
  const talker = await ChaosClient.connect({ gate: cluster.gate, uid: "talker", webSocket, connectTimeout: 60_000 });
  try {
    await deaf.connector.entry.enter({ uid: "deaf", room: "apart" });
    await talker.connector.entry.enter({ uid: "talker", room: "apart" });
    const lost = new Promise<number | null>((resolve) => {
      deaf.onState((state) => {
        if (state.kind === "waiting") resolve(state.code);
      });
    });
    sockets[0]!.pause();
    for (let line = 0; line < LINES; line += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => saidAndHeard(talker)));
    }
    sockets[0]!.resume();
    const code = await lost;
    if ((await slow()) !== before + 1) wrong(`who does not read was not closed as a slow consumer, but lost: ${code}`);
  } catch (error) {
    wrong(`what others say to who does not read failed: ${error}`);
  } finally {
    deaf.close();
    talker.close();
  }
}

export const FAULTS: readonly Fault[] = [
  { name: "kill -9 a backend", act: killed("room-1", OVER), clientsStay: true },
  { name: "kill -9 a backend, restarted at once", act: killed("room-1", 0), clientsStay: true },
  { name: "kill -9 a connector", act: killed("connector-1", OVER) },
  { name: "kill -9 the gate", act: gateKilled, clientsStay: true },
  {
    name: "SIGSTOP a backend for less than the window",
    act: stoodStill("room-1", BEATS.window / 2),
    clientsStay: true,
  },
  {
    name: "SIGSTOP a backend for more than the window",
    clientsStay: true,
    async act(stage) {
      const before = stage.cluster.server("room-1").incarnations.length;
      await stoodStill("room-1", OVER)(stage);
      await stage.cluster.server("room-1").ready(before + 1);
    },
  },
  { name: "SIGSTOP a connector for more than the window", act: stoodStill("connector-2", OVER) },
  {
    name: "stalls of 1 s, five times, of every kind of server",
    async act(stage) {
      for (const id of ["room-1", "connector-1", "room-2", "gate-1", "room-1"]) {
        await stoodStill(id, 1_000)(stage);
        await pause(300);
      }
    },
  },
  {
    name: "a backend joins, and is drained again",
    clientsStay: true,
    async act({ cluster, strike }) {
      const guest = await cluster.prepare("room-3").atHand();
      strike();
      await cluster.add("room-3", guest);
      await pause(1_500);
      await guest.drain();
    },
  },
  { name: "a client does not read", act: readsNothing },
  {
    name: "the same id twice",
    clientsStay: true,
    async act({ cluster, wrong }) {
      const holder = cluster.server("room-1");
      const before = holder.incarnations.length;
      const double = await cluster.prepare("room-1").dismiss().start();
      if (!double.ended?.startsWith("room-1 runs already")) wrong(`a second room-1 was not refused: ${double.ended}`);
      if (holder.ended !== null || holder.incarnations.length !== before)
        wrong("the second room-1 disturbed the first");
    },
  },
  {
    name: "kill -9 nats-server, started again after 2 s",
    nats: true,
    clientsStay: true,
    async act({ cluster, nats, wrong }) {
      const before = await cluster.states();
      await nats!.server.kill();
      await pause(2_000);
      for (const [id, state] of await cluster.states()) {
        const more = state.memory - before.get(id)!.memory;
        if (more > MORE_MEMORY) wrong(`${id} has ${more} bytes more while NATS is away`);
        if (state.queued > 0) wrong(`${id} has ${state.queued} bytes on links that are down`);
        for (const what of ["calls", "running", "homeless", "unsaid"] as const) {
          if (state[what] > MOST_WAITING) wrong(`${id} has ${state[what]} ${what} while NATS is away`);
        }
      }
      await nats!.server.start();
    },
  },
  {
    name: "a backend is not heard over NATS",
    nats: true,
    clientsStay: true,
    act: cutOff({ to: true }, aBackend),
  },
  {
    name: "a backend hears nothing over NATS",
    nats: true,
    clientsStay: true,
    act: cutOff({ from: true }, aBackend),
  },
  {
    name: "a backend is cut off from NATS",
    nats: true,
    clientsStay: true,
    act: cutOff({ to: true, from: true }, aBackend),
  },
  {
    name: "a connector is cut off from NATS",
    nats: true,
    act: cutOff({ to: true, from: true }, busiestConnector),
  },
];
