/**
 * A schema changes while clients are in the field: generated clients of one version against servers of another, over real sockets.
 * What each client was generated from is a project of its own; the servers are `gatesmith start` in processes of their own.
 */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type * as generated from "../../generated/client-typescript/index.js";
import { generate } from "../../generator/generate.js";
import { startCutProxy } from "../support/cut-proxy.js";
import { edit, temporaryFolder } from "./support/project.js";
import { runCluster, runnableProject } from "./support/running-cluster.js";

type ChatClient = generated.ChatClient;
type Edit = readonly [file: string, from: string, to: string];

/** The same project one version on; what was generated is generated again, so that the lineage goes on. */
async function nextVersion(project: string, ...edits: readonly Edit[]): Promise<string> {
  const next = join(temporaryFolder(), "next");
  cpSync(project, next, { recursive: true });
  edit(next, "schema/index.ts", "version: 1", "version: 2");
  for (const [file, from, to] of edits) edit(next, file, from, to);
  const { diagnostics } = await generate(next, { check: false });
  expect(diagnostics).toEqual([]);
  return next;
}

/** Adds a route, a push that every line sets off, and a field: nothing that an old client could stumble over. */
const ADDITIONS: readonly Edit[] = [
  [
    "schema/chat.ts",
    "      typing: notify(",
    '      wave: request(2003, "chat.Typing", "chat.Typing"),\n      typing: notify(',
  ],
  ["schema/chat.ts", "    onChat: push(", '    onWave: push(2110, "chat.Typing"),\n    onChat: push('],
  ["schema/messages/chat.proto", "message ChatLine {", "message ChatLine {\n  string mood = 9;"],
  [
    "app/chat/room.ts",
    "sentAt: this.server.timing.wallClock() };",
    'sentAt: this.server.timing.wallClock(), mood: "calm" };\n    this.server.push.onWave.toChannel(room, { name });',
  ],
];

/** The client that was generated in a project. */
async function clientOf(project: string): Promise<typeof generated.ChatClient> {
  const module = pathToFileURL(join(project, "generated/client-typescript/index.ts")).href;
  return ((await import(/* @vite-ignore */ module)) as typeof generated).ChatClient;
}

/** Connects, and counts the sockets that are opened for it. */
async function connect(Client: typeof generated.ChatClient, where: { gate: string } | { url: string }, uid: string) {
  const sockets: string[] = [];
  class Counted extends WebSocket {
    constructor(url: string) {
      super(url);
      sockets.push(url);
    }
  }
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  const backoff = { first: 10, longest: 50 };
  const options = { ...where, uid, webSocket: Counted, backoff, signal: controller.signal };
  const client = await Client.connect(options).catch((error: unknown) => error as Error);
  return { client: client as ChatClient, error: client as unknown as Error & { code?: number }, sockets };
}

/** Enters the lobby, says something, and returns the line as it comes back. */
async function sayHello(client: ChatClient, name: string): Promise<generated.ChatLine> {
  const heard = new Promise<generated.ChatLine>((resolve) => client.chat.onChat(resolve));
  expect((await client.connector.entry.enter({ room: "lobby", name })).members).toContain(name);
  expect((await client.chat.room.send({ target: "*", text: `hello from ${name}` })).sentAt).toBeGreaterThan(0);
  return heard;
}

