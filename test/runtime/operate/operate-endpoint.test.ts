import type { EventEmitter } from "node:events";
import { CloseCode, startCluster, startServer } from "gatesmith/runtime";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import chat from "../../../app/index.js";
import { ChatClient } from "../../../generated/client-typescript/index.js";
import type { ChatServer } from "../../../generated/server/index.js";
import { OperateEndpoint } from "../../../runtime/operate/operate-endpoint.js";
import { processTiming } from "../../../runtime/operate/process-timing.js";
import { startNatsServer } from "../../support/nats-server.js";
import { application } from "../lab/lab.js";
import { scrape } from "./scrape.js";

const quiet = { level: "silent" } as const;

/** A socket of which all bytes are counted, as the client sees them. */
function countedSockets() {
  const bytes = { in: 0, out: 0 };
  class Counted extends WebSocket {
    constructor(url: string) {
      super(url);
      this.on("message", (data: Buffer | ArrayBuffer) => {
        bytes.out += data instanceof ArrayBuffer ? data.byteLength : data.length;
      });
    }

    override send(data: never): void {
      bytes.in += (data as Uint8Array).byteLength;
      super.send(data);
    }
  }
  return { bytes, webSocket: Counted as unknown as typeof globalThis.WebSocket };
}

const say = async (url: string, path: string, method = "GET") => {
  const answer = await fetch(url + path, { method });
  return [answer.status, (await answer.text()).trim()];
};

