/** The reference application beyond what its own test shows: two of everything, in an order of events that the test decides. */
import { inbox, startTestCluster, type TestCluster, VirtualTiming } from "gatesmith/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import application from "../../app/index.js";
import { ChatClient } from "../../generated/client-typescript/index.js";

async function start(): Promise<TestCluster & { readonly timing: VirtualTiming }> {
  const timing = new VirtualTiming();
  const cluster = await startTestCluster(application, {
    timing,
    servers: { connector: { count: 2 }, chat: { count: 2 } },
  });
  onTestFinished(async () => {
    await cluster.stop();
    await cluster.settle();
    expect(timing.pendingTimers).toBe(0);
  });
  return cluster as TestCluster & { readonly timing: VirtualTiming };
}

/** Somebody in a room, and all that is heard there. */
async function enter(cluster: TestCluster, room: string, name: string, server?: string) {
  const client = await cluster.connect(ChatClient, { uid: name, server });
  const heard: string[] = [];
  client.chat.onAdd(({ name: who }) => heard.push(`+${who}`));
  client.chat.onLeave(({ name: who }) => heard.push(`-${who}`));
  client.chat.onChat(({ from, target, text }) => heard.push(`${from}>${target}: ${text}`));
  client.chat.onTyping(({ name: who }) => heard.push(`${who}...`));
  const { members } = await cluster.run(client.connector.entry.enter({ room, name }));
  return { client, heard, members };
}

const ended = (cluster: TestCluster, call: Promise<unknown>) => cluster.run(call.catch((error: unknown) => error));

/** A room that is kept by this chat server. */
async function roomAt(cluster: TestCluster, server: string): Promise<string> {
  const { router, tables } = cluster.server("connector-1").core;
  const index = tables.typeIndex.get("chat")!;
  for (let number = 0; ; number++) {
    const data = { room: `room ${number}`, name: "" };
    if (router.choose(tables.manifest.servers[index]!, index, { uid: null, data })?.id === server) return data.room;
  }
}

describe.each(["chat-1", "chat-2"])("a room on %s", (server) => {
  it("is one room for clients of both connectors", async () => {
    const cluster = await start();
    const room = await roomAt(cluster, server);
    const ann = await enter(cluster, room, "ann", "connector-1");
    const bob = await enter(cluster, room, "bob", "connector-2");
    const cid = await enter(cluster, room, "cid", "connector-1");
    expect([ann.members, bob.members, cid.members]).toEqual([["ann"], ["ann", "bob"], ["ann", "bob", "cid"]]);
    await cluster.run(bob.client.chat.room.send({ target: "*", text: "hello" }));
    await cluster.run(cid.client.chat.room.send({ target: "ann", text: "psst" }));
    ann.client.chat.room.typing({ name: "" });
    await cluster.settle();
    cluster.networkOf(cid.client).cut();
    await cluster.settle();
    expect(ann.heard).toEqual(["+bob", "+cid", "bob>*: hello", "cid>ann: psst", "ann...", "-cid"]);
    expect(bob.heard).toEqual(["+cid", "bob>*: hello", "ann...", "-cid"]);
    expect(cid.heard).toEqual(["bob>*: hello", "ann..."]);
    expect(cluster.server(server).core.counters.exceptions).toBe(0);
  });

  it("gives a name to one of two who ask for it at once", async () => {
    const cluster = await start();
    const room = await roomAt(cluster, server);
    const clients = [];
    for (const connector of ["connector-1", "connector-2"]) {
      clients.push(await cluster.connect(ChatClient, { server: connector }));
    }
    const ends = await Promise.all(
      clients.map((client) => ended(cluster, client.connector.entry.enter({ room, name: "ann" }))),
    );
    expect(ends.filter((end) => !(end instanceof Error))).toEqual([{ members: ["ann"] }]);
    expect(ends.filter((end) => end instanceof Error)).toMatchObject([{ name: "NAME_TAKEN" }]);
    const loser = clients[ends.findIndex((end) => end instanceof Error)]!;
    expect(await cluster.run(loser.connector.entry.enter({ room, name: "bob" }))).toEqual({ members: ["ann", "bob"] });
  });

  it("has a name free again as soon as whoever had it has left", async () => {
    const cluster = await start();
    const room = await roomAt(cluster, server);
    const ann = await enter(cluster, room, "ann", "connector-1");
    const bob = await enter(cluster, room, "bob", "connector-2");
    ann.client.close();
    await cluster.settle();
    expect((await enter(cluster, room, "ann", "connector-2")).members).toEqual(["bob", "ann"]);
    expect(bob.heard).toEqual(["-ann", "+ann"]);
  });
});

describe("a line", () => {
  it("to nobody is refused", async () => {
    const cluster = await start();
    const { client } = await enter(cluster, "lobby", "ann");
    expect(await ended(cluster, client.chat.room.send({ target: "bob", text: "?" }))).toMatchObject({
      code: 1003,
      name: "NO_SUCH_MEMBER",
      message: "nobody in room lobby is called bob",
    });
  });

  it("is refused by rate, and typing is dropped", async () => {
    const cluster = await start();
    const ann = await enter(cluster, "lobby", "ann");
    const ends = [];
    for (let count = 0; count < 21; count++) {
      ann.client.chat.room.typing({ name: "" });
      ends.push(await ended(cluster, ann.client.chat.room.send({ target: "*", text: `${count}` })));
    }
    expect(ends.filter((end) => end instanceof Error)).toMatchObject([{ name: "RATE_LIMITED" }]);
    await cluster.settle();
    expect(ann.heard.filter((what) => what === "ann...")).toHaveLength(4);
  });

  it("carries the chat server's time, the same for all who hear it", async () => {
    const cluster = await start();
    const ann = await enter(cluster, "lobby", "ann");
    const bob = await enter(cluster, "lobby", "bob");
    const heard = inbox(bob.client.chat.onChat).messages;
    await cluster.settle(1_234);
    const { sentAt } = await cluster.run(ann.client.chat.room.send({ target: "*", text: "now" }));
    expect(sentAt).toBe(cluster.timing.wallClock());
    expect(heard).toMatchObject([{ sentAt }]);
  });
});

describe("a client that lost its network", () => {
  it("comes back as a stranger, and may enter again: its old self is gone from the room", async () => {
    const cluster = await start();
    const ann = await enter(cluster, "lobby", "ann", "connector-1");
    const bob = await enter(cluster, "lobby", "bob", "connector-2");
    cluster.networkOf(ann.client).cut();
    await cluster.settle(5_000);
    expect(ann.client.state.kind).toBe("open");
    expect(await ended(cluster, ann.client.chat.room.send({ target: "*", text: "?" }))).toMatchObject({
      name: "UNAUTHENTICATED",
    });
    expect(await cluster.run(ann.client.connector.entry.enter({ room: "lobby", name: "ann" }))).toEqual({
      members: ["bob", "ann"],
    });
    expect(bob.heard).toEqual(["-ann", "+ann"]);
  });
});
