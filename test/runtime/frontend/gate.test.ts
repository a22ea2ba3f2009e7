import { type Cluster, type GateServer, startCluster } from "gatesmith/runtime";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { hashText, rendezvous } from "../../../runtime/cluster/rendezvous.js";
import { LabClient } from "../lab/generated/client-typescript/index.js";
import { application, enter, type Lab, startLab, text } from "../lab/lab.js";

type Gate = GateServer<unknown, object, object>;

const gateOf = (lab: Lab, type: string) => lab.server(`${type}-1`).handle as Gate;
const five = { servers: { connector: { count: 5 } } };
const thrown = (what: () => unknown) => {
  try {
    return what();
  } catch (error) {
    return error;
  }
};

describe("a gate that chooses by hash", () => {
  it("gives the same uid the same connector, and different uids all of them", async () => {
    const lab = await startLab({}, five);
    const gate = gateOf(lab, "gate");
    const { view, tables } = lab.server("gate-1").core;
    const ready = view.ready(tables.typeIndex.get("connector")!);
    const chosen = new Set<string>();
    for (let index = 0; index < 100; index++) {
      const uid = `user ${index}`;
      const { server, url } = gate.choose(uid);
      expect(server).toBe(rendezvous(hashText(uid), ready)!.id);
      expect(url).toBe(lab.url(server));
      expect(gate.choose(uid)).toEqual({ server, url });
      chosen.add(server);
    }
    expect(chosen.size).toBe(5);
  });
});

describe("a gate that chooses the least loaded", () => {
  it("fills up the emptiest, by what connectors announced and by what it gave away since", async () => {
    const lab = await startLab({}, { servers: { connector: { count: 3 } } });
    for (const server of ["connector-1", "connector-1", "connector-3"]) await enter(lab, "", { server });
    await lab.settle(2_000);
    const gate = gateOf(lab, "leastGate");
    const next = () => gate.choose("anybody").server;
    expect([next(), next(), next()].sort()).toEqual(["connector-2", "connector-2", "connector-3"]);
  });
});

describe("a gate that chooses in turn", () => {
  it("gives one connector after the other", async () => {
    const lab = await startLab({}, five);
    const gate = gateOf(lab, "turnGate");
    const round = () => Array.from({ length: 5 }, () => gate.choose("").server);
    const first = round();
    expect(new Set(first).size).toBe(5);
    expect(round()).toEqual(first);
  });
});

describe.each(["gate", "leastGate", "turnGate"])("any gate (%s)", (type) => {
  it("gives no connector that drains or is gone, and NO_SERVER when there is none", async () => {
    const lab = await startLab({}, { servers: { connector: { count: 3 } } });
    const gate = gateOf(lab, type);
    lab.server("connector-1").drain();
    await lab.run(lab.server("connector-2").stop());
    await lab.settle();
    for (let index = 0; index < 20; index++) expect(gate.choose(`user ${index}`).server).toBe("connector-3");
    lab.server("connector-3").drain();
    await lab.settle();
    expect(thrown(() => gate.choose("ann"))).toMatchObject({
      name: "NO_SERVER",
      message: "no connector is ready; try again later",
    });
  });
});

describe("a gate's own routes", () => {
  it("are answered by the gate", async () => {
    const lab = await startLab();
    const client = await lab.connect(LabClient, { server: "gate-1" });
    expect(await lab.run(client.gate.entry.query(text("hello")))).toMatchObject({ text: "hello", key: "gate-1" });
  });
});

describe("GET /entry", () => {
  async function start(connectors: number): Promise<Cluster> {
    const cluster = await startCluster(application(), {
      servers: {
        gate: { port: 0 },
        leastGate: { count: 0 },
        turnGate: { count: 0 },
        connector: { count: connectors, port: 0 },
      },
      log: { level: "silent" },
    });
    onTestFinished(() => cluster.stop());
    return cluster;
  }

  it("answers with the connector that the gate chooses, for pages of any origin", async () => {
    const cluster = await start(2);
    const gate = cluster.servers.find(({ core }) => core.id === "gate-1")!.handle as Gate;
    for (const uid of ["ann", "bob", "天真", "a&b=c"]) {
      const response = await fetch(`${cluster.gates[0]}/entry?uid=${encodeURIComponent(uid)}`);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      expect(response.headers.get("cache-control")).toBe("no-store");
      const endpoint = await response.json();
      expect(endpoint).toEqual(gate.choose(uid));
      expect(cluster.endpoints).toContainEqual(endpoint);
    }
    expect(await (await fetch(`${cluster.gates[0]}/entry`)).json()).toEqual(gate.choose(""));
  });

  it("answers 503 and why when no connector is ready", async () => {
    const cluster = await start(0);
    const response = await fetch(`${cluster.gates[0]}/entry?uid=ann`);
    expect(response.status).toBe(503);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({ error: "NO_SERVER", message: "no connector is ready; try again later" });
  });

  it("is the only path that answers", async () => {
    const cluster = await start(1);
    for (const path of ["/", "/entry/", "/constructor"]) {
      expect((await fetch(`${cluster.gates[0]}${path}`)).status).toBe(404);
    }
  });

  it("leads a client over real sockets to where it can call", async () => {
    const cluster = await start(2);
    const client = await LabClient.connect({ gate: cluster.gates[0]!, uid: "ann", webSocket: WebSocket });
    onTestFinished(() => client.close());
    await client.connector.login.enter({ uid: "ann", room: "lobby", home: "", conflict: "" });
    expect(await client.rooms.here.where(text("there?"))).toMatchObject({ text: "there?", key: "rooms-1" });
    expect(await client.work.jobs.ask(text("x".repeat(20_000)))).toMatchObject({ text: "x".repeat(20_000) });
  });
});
