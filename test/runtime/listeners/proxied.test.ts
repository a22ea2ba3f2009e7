/** Clients behind proxies: whose address a session has, on TCP by the PROXY protocol, on WebSockets by X-Forwarded-For. */
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Certificates } from "./certificates.js";
import { echo, Id, Identity, type ListenerInput, moor, Nothing, startHarbor, whoAmI, wires } from "./harbor-cluster.js";
import { overTcp, overTls, overWebSocket } from "./lines.js";
import { WireClient } from "./wire-client.js";

const PATIENCE = { timeout: 40_000, interval: 20 };

const V1 = Buffer.from("PROXY TCP4 192.0.2.1 198.51.100.2 4001 9999\r\n");
const V1_IPV6 = Buffer.from("PROXY TCP6 2001:db8::2a ::1 4001 9999\r\n");
const V1_UNKNOWN = Buffer.from("PROXY UNKNOWN\r\n");
const signature = "0d0a0d0a000d0a515549540a";
const V2 = Buffer.from(`${signature}2111000cc0000201c63364020fa1270f`, "hex");
const V2_IPV6 = Buffer.from(`${signature}2121002420010db8${"00".repeat(8)}0000002a${"00".repeat(16)}0fa1270f`, "hex");
const V2_LOCAL = Buffer.from(`${signature}20000000`, "hex");

const HEADERS: readonly [what: string, header: Buffer, address: string][] = [
  ["version 1", V1, "192.0.2.1"],
  ["version 1 for IPv6", V1_IPV6, "2001:db8::2a"],
  ["version 1 for an unknown client", V1_UNKNOWN, "127.0.0.1"],
  ["version 2", V2, "192.0.2.1"],
  ["version 2 for IPv6", V2_IPV6, "2001:db8::2a"],
  ["version 2 for the proxy itself", V2_LOCAL, "127.0.0.1"],
];

/** Passes connections on to a port, with the header and the client's first bytes in one packet. Returns its own port. */
async function startProxy(port: number, header: Buffer): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connectSocket({ port, host: "127.0.0.1", noDelay: true });
    client.once("data", (first: Buffer) => {
      upstream.write(Buffer.concat([header, first]));
      client.pipe(upstream);
    });
    upstream.pipe(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
    }
  });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const PROXIED: ListenerInput = { transport: "tcp", port: 0, proxyProtocol: true };

