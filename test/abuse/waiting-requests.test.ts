/** What a client may keep waiting, or running, at a backend: bounded in number and in bytes, also by notifies, which no answer counts. */
import { startTestCluster, VirtualTiming } from "gatesmith/testing";
import { describe, expect, it } from "vitest";
import { Room } from "../../app/chat/room.js";
import { Entry as ConnectorEntry } from "../../app/connector/entry.js";
import { Entry as GateEntry } from "../../app/gate/entry.js";
import { defineApplication, Typing } from "../../generated/server/index.js";
import { encoded, enterFrame, Id, requestFrame, Type } from "./frames.js";
import { leftovers } from "./leftovers.js";
import { MemoryClient } from "./memory-client.js";
import { frontendOf } from "./reference-cluster.js";

async function start(order: "session" | "route" | "none") {
  const timing = new VirtualTiming();
  const gate = { open: () => {} };
  const opened = new Promise<void>((resolve) => {
    gate.open = resolve;
  });
  let ran = 0;
  const application = defineApplication({
    gate: { groups: { entry: GateEntry } },
    connector: { groups: { entry: ConnectorEntry } },
    chat: {
      groups: {
        room: class extends Room {
          override async typing(): Promise<void> {
            ran++;
            await opened;
          }
        },
      },
    },
  });
  const { manifest } = application;
  const handlers = manifest.handlers.map((handler) => ({ ...handler, order, rate: null }));
  const run = { ...application, manifest: { ...manifest, handlers } };
  const servers = { connector: { count: 1 }, chat: { count: 1 } };
  const cluster = await timing.until(startTestCluster(run, { servers, timing, limits: { sessionBytes: 100_000 } }));
  const client = new MemoryClient(frontendOf(cluster, "connector-1"));
  client.hello();
  client.send(enterFrame(2, "room", "mallory"));
  await timing.settle(10);
  expect(client.take()).toMatchObject([{ errorCode: 0 }, { errorCode: 0 }]);
  const notify = (sequence: number, bytes: number) => {
    const body = encoded(Typing, { name: "x".repeat(bytes) });
    client.send(requestFrame({ messageId: Id.TYPING, sequence, serverType: Type.CHAT, body }));
  };
  const chat = cluster.server("chat-1").core;
  return { timing, cluster, client, notify, chat, open: () => gate.open(), ran: () => ran };
}

describe.each(["session", "route"] as const)("with order %s", (order) => {
  it("256 notifies wait behind one that runs, and the others are dropped and counted", async () => {
    const { timing, cluster, client, notify, chat, open, ran } = await start(order);
    for (let index = 0; index < 1_000; index++) notify(3 + index, 1);
    await timing.settle(10);
    expect(ran()).toBe(1);
    expect(chat.wheel.size).toBe(257);
    expect(chat.counters.droppedNotifies).toBe(743);
    open();
    await timing.settle(10);
    expect(ran()).toBe(257);
    client.cut();
    await timing.settle(100);
    expect(leftovers(cluster)).toEqual({});
    await cluster.stop();
  });

  it("no more bytes wait than a session may hold", async () => {
    const { timing, cluster, client, notify, chat, open, ran } = await start(order);
    for (let index = 0; index < 100; index++) notify(3 + index, 30_000);
    await timing.settle(10);
    expect(chat.wheel.size).toBe(4);
    expect(chat.counters.droppedNotifies).toBe(96);
    open();
    await timing.settle(10);
    expect(ran()).toBe(4);
    // What waited is not counted for ever.
    for (let index = 0; index < 3; index++) notify(200 + index, 30_000);
    await timing.settle(10);
    expect(ran()).toBe(7);
    client.cut();
    await timing.settle(100);
    expect(leftovers(cluster)).toEqual({});
    await cluster.stop();
  });

  it("what waits when its time is over, or its session, leaves nothing", async () => {
    const { timing, cluster, client, notify, chat, ran } = await start(order);
    for (let index = 0; index < 300; index++) notify(3 + index, 1);
    await timing.settle(5_000);
    client.cut();
    await timing.settle(15_000);
    expect(ran()).toBeGreaterThanOrEqual(1);
    expect(chat.wheel.size).toBe(0);
    expect(leftovers(cluster)).toEqual({});
    await cluster.stop();
  });
});

it("with order none 256 run at once, and the others are dropped and counted", async () => {
  const { timing, cluster, client, notify, chat, open, ran } = await start("none");
  for (let index = 0; index < 1_000; index++) notify(3 + index, 1);
  await timing.settle(10);
  expect(ran()).toBe(256);
  expect(chat.counters.droppedNotifies).toBe(744);
  open();
  await timing.settle(10);
  notify(2_000, 1);
  await timing.settle(10);
  expect(ran()).toBe(257);
  client.cut();
  await timing.settle(100);
  expect(leftovers(cluster)).toEqual({});
  await cluster.stop();
});
