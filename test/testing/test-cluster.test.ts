import { inbox, startTestCluster, VirtualTiming } from "gatesmith/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import application from "../../app/index.js";
import { ChatClient } from "../../generated/client-typescript/index.js";

async function start(options: Parameters<typeof startTestCluster>[1] = {}) {
  const cluster = await startTestCluster(application, options);
  onTestFinished(() => cluster.stop());
  return cluster;
}

describe("startTestCluster", () => {
  it("runs every server of the application, once unless told otherwise", async () => {
    const ids = async (options = {}) => (await start(options)).servers.map(({ core }) => core.id);
    expect(await ids()).toEqual(["gate-1", "connector-1", "chat-1"]);
    expect(await ids({ servers: { gate: { count: 0 }, chat: { count: 2 } } })).toEqual([
      "connector-1",
      "chat-1",
      "chat-2",
    ]);
  });

  it("refuses what a configuration refuses", async () => {
    await expect(startTestCluster(application, { servers: { chatt: { count: 1 } } })).rejects.toThrow(
      "servers.chatt: the schema has no such server type; it has gate, connector, chat",
    );
    await expect(startTestCluster(application, { limits: { inFlight: 0 } })).rejects.toThrow("limits.inFlight");
  });

  it("takes the same course every time on virtual time", async () => {
    const course = async () => {
      const cluster = await start({ timing: new VirtualTiming({ seed: 7 }), servers: { connector: { count: 2 } } });
      const ann = await cluster.connect(ChatClient, { uid: "ann" });
      await cluster.run(ann.connector.entry.enter({ room: "lobby", name: "ann" }));
      return ann.state;
    };
    expect(await course()).toEqual(await course());
  });
});

describe("a test cluster", () => {
  it("names what there is when it is asked for what there is not", async () => {
    const cluster = await start();
    expect(() => cluster.server("chat-2")).toThrow("no server chat-2; there are gate-1, connector-1, chat-1");
    expect(() => cluster.url("chat-1")).toThrow("no client can connect to chat-1; frontends are gate-1, connector-1");
    expect(() => cluster.networkOf({})).toThrow("was not connected by this cluster's connect");
    await expect(cluster.settle()).rejects.toThrow("settle needs a cluster on a VirtualTiming");
  });

  it("connects clients to where the gate says, or to where the test says", async () => {
    const cluster = await start({ servers: { connector: { count: 3 } } });
    const urlOf = (client: ChatClient) => (client.state.kind === "open" ? client.state.url : "");
    const byGate = [];
    for (const uid of ["a", "b", "c"]) byGate.push(urlOf(await cluster.connect(ChatClient, { uid })));
    expect(new Set(byGate).size).toBe(3);
    expect(urlOf(await cluster.connect(ChatClient, { server: "connector-2" }))).toBe(cluster.url("connector-2"));
    const client = await cluster.connect(ChatClient, { server: "gate-1" });
    expect(await client.gate.entry.query({ uid: "a" })).toEqual({ url: expect.stringMatching(/^memory:/) });
  });

  it("without a gate connects clients to the first connector", async () => {
    const cluster = await start({ servers: { gate: { count: 0 }, connector: { count: 2 } } });
    const client = await cluster.connect(ChatClient);
    expect(client.state).toMatchObject({ url: cluster.url("connector-1") });
  });

  it("shows servers the address that the test gives a client", async () => {
    const cluster = await start();
    await cluster.connect(ChatClient, { address: "192.0.2.7" });
    expect([...cluster.server("connector-1").frontend!.sessions].map(({ clientIp }) => clientIp)).toEqual([
      "192.0.2.7",
    ]);
  });

  it("closes its clients when it stops, also one that is still trying", async () => {
    const timing = new VirtualTiming();
    const cluster = await start({ timing });
    const ann = await cluster.connect(ChatClient);
    const nobody = cluster.network();
    const failed = ChatClient.connect({
      locate: () => "memory://nobody/",
      dial: nobody.dial,
      timing,
      connectTimeout: 0,
    });
    await expect(timing.until(failed)).rejects.toThrow("nobody listens at memory://nobody/");
    await cluster.run(cluster.server("connector-1").stop());
    await cluster.settle();
    expect(ann.state.kind).toBe("waiting");
    await cluster.stop();
    expect(ann.state).toMatchObject({ kind: "closed", reason: "closed by the client" });
    expect(timing.pendingTimers).toBe(0);
  });

  it("closes a client when the test's own signal says so", async () => {
    const cluster = await start();
    const controller = new AbortController();
    const [ann, bob] = [
      await cluster.connect(ChatClient, { signal: controller.signal }),
      await cluster.connect(ChatClient),
    ];
    controller.abort();
    expect([ann.state.kind, bob.state.kind]).toEqual(["closed", "open"]);
    await expect(cluster.connect(ChatClient, { signal: controller.signal })).rejects.toThrow("closed by the client");
  });

  it("takes as many clients as a test likes", async () => {
    const warned: string[] = [];
    const listen = ({ name }: Error) => warned.push(name);
    process.on("warning", listen);
    const cluster = await start();
    for (let index = 0; index < 40; index++) await cluster.connect(ChatClient, { uid: `${index}` });
    await cluster.stop();
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", listen);
    expect(warned).toEqual([]);
  });

  it("counts what reaches a client, and how often it connected", async () => {
    const timing = new VirtualTiming();
    const cluster = await start({ timing });
    const ann = await cluster.connect(ChatClient);
    const network = cluster.networkOf(ann);
    expect([network.opened, network.received]).toEqual([1, 1]);
    await cluster.run(ann.connector.entry.enter({ room: "lobby", name: "ann" }));
    expect(network.received).toBe(2);
    network.cut();
    await cluster.settle(10_000);
    expect(network.opened).toBe(2);
  });
});

describe("an inbox", () => {
  it("keeps everything, and gives each message out once, in order, waiting for what is not there yet", async () => {
    let tell: (message: number) => void = () => {};
    const messages = inbox<number>((listener) => {
      tell = listener;
    });
    tell(1);
    tell(2);
    expect(await messages.next()).toBe(1);
    const [second, third, fourth] = [messages.next(), messages.next(), messages.next()];
    tell(3);
    tell(4);
    expect(await Promise.all([second, third, fourth])).toEqual([2, 3, 4]);
    tell(5);
    expect(messages.messages).toEqual([1, 2, 3, 4, 5]);
    expect(await messages.next()).toBe(5);
  });
});
