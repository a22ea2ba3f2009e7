/** The chat from end to end, in memory: all its servers in this process, and clients without sockets. */
import { inbox, startTestCluster, type TestCluster } from "gatesmith/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import application from "../app/index.js";
import { ChatClient } from "../generated/client-typescript/index.js";

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster(application, { servers: { connector: { count: 2 }, chat: { count: 2 } } });
});

afterEach(() => cluster.stop());

/** Connects through the gate, and enters. */
async function enter(room: string, name: string): Promise<ChatClient> {
  const client = await cluster.connect(ChatClient, { uid: name });
  await client.connector.entry.enter({ room, name });
  return client;
}

describe("a room", () => {
  it("tells who is there, and who comes and goes", async () => {
    const ann = await enter("lobby", "ann");
    const [added, left] = [inbox(ann.chat.onAdd), inbox(ann.chat.onLeave)];
    const bob = await cluster.connect(ChatClient, { uid: "bob" });
    expect(await bob.connector.entry.enter({ room: "lobby", name: "bob" })).toEqual({ members: ["ann", "bob"] });
    expect(await added.next()).toEqual({ name: "bob" });
    bob.close();
    expect(await left.next()).toEqual({ name: "bob" });
  });

  it("has each name once", async () => {
    await enter("lobby", "ann");
    await expect(enter("lobby", "ann")).rejects.toMatchObject({ name: "NAME_TAKEN" });
    await enter("kitchen", "ann");
  });

  it("is entered once by a session, under a name of 1 to 32 characters", async () => {
    const ann = await cluster.connect(ChatClient, { uid: "ann" });
    const enterAs = (name: string) => ann.connector.entry.enter({ room: "lobby", name });
    await expect(enterAs("")).rejects.toMatchObject({ name: "BAD_NAME" });
    await expect(enterAs("a".repeat(33))).rejects.toMatchObject({ name: "BAD_NAME" });
    await enterAs("a".repeat(32));
    await expect(enterAs("ann")).rejects.toMatchObject({ name: "ALREADY_ENTERED" });
  });
});

describe("a line", () => {
  it("to everybody reaches the room, its speaker, and no other room", async () => {
    const [ann, bob] = [await enter("lobby", "ann"), await enter("lobby", "bob")];
    const eve = await enter("kitchen", "eve");
    const [hears, overhears] = [inbox(bob.chat.onChat), inbox(eve.chat.onChat)];
    const own = inbox(ann.chat.onChat);
    const { sentAt } = await ann.chat.room.send({ target: "*", text: "hello" });
    const line = { room: "lobby", from: "ann", target: "*", text: "hello", sentAt };
    expect(await hears.next()).toEqual(line);
    expect(await own.next()).toEqual(line);
    await eve.chat.room.send({ target: "*", text: "is anybody here?" });
    expect(await overhears.next()).toMatchObject({ from: "eve" });
  });

  it("to one member reaches that member alone", async () => {
    const [ann, bob, cid] = [await enter("lobby", "ann"), await enter("lobby", "bob"), await enter("lobby", "cid")];
    const [hears, overhears] = [inbox(bob.chat.onChat), inbox(cid.chat.onChat)];
    await ann.chat.room.send({ target: "bob", text: "psst" });
    expect(await hears.next()).toMatchObject({ from: "ann", target: "bob", text: "psst" });
    await ann.chat.room.send({ target: "*", text: "hello" });
    expect(await overhears.next()).toMatchObject({ text: "hello" });
    await expect(ann.chat.room.send({ target: "eve", text: "psst" })).rejects.toMatchObject({ name: "NO_SUCH_MEMBER" });
  });

  it("needs a room to be said in", async () => {
    const ann = await cluster.connect(ChatClient, { uid: "ann" });
    await expect(ann.chat.room.send({ target: "*", text: "hello" })).rejects.toMatchObject({ name: "UNAUTHENTICATED" });
  });

  it("is announced by who writes it", async () => {
    const [ann, bob] = [await enter("lobby", "ann"), await enter("lobby", "bob")];
    const sees = inbox(bob.chat.onTyping);
    ann.chat.room.typing({ name: "" });
    expect(await sees.next()).toEqual({ name: "ann" });
  });
});

it("the gate sends clients to both connectors", async () => {
  const clients = await Promise.all(["ann", "bob"].map((uid) => cluster.connect(ChatClient, { uid })));
  const urls = clients.map(({ state }) => (state.kind === "open" ? state.url : state.kind));
  expect(new Set(urls).size).toBe(2);
});
