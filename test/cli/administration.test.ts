/** The verbs that reach a running cluster, against servers in processes of their own. */
import { existsSync, mkdirSync } from "node:fs";
import { CloseCode } from "gatesmith/runtime";
import { inbox } from "gatesmith/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { ChatClient } from "../../generated/client-typescript/index.js";
import { startNatsServer } from "../support/nats-server.js";
import { type Command, gatesmith } from "./support/command.js";
import { runnableProject } from "./support/running-cluster.js";
import { projectOfProcesses, startAmongProcesses } from "./support/several-processes.js";

const READY = /^.*"msg":"server ready".*$/m;

type Variables = Record<string, string>;

/** Processes of a cluster, and the verbs against it. */
async function cluster(ids: readonly string[], variables: Variables = {}) {
  const root = await projectOfProcesses();
  const servers = new Map(ids.map((id) => [id, startAmongProcesses(root, ["run", id], variables)]));
  const ready = new Map<string, { urls: string[] }>();
  for (const [id, server] of servers) ready.set(id, JSON.parse((await server.printed(READY))[0]));
  const ask = (args: readonly string[], others: Variables = {}) =>
    startAmongProcesses(root, args, { ...variables, ...others }).finished;
  return {
    server: (id: string): Command => servers.get(id)!,
    urlOf: (id: string) => ready.get(id)!.urls[0]!,
    ask,
    /** What a verb prints that succeeds. */
    async done(...args: string[]): Promise<string> {
      const { code, stdout, stderr } = await ask(args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      return stdout;
    },
    /** The message of one that fails. */
    async failed(...args: string[]): Promise<string> {
      const { code, stdout, stderr } = await ask(args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).not.toMatch(/^\s+at /m);
      return stderr;
    },
  };
}

async function enter(gate: string, uid: string): Promise<ChatClient> {
  const webSocket = WebSocket as unknown as typeof globalThis.WebSocket;
  const client = await ChatClient.connect({ gate: gate.replace("ws:", "http:"), uid, webSocket });
  onTestFinished(() => client.close());
  await client.connector.entry.enter({ room: "lobby", name: uid });
  return client;
}

/** Tries until the servers have met. */
async function enterSoon(gate: string, uid: string): Promise<ChatClient> {
  for (;;) {
    try {
      return await enter(gate, uid);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function administers(name: string, open: () => Promise<Variables>): void {
  it(`shows, tells and ends servers over ${name}`, async () => {
    const ids = ["chat-1", "chat-2", "connector-1", "connector-2", "gate-1"];
    const { server, urlOf, done } = await cluster(ids, await open());
    await enterSoon(urlOf("gate-1"), "ann");

    const said = (await done("list", "--json")).trimEnd().split("\n");
    const rows: Record<string, unknown>[] = said.map((line) => JSON.parse(line));
    expect(rows.map(({ id }) => id)).toEqual(ids);
    for (const row of rows) {
      expect(row).toMatchObject({ type: `${row.id}`.replace(/-\d$/, ""), pid: server(`${row.id}`).process.pid });
      expect(Number.isInteger(row.uptime)).toBe(true);
      expect(`${row.requestsPerSecond}`).toMatch(/^\d+(\.\d{1,2})?$/);
      expect(row).toMatchObject({ state: "ready", schemaHash: rows[0]!.schemaHash, version: rows[0]!.version });
    }
    const sessions = rows
      .filter(({ type }) => type === "connector")
      .reduce((sum, row) => sum + Number(row.sessions), 0);
    expect(sessions).toBe(1);
    const table = (await done("list")).trimEnd().split("\n");
    expect(table[0]).toMatch(/^id +type +pid +state +sessions +requests\/s +uptime +memory +schema$/);
    expect(table).toHaveLength(6);
    expect(table[1]).toMatch(/^chat-1 +chat +\d+ +ready +0 +[\d.]+ +(\d+m )?\d+s +\d+ MB +\d+ [0-9a-f]{8}$/);

    expect(await done("kick", "nobody")).toBe('ok "nobody" has no session\n');

    const drained = await done("drain", "chat-1");
    expect(drained).toMatch(/^chat-1 drains\n(.*\n)*ok chat-1 has left\n$/);
    expect(await server("chat-1").finished).toMatchObject({ code: 0, stderr: "" });
    expect(await done("stop", "connector-2")).toMatch(/^connector-2 stops\n(.*\n)*ok connector-2 has left\n$/);
    expect(await server("connector-2").finished).toMatchObject({ code: 0, stderr: "" });
    const left = (await done("list")).trimEnd().split("\n").slice(1);
    expect(left.map((row) => row.split(" ")[0])).toEqual(["chat-2", "connector-1", "gate-1"]);

    const eve = await enterSoon(urlOf("gate-1"), "eve");
    const lines = inbox(eve.chat.onChat);
    const message = '{"from":"operator","target":"*","text":"we restart at noon"}';
    expect(await done("broadcast", "chat.onChat", message)).toMatch(/^ok 1 connector took it, for [12] sessions?\n$/);
    expect(await lines.next()).toMatchObject({ from: "operator", text: "we restart at noon" });
    const closed = new Promise((resolve) => eve.onState((state) => state.kind === "closed" && resolve(state)));
    expect(await done("kick", "lobby/eve", "--reason", "enough")).toBe('ok 1 session of "lobby/eve" ended\n');
    expect(await closed).toMatchObject({ code: CloseCode.KICKED, reason: "enough" });
    for (const id of ["chat-2", "connector-1", "gate-1"])
      expect(server(id).stdout).not.toMatch(/administrator.*(left|heard)/);
  });
}

describe("administration", { timeout: 240_000 }, () => {
  administers("ipc", async () => ({}));

  administers("nats", async () => {
    const nats = await startNatsServer();
    onTestFinished(() => nats.stop());
    return { GATESMITH_BUS_DRIVER: "nats", GATESMITH_BUS_SERVERS: nats.url, GATESMITH_BUS_SECRET: "" };
  });

  it("is refused to whoever does not know the secret, and the server's log says so", async () => {
    const { server, ask, failed } = await cluster(["chat-1"]);
    const before = server("chat-1").stdout.length;
    for (const args of [["list"], ["stop", "chat-1"]]) {
      const { code, stdout, stderr } = await ask(args, { GATESMITH_BUS_SECRET: "what it might have been" });
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(
        /^error the servers in .* have another secret: bus\.secret must be the one they were started/,
      );
    }
    await server("chat-1").printed(/a connection to the bus was refused|a server is not listened to/);
    const said = server("chat-1").stdout.slice(before);
    expect(said).not.toMatch(/told to/);
    expect(server("chat-1").process.exitCode).toBeNull();
    expect(await failed("drain", "chta-1")).toMatch(
      /^error there is no server "chta-1"; there are chat-1; did you mean "chat-1"\?/,
    );
    expect(await failed("stop", "zebra")).toMatch(/^error there is no server "zebra"; there are chat-1$/m);
    expect(await failed("stop", "")).toMatch(/^error there is no server ""; there are chat-1$/m);
    expect(await failed("broadcast", "chat.onChat", "{}")).toMatch(/no connector is there/);
  });

  it("is refused to whoever has not NATS's credentials", async () => {
    const configuration = 'authorization { user: "cluster", password: "right" }';
    const nats = await startNatsServer({ configuration });
    onTestFinished(() => nats.stop());
    const variables = {
      GATESMITH_BUS_DRIVER: "nats",
      GATESMITH_BUS_SERVERS: nats.url,
      GATESMITH_BUS_SECRET: "",
      GATESMITH_BUS_USER: "cluster",
    };
    const { ask } = await cluster(["chat-1"], { ...variables, GATESMITH_BUS_PASSWORD: "right" });
    const { code, stdout, stderr } = await ask(["list"], { GATESMITH_BUS_PASSWORD: "wrong" });
    expect({ code: code !== 0, stdout }).toEqual({ code: true, stdout: "" });
    expect(stderr).toMatch(/^error gatesmith\.config\.ts: bus: NATS at .* refuses these credentials/);
    expect((await ask(["list"], { GATESMITH_BUS_PASSWORD: "right" })).stdout).toMatch(/^chat-1 /m);
  });

  it.each([
    ["chat.onChta", "{}", 1, /no push chat\.onChta; did you mean "chat\.onChat"\?/],
    ["chat.room.send", "{}", 1, /is a route that clients call, and no push/],
    ["chat.onChat", '{"form":"x"}', 1, /no field "form"; did you mean "from"\?/],
    ["chat.onChat", "{", 2, /the message of chat\.onChat is no JSON/],
  ])("sends no push %s %s", async (push, json, code, complaint) => {
    const finished = await gatesmith("broadcast", push, json);
    expect(finished).toMatchObject({ code, stdout: "" });
    expect(finished.stderr).toMatch(complaint);
  });

  it("says that nobody is there, and that a local bus cannot be reached", async () => {
    const root = await projectOfProcesses();
    const list = () => startAmongProcesses(root, ["list"]).finished;
    const before = await list();
    expect(before).toMatchObject({ code: 5, stdout: "" });
    const folder =
      /^error gatesmith\.config\.ts: bus\.folder: (.*bus) is missing: no server has been started with this folder$/m;
    const [, path] = folder.exec(before.stderr)!;
    // Whoever only looks makes nothing.
    expect(existsSync(path!)).toBe(false);
    mkdirSync(path!, { mode: 0o700 });
    const { code, stdout, stderr } = await list();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^error no server is there: none has a socket in .*bus/);
    const alone = await gatesmith("drain", "chat-1", "--root", await runnableProject());
    expect(alone).toMatchObject({ code: 1, stdout: "" });
    expect(alone.stderr).toMatch(
      /^error gatesmith\.config\.ts: bus: the servers of a "local" bus share one process.* --environment/,
    );
  });
});
