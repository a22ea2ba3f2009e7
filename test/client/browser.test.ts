/** The generated client in a real browser, through a real gate, connector and chat server. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Cluster, startCluster } from "gatesmith/runtime";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import application from "../../app/index.js";
import type * as Generated from "../../generated/client-typescript/index.js";
import { type CutProxy, startCutProxy } from "../support/cut-proxy.js";
import { installDebian } from "../support/install-debian.js";

declare global {
  /** The bundle of the generated client, on the page. */
  const Chat: typeof Generated;
  interface Window {
    client: Generated.ChatClient;
    heard: string[];
    states: string[];
  }
}

let cluster: Cluster;
let proxy: CutProxy;
let pages: Server;
let folder: string;
let browser: BrowserContext;

beforeAll(async () => {
  const executablePath = await installDebian("chromium", "chromium");
  proxy = await startCutProxy();
  const host = "127.0.0.1";
  cluster = await startCluster(application, {
    servers: {
      gate: { port: 0, host },
      connector: { port: 0, host, advertise: `ws://${host}:${proxy.port}/?port={port}` },
      chat: { count: 2 },
    },
    log: { level: "silent" },
  });
  const connector = cluster.endpoints.find(({ server }) => server === "connector-1");
  proxy.target = Number(new URL(connector!.url).searchParams.get("port"));
  pages = await servePage(await bundle());
  folder = await mkdtemp(join(tmpdir(), "gatesmith-browser-"));
  browser = await chromium.launchPersistentContext(folder, {
    executablePath,
    headless: true,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}, 900_000);

afterAll(async () => {
  await browser?.close();
  await cluster?.stop();
  await proxy?.close();
  pages?.closeAllConnections();
  pages?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** Everything a page needs, as one script. Fails when the client imports anything that is not in its folder. */
async function bundle(): Promise<string> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL("../../generated/client-typescript/index.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "Chat",
    platform: "browser",
    target: "es2022",
  });
  return result.outputFiles[0]!.text;
}

async function servePage(script: string): Promise<Server> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(`<!doctype html><title>chat</title><script>${script.replaceAll("</script", "<\\/script")}</script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

async function open(): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/chat.html`);
  return page;
}

/** Connects through the gate, and enters the room. Resolves to who is there. */
function enter(page: Page, name: string): Promise<string[]> {
  return page.evaluate(
    async ({ gate, name }) => {
      window.heard = [];
      window.states = [];
      window.client = await Chat.ChatClient.connect({ gate, uid: name, backoff: { first: 10 } });
      const { client, heard, states } = window;
      client.onState(({ kind }) => states.push(kind));
      client.chat.onChat(({ from, text }) => heard.push(`${from}: ${text}`));
      client.chat.onAdd((member) => heard.push(`+${member.name}`));
      client.chat.onLeave((member) => heard.push(`-${member.name}`));
      return (await client.connector.entry.enter({ room: "lobby", name })).members;
    },
    { gate: cluster.gates[0]!, name },
  );
}

const heard = (page: Page) => page.evaluate(() => window.heard);

describe("in a browser, the generated client", () => {
  it("chats, is told of errors by their names, and comes back when the network was lost", async () => {
    const ann = await open();
    const bob = await open();
    expect(await enter(ann, "ann")).toEqual(["ann"]);
    expect(await enter(bob, "bob")).toEqual(["ann", "bob"]);

    const sentAt = await ann.evaluate(
      async () => (await window.client.chat.room.send({ target: "*", text: "hello, wörld 🌍" })).sentAt,
    );
    expect(Number.isInteger(sentAt)).toBe(true);
    await expect.poll(() => heard(bob)).toEqual(["ann: hello, wörld 🌍"]);
    await expect.poll(() => heard(ann)).toEqual(["+bob", "ann: hello, wörld 🌍"]);

    const refused = await bob.evaluate(() =>
      window.client.chat.room.send({ target: "zoe", text: "?" }).catch((error: Generated.CallError) => ({
        isCallError: error instanceof Chat.CallError,
        name: error.name,
        code: error.code,
        route: error.route,
        message: error.message,
      })),
    );
    expect(refused).toEqual({
      isCallError: true,
      name: "NO_SUCH_MEMBER",
      code: 1003,
      route: "chat.room.send",
      message: "nobody in room lobby is called zoe",
    });

    proxy.cut();
    for (const page of [ann, bob]) {
      await expect
        .poll(() => page.evaluate(() => window.states.join()), { timeout: 20_000 })
        .toBe("waiting,connecting,open");
    }
    expect(await ann.evaluate(() => window.client.state)).toMatchObject({ kind: "open", resumed: false });
    const members = await ann.evaluate(
      async () => (await window.client.connector.entry.enter({ room: "attic", name: "ann" })).members,
    );
    expect(members).toEqual(["ann"]);
    await bob.evaluate(() => window.client.connector.entry.enter({ room: "attic", name: "bob" }));
    await bob.close();
    await expect.poll(async () => (await heard(ann)).slice(2)).toEqual(["+bob", "-bob"]);
    await ann.evaluate(() => window.client.close());
    expect(await ann.evaluate(() => window.client.state.kind)).toBe("closed");
  });

  it("says why it cannot connect", async () => {
    const page = await open();
    const message = await page.evaluate(() =>
      Chat.ChatClient.connect({ url: "ws://127.0.0.1:1/", connectTimeout: 0 }).then(
        () => "connected",
        (error: Error) => error.message,
      ),
    );
    expect(message).toBe("cannot connect to chat: ws://127.0.0.1:1/ did not open (code 1006)");
    await page.close();
  });
});