describe("a TCP listener behind a proxy", () => {
  it.each(HEADERS)("takes %s, in one packet with Hello or byte by byte", async (_what, header, clientIp) => {
    const harbor = await startHarbor([PROXIED]);
    const [url] = harbor.urls();
    const sticky = new WireClient(await overTcp(url!), wires.main);
    sticky.write(header, sticky.helloFrame());
    await sticky.next();
    expect(await whoAmI(sticky)).toMatchObject({ clientIp });
    await moor(sticky, "ann");
    // The internal header carries it to the backend.
    expect(await sticky.call(Id.DOCK_WHO, [Nothing, {}], Identity)).toMatchObject({ clientIp });
    const slow = new WireClient(await overTcp(url!), wires.main);
    for (const byte of header) {
      slow.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await slow.hello();
    expect(await whoAmI(slow)).toMatchObject({ clientIp });
    expect(harbor.server("connector-1").core.counters.failedHandshakes).toBe(0);
  });

  it("reads the header in front of TLS, in one packet with the handshake or not", async () => {
    const { files } = await Certificates.of("proxied");
    const harbor = await startHarbor([{ ...PROXIED, tls: files } as ListenerInput]);
    const port = Number(new URL(harbor.urls()[0]!).port);
    for (const [, header, clientIp] of HEADERS) {
      const socket = connectSocket({ port, host: "127.0.0.1", noDelay: true });
      await new Promise((resolve) => socket.once("connect", resolve));
      socket.write(header);
      const together = await startProxy(port, header);
      for (const line of [await overTls("tls://unused", { socket }), await overTls(`tls://127.0.0.1:${together}`)]) {
        const client = new WireClient(line, wires.main);
        await client.hello();
        expect(await whoAmI(client)).toMatchObject({ clientIp });
        await client.leave();
      }
    }
  });

  it("closes and counts connections whose header is wrong, too long or not there, and disturbs nobody", async () => {
    const harbor = await startHarbor([PROXIED]);
    const [url] = harbor.urls();
    const other = new WireClient(await overTcp(url!), wires.main);
    other.write(V1);
    await other.hello();
    const { counters } = harbor.server("connector-1").core;
    const wrong = [
      "GET / HTTP/1.1\r\n\r\n",
      "PROXY TCP4 1.2.3.4\r\n",
      `PROXY UNKNOWN ${"x".repeat(5_000)}`,
      Buffer.from(`${signature}2111ffff`, "hex"),
      Buffer.alloc(100_000, 0x0d),
      other.helloFrame(),
    ];
    for (const [index, bytes] of wrong.entries()) {
      const line = await overTcp(url!);
      line.socket.on("data", () => {});
      line.socket.write(bytes);
      await line.closed;
      await vi.waitFor(() => expect(counters.failedHandshakes).toBe(index + 1), PATIENCE);
    }
    expect(await echo(other, "still here")).toBe("still here");
    expect(harbor.server("connector-1").frontend!.sessions.size).toBe(1);
    const reasons = harbor.lines
      .filter(({ msg }) => msg === "a connection ended before its handshake was over")
      .map((line) => (line as unknown as { reason: string }).reason);
    expect(reasons[0]).toBe("the connection does not begin with a PROXY protocol header");
    expect(reasons[2]).toBe("a PROXY header of version 1 has at most 107 bytes");
  });

  it("closes connections that say half a header, or nothing, at the time they are given", async () => {
    const harbor = await startHarbor([PROXIED], { limits: { helloTimeout: 200 } });
    const { counters } = harbor.server("connector-1").core;
    const half = await overTcp(harbor.urls()[0]!);
    half.socket.write(V2.subarray(0, 20));
    const silent = await overTcp(harbor.urls()[0]!);
    const gone = await overTcp(harbor.urls()[0]!);
    gone.destroy();
    for (const line of [half, silent]) {
      line.socket.resume();
      await line.closed;
    }
    await vi.waitFor(() => expect(counters.failedHandshakes).toBe(3), PATIENCE);
  });

  it("without proxies takes a PROXY header for what it is there: no Hello", async () => {
    const harbor = await startHarbor([{ transport: "tcp", port: 0 }], { limits: { helloTimeout: 100 } });
    const client = new WireClient(await overTcp(harbor.urls()[0]!), wires.main);
    // Its first two letters say that 20,562 bytes will follow.
    client.write(V1, client.helloFrame());
    expect(await client.kick()).toMatchObject({ code: 4002 });
    await client.closed;
    expect(harbor.server("connector-1").frontend!.sessions.size).toBe(0);
  });
});

describe("a WebSocket listener behind proxies", () => {
  const seen = async (url: string, forwarded?: string | string[]) => {
    const headers: Record<string, string> = {};
    // Several lines, if there are several; the type knows of one.
    if (forwarded !== undefined) headers["X-Forwarded-For"] = forwarded as string;
    const client = new WireClient(await overWebSocket(url, { headers }), wires.main);
    await client.hello();
    const { clientIp } = await whoAmI(client);
    await client.leave();
    return clientIp;
  };

  it("believes those it trusts, and only as far as they are", async () => {
    const trustedProxies = ["127.0.0.0/8", "10.0.0.0/8"];
    const harbor = await startHarbor([{ transport: "websocket", port: 0, trustedProxies }]);
    const [url] = harbor.urls();
    expect(await seen(url!)).toBe("127.0.0.1");
    expect(await seen(url!, "203.0.113.9")).toBe("203.0.113.9");
    expect(await seen(url!, "6.6.6.6, 203.0.113.9, 10.0.0.1")).toBe("203.0.113.9");
    expect(await seen(url!, "garbage")).toBe("127.0.0.1");
    // Some proxies add a line of their own behind those that were there, the client's inventions.
    expect(await seen(url!, ["6.6.6.6", "203.0.113.9"])).toBe("203.0.113.9");
    expect(await seen(url!, ["6.6.6.6", "203.0.113.9, 10.0.0.1", "10.0.0.2"])).toBe("203.0.113.9");
  });

  it("believes nobody unless it is told to, and nobody else", async () => {
    for (const trustedProxies of [[], ["10.0.0.0/8"]]) {
      const harbor = await startHarbor([{ transport: "websocket", port: 0, trustedProxies }]);
      expect(await seen(harbor.urls()[0]!, "203.0.113.9")).toBe("127.0.0.1");
    }
  });
});
