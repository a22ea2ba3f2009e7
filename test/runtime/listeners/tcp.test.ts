/** The reference chat over TCP: the same sessions, limits, pushes, channels and data as over WebSockets. */
import { startCluster } from "gatesmith/runtime";
import { inbox } from "gatesmith/testing";
import { pino } from "pino";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import application from "../../../app/index.js";
import { ChatClient } from "../../../generated/client-typescript/index.js";
import {
  ChatLine,
  EnterRequest,
  EnterResponse,
  Member,
  manifest,
  SendRequest,
  SendResponse,
  Typing,
} from "../../../generated/server/index.js";
import { mainRequest, mainResponse } from "../../../generated/server/layouts.js";
import { leftovers } from "../../abuse/leftovers.js";
import { overTcp } from "./lines.js";
import { failureOf, type Wire, WireClient } from "./wire-client.js";

const wire: Wire = { request: mainRequest, response: mainResponse, manifest };

const Id = {
  ENTER: 1101,
  SEND: 2001,
  TYPING: 2002,
  ON_CHAT: 2101,
  ON_TYPING: 2102,
  ON_ADD: 2103,
  ON_LEAVE: 2104,
} as const;

async function start(limits = {}) {
  const listeners = [
    { transport: "tcp", port: 0 },
    { transport: "websocket", port: 0 },
  ] as const;
  const servers = { gate: { port: 0 }, connector: { count: 2, listeners: [...listeners] }, chat: { count: 2 } };
  const cluster = await startCluster(application, { servers, limits }, { log: pino({ level: "silent" }) });
  onTestFinished(async () => {
    await cluster.stop();
    await new Promise((resolve) => setImmediate(resolve));
    expect(leftovers(cluster)).toEqual({});
  });
  const url = (id: string, scheme: string) =>
    cluster.endpoints.find((one) => one.server === id && one.url.startsWith(scheme))!.url;
  return { ...cluster, url };
}

type Chat = Awaited<ReturnType<typeof start>>;

async function open(chat: Chat, id = "connector-1"): Promise<WireClient> {
  const client = new WireClient(await overTcp(chat.url(id, "tcp")), wire);
  await client.hello();
  return client;
}

async function enter(chat: Chat, room: string, name: string, id?: string): Promise<WireClient> {
  const client = await open(chat, id);
  await client.call(Id.ENTER, [EnterRequest, { room, name }], EnterResponse);
  return client;
}

const say = (client: WireClient, text: string, target = "*") =>
  client.call(Id.SEND, [SendRequest, { target, text }], SendResponse);

async function enterByWebSocket(chat: Chat, room: string, name: string): Promise<ChatClient> {
  const url = chat.url("connector-2", "ws");
  const client = await ChatClient.connect({ url, uid: name, webSocket: WebSocket });
  await client.connector.entry.enter({ room, name });
  return client;
}