describe("an old client", () => {
  it("speaks with newer servers that only added something, and does not mind what it does not know", async () => {
    const old = await runnableProject();
    const { gate } = await runCluster(await nextVersion(old, ...ADDITIONS));
    const { client } = await connect(await clientOf(old), { gate }, "ann");
    expect(await sayHello(client, "ann")).toEqual({
      room: "lobby",
      from: "ann",
      target: "*",
      text: "hello from ann",
      sentAt: expect.any(Number),
    });
    // After pushes that it does not know, it goes on: an answer, an error, and its own state.
    await expect(client.connector.entry.enter({ room: "lobby", name: "ann" })).rejects.toMatchObject({
      name: "ALREADY_ENTERED",
    });
    expect(client.state.kind).toBe("open");
  });

  it("is refused by servers of an incompatible schema, told why, and does not come back", async () => {
    const old = await runnableProject();
    const broken = await nextVersion(
      old,
      ["schema/messages/chat.proto", "string text = 2;", "int32 text = 2;"],
      ["app/chat/room.ts", "{ room, from: name, target, text,", "{ room, from: name, target, text: String(text),"],
    );
    const { gate } = await runCluster(broken);
    const { error, sockets } = await connect(await clientOf(old), { gate }, "ann");
    expect(error).toMatchObject({ name: "ConnectError", code: 4503 });
    expect(error.message).toMatch(
      /schema [0-9a-f]{16} \(version 1\) is incompatible with the server's [0-9a-f]{16} \(version 2\): update the client$/,
    );
    expect(sockets).toHaveLength(1);
  });

  it("older than `oldestClient` is refused, told so, and does not come back", async () => {
    const old = await runnableProject();
    const { gate } = await runCluster(
      await nextVersion(old, ["schema/index.ts", "oldestClient: 1", "oldestClient: 2"]),
    );
    const { error, sockets } = await connect(await clientOf(old), { gate }, "ann");
    expect(error).toMatchObject({ name: "ConnectError", code: 4503 });
    expect(error.message).toMatch(/schema version 1 is older than 2, the oldest this server takes: update the client$/);
    expect(sockets).toHaveLength(1);
  });

  it("that was connected is in its last state when the servers it comes back to are too new", async () => {
    const old = await runnableProject();
    const first = await runCluster(old);
    const proxy = await startCutProxy();
    onTestFinished(() => proxy.close());
    proxy.target = Number(new URL(first.connector).port);
    const { client, sockets } = await connect(await clientOf(old), { url: `ws://127.0.0.1:${proxy.port}/` }, "ann");
    await sayHello(client, "ann");
    const closed = new Promise((resolve) => client.onState((state) => state.kind === "closed" && resolve(state)));
    const next = await nextVersion(old, ["schema/index.ts", "oldestClient: 1", "oldestClient: 2"]);
    proxy.target = Number(new URL((await runCluster(next)).connector).port);
    proxy.cut();
    expect(await closed).toMatchObject({
      kind: "closed",
      code: 4503,
      reason: expect.stringContaining("update the client"),
    });
    expect(sockets).toHaveLength(2);
    await expect(client.chat.room.send({ target: "*", text: "?" })).rejects.toMatchObject({ executed: "no" });
    expect(sockets).toHaveLength(2);
  });
});

describe("a new client", () => {
  it("speaks with older servers, and hears plainly what they do not have yet", async () => {
    const old = await runnableProject();
    const next = await nextVersion(old, ...ADDITIONS);
    const { gate } = await runCluster(old);
    const { client } = await connect(await clientOf(next), { gate }, "bob");
    expect(await sayHello(client, "bob")).toMatchObject({ text: "hello from bob", mood: "" });
    const newer = client as unknown as { chat: { room: { wave(request: { name: string }): Promise<unknown> } } };
    for (let attempt = 0; attempt < 20; attempt++) {
      await expect(newer.chat.room.wave({ name: "bob" })).rejects.toMatchObject({
        name: "UNKNOWN_MESSAGE",
        executed: "no",
      });
    }
    expect(client.state.kind).toBe("open");
  });

  it("turns away from servers that neither side understands", async () => {
    const old = await runnableProject();
    const broken = await nextVersion(old, ["schema/messages/chat.proto", "string text = 2;", "int32 text = 2;"]);
    const { gate } = await runCluster(old);
    const { error, sockets } = await connect(await clientOf(broken), { gate }, "bob");
    expect(error).toMatchObject({ name: "ConnectError", code: 4503 });
    expect(error.message).toMatch(
      /chat, schema [0-9a-f]{16} of version 2, is not compatible with the server's, [0-9a-f]{16} of version 1$/,
    );
    expect(sockets).toHaveLength(1);
  });
});
