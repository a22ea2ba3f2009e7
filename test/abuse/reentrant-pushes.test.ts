/** Pushes that go on while sessions end because of them: each reaches whom it is for, with its own bytes, and nothing piles up. */
import { startTestCluster, VirtualTiming } from "gatesmith/testing";
import { expect, it } from "vitest";
import { Room } from "../../app/chat/room.js";
import { Entry as ConnectorEntry } from "../../app/connector/entry.js";
import { Entry as GateEntry } from "../../app/gate/entry.js";
import {
  ChatLine,
  type ChatPushes,
  type ConnectorContext,
  type ConnectorSession,
  defineApplication,
  type EnterRequest,
  type EnterResponse,
  Typing,
} from "../../generated/server/index.js";
import { CloseCode } from "../../wire/close-code.js";
import { decoded, enterFrame, Id, type ResponseFrame } from "./frames.js";
import { leftovers } from "./leftovers.js";
import { MemoryClient } from "./memory-client.js";
import { frontendOf } from "./reference-cluster.js";

const line = (text: string): ChatLine => ({ room: "", from: "", target: "", text, sentAt: 1 });

/** A connector that sends the pushes itself, and tells the first session in private of every session's end. */
class Telling extends ConnectorEntry {
  readonly sessions = new Map<string, ConnectorSession>();

  get push(): ChatPushes {
    return this.server.push as unknown as ChatPushes;
  }

  override async enter(request: EnterRequest, { session }: ConnectorContext): Promise<EnterResponse> {
    this.sessions.set(request.name, session);
    this.server.channel("all").join(session);
    return { members: [] };
  }

  onSessionClosed(session: ConnectorSession): void {
    const ann = this.sessions.get("ann")!;
    if (session !== ann) this.push.onChat.toSession(ann, line("for ann alone"));
    for (const other of this.sessions.values())
      if (other !== ann) this.push.onTyping.toSession(other, { name: "gone" });
  }
}

async function start(sessionBytes: number) {
  const timing = new VirtualTiming();
  let entry: Telling | null = null;
  const application = defineApplication({
    gate: { groups: { entry: GateEntry } },
    connector: {
      groups: {
        entry: class extends Telling {
          constructor(server: ConstructorParameters<typeof Telling>[0]) {
            super(server);
            entry = this;
          }
        },
      },
    },
    chat: { groups: { room: Room } },
  });
  const { manifest } = application;
  const pushes = manifest.pushes.map((push) => ({ ...push, serverType: "connector" }));
  const run = { ...application, manifest: { ...manifest, pushes } };
  const servers = { connector: { count: 1 }, chat: { count: 1 } };
  const cluster = await timing.until(startTestCluster(run, { servers, timing, limits: { sessionBytes } }));
  const enter = async (name: string) => {
    const client = new MemoryClient(frontendOf(cluster, "connector-1"));
    client.hello();
    client.send(enterFrame(2, "all", name));
    await timing.settle(10);
    expect(client.take()).toMatchObject([{ errorCode: 0 }, { errorCode: 0 }]);
    return client;
  };
  return { timing, cluster, enter, entry: entry! as Telling };
}

const texts = (frames: ResponseFrame[]) =>
  frames.filter(({ messageId }) => messageId === Id.ON_CHAT).map(({ body }) => decoded(ChatLine, body).text);

it("a publish that ends slow members reaches all others, and is not mixed up with what their end sets off", async () => {
  const { timing, cluster, enter, entry } = await start(20_000);
  const names = ["ann", "slow-1", "bob", "slow-2", "slow-3", "carl", "slow-4", "dora"];
  const clients = new Map<string, MemoryClient>();
  for (const name of names) clients.set(name, await enter(name));
  for (const [name, client] of clients) if (name.startsWith("slow")) client.pause();
  const said: string[] = [];
  for (let round = 0; round < 12; round++) {
    for (let index = 0; index < 3; index++) {
      const text = `${round}.${index} ${"x".repeat(1_000)}`;
      said.push(text);
      entry.push.onChat.toChannel("all", line(text));
    }
    await timing.settle(5);
  }
  for (const [name, client] of clients) {
    if (name.startsWith("slow")) {
      expect(client.closeCode).toBe(CloseCode.SLOW_CONSUMER);
      continue;
    }
    const got = client.take();
    expect(texts(got).filter((text) => text !== "for ann alone")).toEqual(said);
    expect(texts(got).filter((text) => text === "for ann alone")).toHaveLength(name === "ann" ? 4 : 0);
    const numbers = got.filter(({ messageId }) => messageId === Id.ON_CHAT).map(({ sequence }) => sequence);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    for (const { messageId, body } of got)
      if (messageId === Id.ON_TYPING) expect(decoded(Typing, body).name).toBe("gone");
  }
  for (const client of clients.values()) client.cut();
  await timing.settle(100);
  expect(leftovers(cluster)).toEqual({});
  await cluster.stop();
});

it("pushes that nobody can take now stand nowhere", async () => {
  const { timing, cluster, enter, entry } = await start(20_000);
  const slow = await enter("slow");
  slow.pause();
  const session = entry.sessions.get("slow")!;
  // The first goes into the socket, which says that it is full; from then on only the newest of each name is kept.
  for (let index = 0; index < 20_000; index++) {
    entry.push.onTyping.toSession(session, { name: `${index} ${"x".repeat(500)}` }, { key: String(index % 7) });
    if (index % 100 === 99) timing.advance();
  }
  const { outbox } = frontendOf(cluster, "connector-1") as unknown as {
    readonly outbox: { readonly slab: { readonly length: number; readonly bytes: Uint8Array } };
  };
  expect(outbox.slab.length).toBe(0);
  expect(outbox.slab.bytes.length).toBeLessThanOrEqual(1_048_576);
  slow.resume();
  await timing.settle(10);
  const newest = slow
    .take()
    .slice(-7)
    .map(({ body }) => decoded(Typing, body).name.split(" ")[0]);
  expect(newest.sort()).toEqual(["19993", "19994", "19995", "19996", "19997", "19998", "19999"]);
  slow.cut();
  await timing.settle(100);
  expect(leftovers(cluster)).toEqual({});
  await cluster.stop();
});

it("names from outside that are longer than names may be reach nobody, and break nothing", async () => {
  const { timing, cluster, enter, entry } = await start(1_000_000);
  const ann = await enter("ann");
  for (const length of [257, 65_535, 65_536, 100_000]) {
    entry.push.onChat.toChannel("c".repeat(length), line("lost"));
    entry.push.onChat.toUser("u".repeat(length), line("lost"));
    expect(() => entry.push.onTyping.toChannel("all", { name: "" }, { key: "k".repeat(length) })).toThrow(/256/);
  }
  entry.push.onChat.toChannel("all", line("found"));
  await timing.settle(10);
  expect(texts(ann.take())).toEqual(["found"]);
  const { counters } = cluster.server("connector-1").core;
  expect(counters.droppedPushes).toBe(8);
  for (const { core } of cluster.servers) expect(core.counters.strayFrames).toBe(0);
  await cluster.stop();
});