describe("a TCP client", () => {
  it("is welcomed, asks, is answered, and hears pushes that count", async () => {
    const chat = await start();
    const ann = new WireClient(await overTcp(chat.url("connector-1", "tcp")), wire);
    const welcome = await ann.hello();
    expect(welcome).toMatchObject({ heartbeat: 10_000, timeout: 25_000, limits: { inFlight: 64, frameBytes: 65_536 } });
    expect(welcome.sessionId).not.toBe("");
    const { members } = await ann.call(Id.ENTER, [EnterRequest, { room: "lobby", name: "ann" }], EnterResponse);
    expect(members).toEqual(["ann"]);
    const { sentAt } = await say(ann, "hello");
    const push = await ann.next((frame) => frame.messageId === Id.ON_CHAT);
    expect(push).toMatchObject({ sequence: 1, error: null });
    await say(ann, "again");
    expect(await ann.next((frame) => frame.messageId === Id.ON_CHAT)).toMatchObject({ sequence: 2 });
    expect(sentAt).toBeGreaterThan(0);
    await ann.ping();
    await ann.leave();
    expect(ann.end).toMatchObject({ how: "end" });
  });

  it("is held to the same rules: UNAUTHENTICATED, TOO_LARGE, RATE_LIMITED, OVERLOADED, BAD_SEQUENCE, UNKNOWN_MESSAGE", async () => {
    const chat = await start({ inFlight: 4 });
    const ann = await open(chat);
    expect((await ann.ask(Id.SEND, SendRequest, { target: "*", text: "" })).error).toBe("UNAUTHENTICATED");
    expect((await ann.ask(4711, Typing, { name: "" })).error).toBe("UNKNOWN_MESSAGE");
    await ann.call(Id.ENTER, [EnterRequest, { room: "lobby", name: "ann" }], EnterResponse);
    const long = await ann.ask(Id.SEND, SendRequest, { target: "*", text: "x".repeat(5_000) });
    expect([long.error, failureOf(long).message]).toEqual(["TOO_LARGE", expect.stringContaining("4096")]);
    ann.sequence = 1;
    expect((await ann.ask(Id.SEND, SendRequest, { target: "*", text: "" })).error).toBe("BAD_SEQUENCE");
    ann.sequence = 100;
    const frames = Array.from({ length: 40 }, () => ann.message(Id.SEND, SendRequest, { target: "*", text: "hi" }));
    ann.write(...frames);
    const errors = new Set<string | null>();
    for (let sequence = 101; sequence <= 140; sequence++) errors.add((await ann.answer(sequence)).error);
    expect(errors).toEqual(new Set([null, "OVERLOADED", "RATE_LIMITED"]));
    // Nobody else is touched by it.
    expect((await say(await enter(chat, "lobby", "bob"), "fine")).sentAt).toBeGreaterThan(0);
  });

  it("whose client is too old is told so before it is closed", async () => {
    const old = { ...application, manifest: { ...application.manifest, oldestClient: 5 } };
    const listeners = [{ transport: "tcp", port: 0 } as const];
    const servers = { gate: { port: 0 }, connector: { listeners } };
    const cluster = await startCluster(old, { servers }, { log: pino({ level: "silent" }) });
    onTestFinished(() => cluster.stop());
    const url = cluster.endpoints.find(({ server }) => server === "connector-1")!.url;
    const client = new WireClient(await overTcp(url), wire);
    client.write(client.helloFrame());
    expect(await client.kick()).toMatchObject({ code: 4503, reason: expect.stringContaining("update the client") });
    expect(await client.closed).toEqual({ how: "end" });
  });
});

describe("a TCP client and a WebSocket client", () => {
  it("chat in one room: both hear who comes, what is said and who leaves", async () => {
    const chat = await start();
    const ann = await enter(chat, "lobby", "ann");
    const bob = await enterByWebSocket(chat, "lobby", "bob");
    const [hears, sees, leaves] = [inbox(bob.chat.onChat), inbox(bob.chat.onTyping), inbox(bob.chat.onLeave)];
    expect(await ann.push(Id.ON_ADD, Member)).toEqual({ name: "bob" });
    await say(ann, "from TCP");
    const line = await hears.next();
    expect(line).toMatchObject({ room: "lobby", from: "ann", target: "*", text: "from TCP" });
    expect(await ann.push(Id.ON_CHAT, ChatLine)).toEqual(line);
    await bob.chat.room.send({ target: "*", text: "from a WebSocket" });
    expect(await ann.push(Id.ON_CHAT, ChatLine)).toMatchObject({ from: "bob", text: "from a WebSocket" });
    await bob.chat.room.send({ target: "ann", text: "psst" });
    expect(await ann.push(Id.ON_CHAT, ChatLine)).toMatchObject({ from: "bob", target: "ann", text: "psst" });
    ann.write(ann.message(Id.TYPING, Typing, { name: "" }));
    expect(await sees.next()).toEqual({ name: "ann" });
    bob.chat.room.typing({ name: "" });
    expect(await ann.push(Id.ON_TYPING, Typing)).toEqual({ name: "ann" });
    expect(await ann.push(Id.ON_TYPING, Typing)).toEqual({ name: "bob" });
    const cid = await enterByWebSocket(chat, "lobby", "cid");
    expect(await ann.push(Id.ON_ADD, Member)).toEqual({ name: "cid" });
    cid.close();
    expect(await ann.push(Id.ON_LEAVE, Member)).toEqual({ name: "cid" });
    await ann.leave();
    expect(await leaves.next()).toEqual({ name: "cid" });
    expect(await leaves.next()).toEqual({ name: "ann" });
    bob.close();
  });

  it("have one name between them: a second login is refused on either, and free when its owner has gone", async () => {
    const chat = await start();
    const ann = await enter(chat, "lobby", "ann");
    await expect(enterByWebSocket(chat, "lobby", "ann")).rejects.toMatchObject({ name: "NAME_TAKEN" });
    const bob = await enterByWebSocket(chat, "lobby", "bob");
    await expect(enter(chat, "lobby", "bob")).rejects.toThrow("1001");
    const leaves = inbox(bob.chat.onLeave);
    ann.line.destroy();
    expect(await leaves.next()).toEqual({ name: "ann" });
    const again = await enterByWebSocket(chat, "lobby", "ann");
    for (const client of [bob, again]) client.close();
  });
});
