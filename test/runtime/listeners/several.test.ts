/** Several listeners on one server: transports, protocols, paths, and a gate that knows where each protocol is spoken. */
import { networkInterfaces } from "node:os";
import { describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { checkConfiguration } from "../../../runtime/operate/configuration.js";
import { processTiming as timing } from "../../../runtime/operate/process-timing.js";
import type { RunningServer } from "../../../runtime/running-server.js";
import { openServerListeners } from "../../../runtime/server-listeners.js";
import { HarborClient } from "./harbor/generated/client-typescript/index.js";
import { Address, Entry, manifest } from "./harbor/generated/server/index.js";
import {
  Call,
  connect,
  echo,
  Id,
  Identity,
  type ListenerInput,
  moored,
  Nothing,
  open,
  Ship,
  startHarbor,
  Text,
  type WireName,
  whoAmI,
} from "./harbor-cluster.js";

const ALL: readonly ListenerInput[] = [
  { transport: "tcp", port: 0 },
  { transport: "tcp", port: 0, protocol: "next" },
  { transport: "websocket", port: 0 },
  { transport: "websocket", port: 0, paths: { "/": "main", "/v2": "next", "/old/*": "main" } },
  { transport: "tcp", port: 0, protocol: "lines" },
];

/** The protocol that is spoken at each of their addresses. */
const SPOKEN: readonly WireName[] = ["main", "next", "main", "main", "next", "main", "lines"];

describe("one server's listeners", () => {
  it("are all there at once, and their clients meet in one channel", async () => {
    const harbor = await startHarbor(ALL);
    const urls = harbor.urls();
    expect(urls.map((url) => url.replace(/\d{4,}/, "PORT"))).toEqual([
      "tcp://127.0.0.1:PORT",
      "tcp://127.0.0.1:PORT",
      "ws://127.0.0.1:PORT/",
      "ws://127.0.0.1:PORT/",
      "ws://127.0.0.1:PORT/v2",
      "ws://127.0.0.1:PORT/old/",
      "tcp://127.0.0.1:PORT",
    ]);
    const ships = await Promise.all(urls.map((url, index) => moored(url, `ship-${index}`, "east", SPOKEN[index]!)));
    for (const [index, ship] of ships.entries()) {
      await ship.call(Id.CALL, [Text, { text: `I am ${index}` }], Nothing);
      for (const other of ships) {
        expect(await other.push(Id.ON_CALL, Call)).toEqual({ from: `ship-${index}`, text: `I am ${index}` });
      }
    }
    const [first, ...others] = ships;
    await first!.leave();
    for (const other of others) expect(await other.push(Id.ON_LEFT, Ship)).toEqual({ name: "ship-0", dock: "east" });
  });

  it("give their sessions the same data and address, here and on the backend", async () => {
    const harbor = await startHarbor(ALL);
    for (const [index, url] of harbor.urls().entries()) {
      const ship = await moored(url, `ship-${index}`, "west", SPOKEN[index]!);
      const identity = {
        clientIp: "127.0.0.1",
        uid: `west/ship-${index}`,
        ship: { name: `ship-${index}`, dock: "west" },
      };
      expect(await whoAmI(ship)).toEqual(identity);
      expect(await ship.call(Id.DOCK_WHO, [Nothing, {}], Identity)).toEqual(identity);
    }
  });

  it("share the server's bound on sessions", async () => {
    const harbor = await startHarbor(ALL, { limits: { sessions: 2 } });
    const urls = harbor.urls();
    const [tcp, web] = [await open(urls[0]!), await open(urls[2]!)];
    expect(await (await connect(urls[1]!, "next")).closed).toMatchObject({ how: "end" });
    expect(await (await connect(urls[4]!, "next")).closed).toMatchObject({ code: 4004 });
    expect(harbor.server("connector-1").core.counters.closesWith(4004)).toBe(2);
    // Those within are not disturbed, and a place that is free is given away again.
    expect([await echo(tcp, "still here"), await echo(web, "so am I")]).toEqual(["still here", "so am I"]);
    await web.leave();
    const { sessions } = harbor.server("connector-1").frontend!;
    await vi.waitFor(() => expect(sessions.size).toBe(1), { timeout: 30_000 });
    expect(await echo(await open(urls[1]!, "next"), "in at last")).toBe("in at last");
  });

  it("refuse paths that nobody gave a protocol", async () => {
    const harbor = await startHarbor(ALL);
    const base = harbor.urls()[3]!;
    for (const path of ["v3", "v2/", "v2/more", "old", "V2", "%762"]) {
      const refused = new Promise<string>((resolve) => {
        const socket = new WebSocket(base + path);
        socket.once("error", (error) => resolve(error.message));
        socket.once("open", () => resolve("opened"));
      });
      expect(`${path}: ${await refused}`).toBe(`${path}: Unexpected server response: 404`);
    }
    expect(await echo(await open(`${base}v2?utm=1`, "next"), "queries are no part of a path")).toBeTruthy();
    expect(await echo(await open(`${base}old/and/deep`), "as deep as you like")).toBeTruthy();
    const page = await fetch(base.replace(/^ws/, "http"));
    expect([page.status, await page.text()]).toEqual([404, "No protocol is spoken at this path."]);
  });

  it("speak one protocol each: another's frames are bad traffic there", async () => {
    const harbor = await startHarbor(ALL, { limits: { strikes: 1 } });
    const [, next, , , v2] = harbor.urls();
    for (const url of [next!, v2!]) {
      const stranger = await connect(url, "main");
      stranger.write(stranger.helloFrame());
      const end = await stranger.closed;
      expect(end.code ?? "TCP").toBe(url === v2 ? 4500 : "TCP");
    }
    expect(harbor.server("connector-1").core.counters.strikeOuts).toBe(2);
  });
});

describe("a gate", () => {
  const gate = { listeners: [{ transport: "websocket" as const, port: 0 }, ...ALL.slice(0, 2)] };

  it("listens on TCP as well, and answers where each protocol is spoken", async () => {
    const harbor = await startHarbor(ALL, { servers: { gate } });
    const urls = harbor.urls();
    const [, tcp, next] = harbor.urls("gate-1");
    for (const [url, wire] of [
      [tcp!, "main"],
      [next!, "next"],
    ] as const) {
      const client = await open(url, wire);
      const ask = (protocol: string) => client.call(Id.ENTRY, [Entry, { uid: "ann", protocol }], Address);
      expect(await ask("")).toEqual({ url: urls[0], server: "connector-1" });
      expect(await ask("next")).toEqual({ url: urls[1], server: "connector-1" });
      await expect(ask("morse")).rejects.toThrow('NO_SERVER: connector-1 does not speak protocol "morse"');
    }
  });

  it("answers GET /entry by uid and protocol", async () => {
    const servers = { gate, connector: { count: 3, listeners: [...ALL] } };
    const harbor = await startHarbor(ALL, { servers });
    const ask = async (query: string) => {
      const response = await fetch(`${harbor.gates[0]}/entry${query}`);
      return { status: response.status, ...((await response.json()) as { url: string; server: string }) };
    };
    for (const uid of ["ann", "bob", "cid", "d\u00e9e"]) {
      const first = await ask(`?uid=${encodeURIComponent(uid)}`);
      const urls = harbor.urls(first.server);
      expect(first).toEqual({ status: 200, url: urls[0], server: first.server });
      // The rule is a hash: the same uid is sent to the same connector, whatever it speaks.
      expect(await ask(`?protocol=next&uid=${encodeURIComponent(uid)}`)).toEqual({ ...first, url: urls[1] });
      expect(await ask(`?uid=${encodeURIComponent(uid)}&protocol=main`)).toEqual(first);
    }
    expect(await ask("?uid=ann&protocol=constructor")).toMatchObject({ status: 503, error: "NO_SERVER" });
    expect(await ask("")).toMatchObject({ status: 200 });
  });

  it("sends a generated client to a WebSocket when that is what its connectors offer first", async () => {
    const harbor = await startHarbor([ALL[2]!, ALL[0]!]);
    const client = await HarborClient.connect({ gate: harbor.gates[0]!, uid: "ann", webSocket: WebSocket });
    expect(await client.connector.pier.echo({ text: "ahoy" })).toEqual({ text: "ahoy" });
    client.close();
  });

  it("without a WebSocket listener has no GET /entry, and is no gate for HTTP", async () => {
    const harbor = await startHarbor(ALL, { servers: { gate: { listeners: [ALL[0]!] } } });
    expect(harbor.gates).toEqual([]);
  });
});

describe("what clients are told", () => {
  const told = async (listener: ListenerInput) => {
    const harbor = await startHarbor([listener]);
    return harbor.urls().map((url) => url.replace(/\d{4,}/, "PORT"));
  };

  it("is where the server listens, or what the configuration says, with the path of each protocol", async () => {
    const paths = { "/": "main", "/v2": "next" };
    expect(await told({ transport: "websocket", port: 0, paths, advertise: "wss://play.example/" })).toEqual([
      "wss://play.example/",
      "wss://play.example/v2",
    ]);
    expect(await told({ transport: "websocket", port: 0, paths, advertise: "wss://play.example:{port}/ws" })).toEqual([
      "wss://play.example:PORT/ws",
      "wss://play.example:PORT/ws/v2",
    ]);
    expect(await told({ transport: "tcp", port: 0, advertise: "tls://play.example:{port}" })).toEqual([
      "tls://play.example:PORT",
    ]);
  });

  it("is an address that somebody has, or the log warns", async () => {
    const warned = async (kind: string, more: { port: number; host?: string; advertise?: string }) => {
      const warn = vi.fn();
      const core = { number: 1, type: { kind, name: kind }, log: { warn } };
      const server = { core, frontend: { protocols: [{ name: "main" }] } } as unknown as RunningServer;
      const servers = { gate: { port: 1 }, connector: { port: 2 }, [kind]: more };
      const { records } = await openServerListeners(server, checkConfiguration({ servers }, manifest), timing, false);
      return [records.map(({ url }) => url), warn.mock.calls.length];
    };
    expect(await warned("connector", { port: 5, host: "0.0.0.0" })).toEqual([["ws://0.0.0.0:5/"], 1]);
    expect(await warned("connector", { port: 5, host: "::" })).toEqual([["ws://[::]:5/"], 1]);
    expect(await warned("gate", { port: 5, host: "0.0.0.0" })).toEqual([["ws://0.0.0.0:5/"], 0]);
    expect(await warned("connector", { port: 5 })).toEqual([["ws://127.0.0.1:5/"], 0]);
    const advertise = "ws://play.example:{port}/";
    expect(await warned("connector", { port: 5, host: "0.0.0.0", advertise })).toEqual([["ws://play.example:5/"], 0]);
  });

  const ipv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

  it.runIf(ipv6)(
    "works with IPv6, whose clients have their address in its shortest form on either transport",
    async () => {
      const harbor = await startHarbor([], {
        servers: { gate: { port: 0, host: "::1" }, connector: { host: "::1", listeners: [...ALL] } },
      });
      for (const [index, url] of harbor.urls().entries()) {
        expect(url).toMatch(/^(tcp|ws):\/\/\[::1\]:\d+/);
        expect(await whoAmI(await open(url, SPOKEN[index]!))).toMatchObject({ clientIp: "::1" });
      }
      expect(await (await fetch(`${harbor.gates[0]}/entry?uid=ann`)).json()).toEqual({
        url: harbor.urls()[0],
        server: "connector-1",
      });
    },
  );
});