describe("the port for health and metrics", { timeout: 60_000 }, () => {
  it("shows what a server did, exactly", async () => {
    const operate = { port: 0 };
    const cluster = await startCluster(chat, {
      servers: {
        gate: { port: 0 },
        connector: { count: 1, port: 0, operate },
        chat: { count: 1, operate },
      },
      log: quiet,
    });
    onTestFinished(() => cluster.stop());
    const { bytes, webSocket } = countedSockets();
    const { url } = cluster.endpoints.find(({ server }) => server === "connector-1")!;
    const enter = async (uid: string) => {
      const client = await ChatClient.connect({ url, uid, webSocket });
      onTestFinished(() => client.close());
      await client.connector.entry.enter({ room: "lobby", name: uid });
      return client;
    };
    const [ann, bob] = [await enter("ann"), await enter("bob")];
    for (let count = 0; count < 7; count++) await ann!.chat.room.send({ target: "*", text: `line ${count}` });
    await expect(bob!.chat.room.send({ target: "nobody", text: "?" })).rejects.toMatchObject({
      name: "NO_SUCH_MEMBER",
    });

    const connector = await scrape(cluster.operate.get("connector-1")!);
    expect(connector.get("gatesmith_sessions")).toBe(2);
    expect(connector.get("gatesmith_requests_total")).toBe(10);
    expect(connector.get('gatesmith_errors_total{code="NO_SUCH_MEMBER"}')).toBe(1);
    const count = (name: string, route: string) => `gatesmith_${name}_duration_seconds_count{route="${route}"}`;
    expect(connector.get(count("request", "chat.room.send"))).toBe(8);
    expect(connector.get(count("request", "connector.entry.enter"))).toBe(2);
    const backend = await scrape(cluster.operate.get("chat-1")!);
    expect(backend.get("gatesmith_requests_total")).toBe(8);
    expect(backend.get(count("handler", "chat.room.send"))).toBe(8);
    expect(backend.get(count("handler", "chat.room.add"))).toBe(2);
    expect(backend.get('gatesmith_errors_total{code="NO_SUCH_MEMBER"}')).toBe(1);

    const agree = async () => {
      const samples = await scrape(cluster.operate.get("connector-1")!);
      const [received, sent] = ["in", "out"].map((one) => samples.get(`gatesmith_bytes_total{direction="${one}"}`));
      return { server: { in: received, out: sent }, client: { ...bytes } };
    };
    await expect
      .poll(
        async () => ((all) => all.server.in === all.client.in && all.server.out === all.client.out)(await agree()),
        { timeout: 20_000 },
      )
      .toBe(true);
    expect(bytes.in).toBeGreaterThan(0);

    const closed = new Promise((resolve) => ann!.onState((state) => state.kind === "closed" && resolve(state)));
    const chatServer = cluster.servers.find(({ core }) => core.id === "chat-1")!.handle as ChatServer;
    await chatServer.kickUser("lobby/ann", "enough");
    expect(await closed).toMatchObject({ code: CloseCode.KICKED });
    const after = await scrape(cluster.operate.get("connector-1")!);
    expect(after.get('gatesmith_closes_total{code="KICKED"}')).toBe(1);
    expect(after.get("process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(after.get('nodejs_event_loop_delay_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(0);
    expect(after.get('gatesmith_servers{of="chat",state="ready"}')).toBe(1);
  });

  it("tells every server's samples apart, and says whose they are", async () => {
    const cluster = await startCluster(chat, {
      servers: { gate: { port: 0 }, connector: { count: 2, port: 0, operate: { port: 0 } }, chat: { count: 1 } },
      log: quiet,
    });
    onTestFinished(() => cluster.stop());
    expect([...cluster.operate.keys()]).toEqual(["connector-1", "connector-2"]);
    const text = await (await fetch(`${cluster.operate.get("connector-2")}/metrics`)).text();
    expect(text).toMatch(/^gatesmith_sessions\{server="connector-2",type="connector"\} 0$/m);
    expect(text).not.toContain('connector-1",type');
  });

  it("is ready until the server drains, and answers nothing else", async () => {
    const cluster = await startCluster(chat, {
      servers: { gate: { port: 0 }, connector: { count: 1, port: 0 }, chat: { count: 1, operate: { port: 0 } } },
      log: quiet,
    });
    onTestFinished(() => cluster.stop());
    const url = cluster.operate.get("chat-1")!;
    expect(await say(url, "/healthz")).toEqual([200, "ok"]);
    expect(await say(url, "/readyz?verbose")).toEqual([200, "ok"]);
    void cluster.servers.find(({ core }) => core.id === "chat-1")!.drain();
    expect(await say(url, "/readyz")).toEqual([503, "it drains"]);
    expect(await say(url, "/healthz")).toEqual([200, "ok"]);
    expect(await say(url, "/")).toEqual([404, "there are /healthz, /readyz and /metrics"]);
    expect(await say(url, "/healthz", "POST")).toEqual([405, "GET and HEAD are answered"]);
    expect((await fetch(`${url}/metrics`, { method: "HEAD" })).status).toBe(200);
    await cluster.stop();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it("is not well when the server has ended by itself", async () => {
    const none = { count: 0 };
    const broken = application({
      jobs: () => ({
        onReady() {
          throw new Error("no database");
        },
      }),
    });
    const types = ["gate", "leastGate", "turnGate", "connector", "rooms", "pinned", "keyed", "turn", "least"];
    const servers = Object.fromEntries(types.map((type) => [type, none]));
    const configuration = { servers: { ...servers, work: { count: 1, operate: { port: 0 } } }, log: quiet };
    const started = await startServer(broken, configuration, { server: "work-1" });
    onTestFinished(() => started.stop());
    await expect(started.ended).rejects.toThrow("no database");
    expect(await say(started.operate!, "/healthz")).toEqual([503, "no database"]);
    expect(await say(started.operate!, "/readyz")).toEqual([503, "no database"]);
    const { operate } = started;
    await started.stop();
    await expect(fetch(`${operate}/healthz`)).rejects.toThrow();
  });

  it("goes on when the system cannot accept a connection", async () => {
    const illness = () => null;
    const place = { id: "chat-1", type: "chat", host: "127.0.0.1", port: 0 };
    const endpoint = await OperateEndpoint.open({ ...place, server: () => null, illness, timing: processTiming });
    onTestFinished(() => endpoint.close());
    const http = Reflect.get(endpoint, "http") as EventEmitter;
    for (let count = 0; count < 3; count++) http.emit("error", new Error("accept ENFILE"));
    expect(await say(endpoint.url, "/healthz")).toEqual([200, "ok"]);
  });

  it("cannot be had twice", async () => {
    const servers = { gate: { port: 0 }, connector: { count: 1, port: 0, operate: { port: 0 } }, chat: { count: 1 } };
    const cluster = await startCluster(chat, { servers, log: quiet });
    onTestFinished(() => cluster.stop());
    const port = Number(new URL(cluster.operate.get("connector-1")!).port);
    const again = startCluster(chat, { servers: { ...servers, chat: { count: 1, operate: { port } } }, log: quiet });
    await expect(again).rejects.toThrow(
      new RegExp(`^chat-1 cannot listen on 127\\.0\\.0\\.1:${port} for health and metrics`),
    );
  });

  it("is not ready while NATS is away", async () => {
    const nats = await startNatsServer();
    onTestFinished(() => nats.stop());
    const configuration = {
      bus: { driver: "nats", servers: nats.url, beat: 400, window: 4_000 } as const,
      servers: { gate: { port: 0 }, connector: { port: 0 }, chat: { count: 1, operate: { port: 0 } } },
      log: quiet,
    };
    const started = await startServer(chat, configuration, { server: "chat-1" });
    onTestFinished(() => started.stop());
    const ready = () => say(started.operate!, "/readyz");
    expect(await ready()).toEqual([200, "ok"]);
    await nats.kill();
    await expect.poll(ready, { timeout: 20_000 }).toEqual([503, "the bus is down"]);
    expect(await say(started.operate!, "/healthz")).toEqual([200, "ok"]);
    await nats.start();
    await expect.poll(ready, { timeout: 30_000 }).toEqual([200, "ok"]);
    const samples = await scrape(started.operate!);
    expect(samples.get("gatesmith_bus_reconnects_total")).toBeGreaterThan(0);
    await started.drain();
    await expect(fetch(`${started.operate}/readyz`)).rejects.toThrow();
  });
});
