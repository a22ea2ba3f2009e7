/** The chat as its users see it: every server in this process, and generated clients without a socket. */
import { inbox, startTestCluster, type TestCluster } from "gatesmith/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import application from "../app/index.js";
import { ChatClient } from "../generated/client-typescript/index.js";

let cluster: TestCluster;

beforeEach(async () => {
  cluster = await startTestCluster(application, { servers: { connector: { count: 2 }, chat: { count: 2 } } });
});

afterEach(() => cluster.stop());

const connect = (uid: string) => cluster.connect(ChatClient, { uid });

it("lets people in a room talk to everybody there", async () => {
  const ann = await connect("ann");
  const bob = await connect("bob");
  const heardByAnn = inbox(ann.chat.onChat);
  const heardByBob = inbox(bob.chat.onChat);
  const arrived = inbox(ann.chat.onAdd);

  expect(await ann.connector.entry.enter({ room: "lobby", name: "ann" })).toEqual({ members: ["ann"] });
  expect(await bob.connector.entry.enter({ room: "lobby", name: "bob" })).toEqual({ members: ["ann", "bob"] });
  expect(await arrived.next()).toEqual({ name: "bob" });

  await bob.chat.room.send({ target: "*", text: "hello" });
  const line = { room: "lobby", from: "bob", target: "*", text: "hello" };
  expect(await heardByAnn.next()).toMatchObject(line);
  expect(await heardByBob.next()).toMatchObject(line);
});

it("lets one speak to one", async () => {
  const ann = await connect("ann");
  const bob = await connect("bob");
  const heardByAnn = inbox(ann.chat.onChat);
  const heardByBob = inbox(bob.chat.onChat);
  await ann.connector.entry.enter({ room: "lobby", name: "ann" });
  await bob.connector.entry.enter({ room: "lobby", name: "bob" });

  await bob.chat.room.send({ target: "ann", text: "psst" });
  await bob.chat.room.send({ target: "*", text: "hello all" });

  expect((await heardByAnn.next()).text).toBe("psst");
  expect((await heardByAnn.next()).text).toBe("hello all");
  expect((await heardByBob.next()).text).toBe("hello all");
});

it("tells those who stay when somebody leaves", async () => {
  const ann = await connect("ann");
  const bob = await connect("bob");
  await ann.connector.entry.enter({ room: "lobby", name: "ann" });
  await bob.connector.entry.enter({ room: "lobby", name: "bob" });
  const left = inbox(ann.chat.onLeave);

  bob.close();

  expect(await left.next()).toEqual({ name: "bob" });
});

it("refuses a name that somebody in the room has", async () => {
  const ann = await connect("ann");
  const other = await connect("other");
  await ann.connector.entry.enter({ room: "lobby", name: "ann" });

  await expect(other.connector.entry.enter({ room: "lobby", name: "ann" })).rejects.toMatchObject({
    name: "NAME_TAKEN",
    code: 1001,
  });
  expect(await other.connector.entry.enter({ room: "garden", name: "ann" })).toEqual({ members: ["ann"] });
});
