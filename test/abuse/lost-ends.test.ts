/** An end that cannot be told at once is told later: a full link must not make a server remember a session for ever. */
import { startTestCluster, type TestCluster, VirtualTiming } from "gatesmith/testing";
import { describe, expect, it } from "vitest";
import { Room } from "../../app/chat/room.js";
import { Entry as ConnectorEntry } from "../../app/connector/entry.js";
import { Entry as GateEntry } from "../../app/gate/entry.js";
import { type ChatSession, defineApplication } from "../../generated/server/index.js";
import type { Link } from "../../runtime/bus/bus.js";
import { CloseCode } from "../../wire/close-code.js";
import { enterFrame, Id } from "./frames.js";
import { leftovers } from "./leftovers.js";
import { MemoryClient } from "./memory-client.js";
import { frontendOf } from "./reference-cluster.js";

async function start() {
  const timing = new VirtualTiming();
  const closed: string[] = [];
  const application = defineApplication({
    gate: { groups: { entry: GateEntry } },
    connector: { groups: { entry: ConnectorEntry } },
    chat: {
      groups: {
        room: class extends Room {
          override onSessionClosed(session: ChatSession): void {
            closed.push(session.data.name);
            super.onSessionClosed(session);
          }
        },
      },
    },
  });
  const servers = { connector: { count: 2 }, chat: { count: 2 } };
  const cluster = await timing.until(startTestCluster(application, { servers, timing }));
  return { timing, cluster, closed };
}

async function entered(cluster: TestCluster, timing: VirtualTiming, on: string, name: string): Promise<MemoryClient> {
  const client = new MemoryClient(frontendOf(cluster, on));
  client.hello();
  client.send(enterFrame(2, "lobby", name));
  await timing.settle(10);
  expect(client.take()).toMatchObject([{ messageId: Id.HELLO }, { messageId: Id.ENTER, errorCode: 0 }]);
  return client;
}

/** All links of a server refuse everything until the returned function is called. */
function fill(cluster: TestCluster, id: string): () => void {
  const links: Link[] = [...cluster.server(id).core.view.all()].map(({ link }) => link);
  for (const link of links) link.begin = () => false;
  return () => {
    for (const link of links) Reflect.deleteProperty(link, "begin");
  };
}

describe("a session that ends while its connector's links are full", () => {
  it("is forgotten everywhere once they are not", async () => {
    const { timing, cluster, closed } = await start();
    const ann = await entered(cluster, timing, "connector-1", "ann");
    const drain = fill(cluster, "connector-1");
    ann.cut();
    await timing.settle(30_000);
    expect(closed).toEqual([]);
    drain();
    await timing.settle(1_000);
    expect(closed).toEqual(["ann"]);
    expect(leftovers(cluster)).toEqual({});
    await cluster.stop();
  });

  it("is forgotten also when the answers are lost", async () => {
    const { timing, cluster, closed } = await start();
    const ann = await entered(cluster, timing, "connector-1", "ann");
    const drains = ["chat-1", "chat-2", "connector-2"].map((id) => fill(cluster, id));
    ann.cut();
    await timing.settle(30_000);
    for (const drain of drains) drain();
    await timing.settle(10_000);
    expect(closed).toEqual(["ann"]);
    expect(leftovers(cluster)).toEqual({});
    await cluster.stop();
  });

  it("keeps no timer of a server that has stopped", async () => {
    const { timing, cluster } = await start();
    const ann = await entered(cluster, timing, "connector-1", "ann");
    fill(cluster, "connector-1");
    ann.cut();
    await timing.settle(300);
    await cluster.stop();
    await timing.settle(10_000);
    expect(timing.pendingTimers).toBe(0);
  });
});

it("ends a session only when the servers it used have seen it, also if its socket reports the end at once", async () => {
  const { timing, cluster, closed } = await start();
  const ann = await entered(cluster, timing, "connector-1", "ann");
  const { bindings } = frontendOf(cluster, "connector-1");
  const session = ann.session!;
  const order: string[] = [];
  const first = bindings.close(session, CloseCode.KICKED, "out").then(() => order.push("first", ...closed));
  const second = bindings.close(session, CloseCode.KICKED, "out").then(() => order.push("second", ...closed));
  await timing.settle(10);
  await Promise.all([first, second]);
  expect(order).toEqual(["first", "ann", "second", "ann"]);
  expect(ann.closeCode).toBe(CloseCode.KICKED);
  expect(cluster.server("connector-1").core.counters.closesWith(CloseCode.KICKED)).toBe(1);
  await cluster.stop();
});

it("lets a handler that outlives its client take nothing from the client's next session", async () => {
  const { timing, cluster } = await start();
  const old = new MemoryClient(frontendOf(cluster, "connector-1"));
  old.hello();
  await timing.settle(10);
  const { session } = old;
  old.cut();
  const ann = await entered(cluster, timing, "connector-2", "ann");
  // The old session's handler comes to its bind only now.
  const late = session!.bind("lobby/ann");
  await expect(timing.until(late)).rejects.toMatchObject({ name: "OUTCOME_UNKNOWN", executed: "no" });
  await timing.settle(1_000);
  expect(ann.closeCode).toBeNull();
  ann.cut();
  await timing.settle(100);
  expect(leftovers(cluster)).toEqual({});
  await cluster.stop();
});

it("remembers no uid for a bind whose answer came too late", async () => {
  const { timing, cluster } = await start();
  const ann = await entered(cluster, timing, "connector-1", "ann");
  const next = new MemoryClient(frontendOf(cluster, "connector-2"));
  next.hello();
  await timing.settle(10);
  // The old session's end is confirmed by nobody, so the claim that waits for it outlives its asker.
  const drains = ["chat-1", "chat-2"].map((id) => fill(cluster, id));
  const bind = next.session!.bind("lobby/ann");
  await expect(timing.until(bind)).rejects.toMatchObject({ name: expect.stringMatching(/TIMEOUT|OVERLOADED/) });
  for (const drain of drains) drain();
  ann.cut();
  next.cut();
  await timing.settle(20_000);
  expect(leftovers(cluster)).toEqual({});
  await cluster.stop();
});
