import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { Connection, type ConnectionState, type ConnectOptions } from "../../client/index.js";
import { askGate } from "../../client/locate.js";
import { description, onChat, say, typing } from "./article-protocol.js";
import { type FrameServer, startFrameServer } from "./frame-server.js";

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(fields?: Parameters<typeof startFrameServer>[0]): Promise<FrameServer> {
  const server = await startFrameServer(fields);
  cleanUps.push(() => server.close());
  return server;
}

async function connect(options: ConnectOptions): Promise<Connection> {
  const connection = await Connection.open(description, { webSocket: WebSocket, backoff: { first: 10 }, ...options });
  cleanUps.push(() => connection.close());
  return connection;
}

function stateOf(connection: Connection, kind: ConnectionState["kind"]): Promise<ConnectionState> {
  return new Promise((resolve) => {
    const end = connection.onState((state) => {
      if (state.kind !== kind) return;
      end();
      resolve(state);
    });
  });
}

describe("over real sockets", () => {
  it("asks the gate, connects, calls, listens, notifies", async () => {
    const server = await start();
    const connection = await connect({ gate: `${server.gate}/`, uid: "ann & bob" });
    expect(server.asked).toEqual(["ann & bob"]);
    expect(connection.state).toEqual({ kind: "open", url: server.url, sessionId: "session-1", resumed: false });
    const seen: string[] = [];
    connection.subscribe(onChat, ({ text }) => seen.push(text));
    connection.notify(typing, { text: "push" });
    await expect(connection.request(say, { text: "hello, wörld" })).resolves.toEqual({ text: "hello, wörld" });
    expect(seen).toEqual(["pushed"]);
    await expect(connection.request(say, { text: "fail" })).rejects.toMatchObject({
      name: "NAME_TAKEN",
      message: "taken",
    });
    const many = await Promise.all(
      Array.from({ length: 300 }, (_, index) => connection.request(say, { text: `${index}` })),
    );
    expect(many.map(({ text }) => text)).toEqual(Array.from({ length: 300 }, (_, index) => `${index}`));
    expect(connection.faults).toBe(0);
  });

  it("sends what one turn calls in one message", async () => {
    const server = await start();
    const connection = await connect({ url: server.url });
    const before = server.messages.length;
    await Promise.all(["a", "b", "c"].map((text) => connection.request(say, { text })));
    expect(server.messages.length - before).toBe(1);
  });

  it("comes back by way of the gate when the server leaves", async () => {
    const server = await start();
    const connection = await connect({ gate: server.gate, uid: "ann" });
    const waiting = stateOf(connection, "waiting");
    const open = stateOf(connection, "open");
    await expect(connection.request(say, { text: "leave" })).rejects.toMatchObject({ name: "OUTCOME_UNKNOWN" });
    await expect(waiting).resolves.toMatchObject({
      code: 4000,
      reason: "the connection was closed (code 4000): deploy",
    });
    await open;
    expect(server.asked).toEqual(["ann", "ann"]);
    await expect(connection.request(say, { text: "again" })).resolves.toEqual({ text: "again" });
  });

  it("comes back after a connection that was cut without a word", async () => {
    const server = await start();
    const connection = await connect({ gate: server.gate });
    const open = stateOf(connection, "open");
    for (const socket of server.sockets) socket.terminate();
    await open;
    await expect(connection.request(say, { text: "again" })).resolves.toEqual({ text: "again" });
  });

  it("keeps the heartbeat", async () => {
    const server = await start({ heartbeat: 100, timeout: 60_000 });
    await connect({ url: server.url });
    await expect.poll(() => server.messages.length, { timeout: 10_000 }).toBeGreaterThan(3);
  });

  it("says which address does not answer, and why", async () => {
    const server = await start();
    await server.close();
    await expect(connect({ url: server.url, connectTimeout: 0 })).rejects.toThrow(
      new RegExp(`^cannot connect to test: ${server.url} did not open \\(code 1006\\): .*ECONNREFUSED`),
    );
    await expect(connect({ gate: server.gate, connectTimeout: 0 })).rejects.toThrow(
      new RegExp(`^cannot connect to test: the gate at ${server.gate} did not answer: .*ECONNREFUSED`),
    );
  });

  it("is closed while it connects without a trace", async () => {
    const server = await start();
    const controller = new AbortController();
    const opening = connect({ url: server.url, signal: controller.signal });
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await expect(opening).rejects.toThrow("closed by the client");
    await expect.poll(() => server.sockets.size).toBe(0);
  });

  it("does not understand a server that speaks text, and says so", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(server, "listening");
    cleanUps.push(() => server.close());
    server.on("connection", (socket) => socket.send("hello"));
    const { port } = server.address() as AddressInfo;
    await expect(connect({ url: `ws://127.0.0.1:${port}/`, connectTimeout: 0 })).rejects.toThrow(
      "the server sent text, where only binary frames are spoken",
    );
  });
});

describe("askGate", () => {
  async function gate(status: number, body: string): Promise<string> {
    const server = createServer((_request, response) => response.writeHead(status).end(body));
    cleanUps.push(() => new Promise((resolve) => server.close(resolve)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const ask = (address: string) => askGate(address, "ann", new AbortController().signal);

  it("tells what the gate says when it has no connector", async () => {
    const address = await gate(503, JSON.stringify({ error: "NO_SERVER", message: "no connector is alive" }));
    await expect(ask(address)).rejects.toThrow(`the gate at ${address} answered 503 NO_SERVER: no connector is alive`);
  });

  it.each([
    [404, "not found", "answered 404 not found"],
    [200, "no JSON", "answered without a url: no JSON"],
    [200, "null", "answered without a url: null"],
    [200, '{"url":7}', 'answered without a url: {"url":7}'],
  ])("does not believe an answer %i %s", async (status, body, expected) => {
    const address = await gate(status, body);
    await expect(ask(address)).rejects.toThrow(`the gate at ${address} ${expected}`);
  });

  it("can be called off", async () => {
    const server = createServer(() => {});
    cleanUps.push(() => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const controller = new AbortController();
    const asking = askGate(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "", controller.signal);
    controller.abort();
    await expect(asking).rejects.toThrow("did not answer");
  });
});
