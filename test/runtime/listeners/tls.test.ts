/** TLS on both transports: certificates that are renewed under way, pairs that do not fit, clients that fail the handshake. */
import { mkdir, readFile, rm, symlink } from "node:fs/promises";
import { request } from "node:https";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { describe, expect, it, vi } from "vitest";
import { Certificates } from "./certificates.js";
import { Call, echo, Id, moored, Nothing, open, startHarbor, Text, wires } from "./harbor-cluster.js";
import { overTls, overWebSocket } from "./lines.js";
import { WireClient } from "./wire-client.js";

const PATIENCE = { timeout: 40_000, interval: 50 };

/** One listener of each transport, with a certificate for "first". */
async function start(limits = {}) {
  const certificates = await Certificates.of("first");
  const tls = certificates.files;
  const harbor = await startHarbor(
    [
      { transport: "tcp", port: 0, tls },
      { transport: "websocket", port: 0, tls },
    ],
    { limits },
  );
  const [tcp, web] = harbor.urls() as [string, string];
  const { counters } = harbor.server("connector-1").core;
  return { harbor, certificates, tcp, web, counters };
}

const commonName = (socket: TLSSocket) => socket.getPeerCertificate().subject?.CN;

async function nameOverTcp(url: string): Promise<string> {
  const { socket } = await overTls(url);
  const name = commonName(socket);
  socket.destroy();
  return String(name);
}

async function nameOverWebSocket(url: string): Promise<string> {
  const { socket } = await overWebSocket(url);
  const name = commonName((socket as unknown as { _socket: TLSSocket })._socket);
  socket.terminate();
  return String(name);
}

describe("TLS", () => {
  it("carries the same as plain sockets, for clients who trust its certificate", async () => {
    const { certificates, tcp, web, counters } = await start();
    expect([tcp, web]).toEqual([
      expect.stringMatching(/^tls:\/\/127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^wss:\/\/.*\/$/),
    ]);
    const ca = await readFile(certificates.files.certificate);
    const ann = new WireClient(await overTls(tcp, { ca, rejectUnauthorized: true }), wires.main);
    const bob = new WireClient(await overWebSocket(web, { ca, rejectUnauthorized: true }), wires.main);
    for (const client of [ann, bob]) await client.hello();
    expect([await echo(ann, "over TLS"), await echo(bob, "x".repeat(40_000))]).toEqual([
      "over TLS",
      "x".repeat(40_000),
    ]);
    const [cid, dee] = [await moored(tcp, "cid"), await moored(web, "dee")];
    await cid.call(Id.CALL, [Text, { text: "ahoy" }], Nothing);
    expect(await dee.push(Id.ON_CALL, Call)).toEqual({ from: "cid", text: "ahoy" });
    expect(counters.failedHandshakes).toBe(0);
  });

  it("renews a certificate: new connections get the new one, old ones stay up", async () => {
    const { certificates, tcp, web } = await start();
    const old = [await open(tcp), await open(web)];
    for (const name of ["second", "third"]) {
      await certificates.install(await certificates.make(name));
      await vi.waitFor(async () => expect(await nameOverTcp(tcp)).toBe(name), PATIENCE);
      await vi.waitFor(async () => expect(await nameOverWebSocket(web)).toBe(name), PATIENCE);
      old.push(await open(tcp), await open(web));
      for (const client of old) expect(await echo(client, name)).toBe(name);
    }
  });

  it("notices a link that points to another folder, as secrets are mounted", async () => {
    const certificates = await Certificates.of("unused");
    const { folder } = certificates;
    const release = async (name: string) => {
      const pair = await certificates.make(name);
      await mkdir(join(folder, `data-${name}`));
      await certificates.put(join(folder, `data-${name}`, "tls.crt"), await readFile(pair.certificate, "utf8"));
      await certificates.put(join(folder, `data-${name}`, "tls.key"), await readFile(pair.key, "utf8"));
      await rm(join(folder, "data"), { force: true });
      await symlink(`data-${name}`, join(folder, "data"));
    };
    await release("first");
    const tls = { certificate: join(folder, "data", "tls.crt"), key: join(folder, "data", "tls.key") };
    const harbor = await startHarbor([{ transport: "tcp", port: 0, tls }]);
    const [url] = harbor.urls();
    expect(await nameOverTcp(url!)).toBe("first");
    await release("second");
    await rm(join(folder, "data-first"), { recursive: true });
    await vi.waitFor(async () => expect(await nameOverTcp(url!)).toBe("second"), PATIENCE);
  });

  it("keeps the last good certificate when the new pair does not fit, and says so", async () => {
    const { harbor, certificates, tcp, web } = await start();
    const warnings = () => harbor.lines.filter(({ msg }) => msg.includes("is not used; the last good one stays"));
    const { files } = certificates;
    const second = await certificates.make("second");
    // One listener of each transport looks at the files.
    await certificates.put(files.key, await readFile(second.key, "utf8"));
    await vi.waitFor(() => expect(warnings()).toHaveLength(2), PATIENCE);
    expect(warnings()[0]).toMatchObject({
      level: 40,
      server: "connector-1",
      certificate: files.certificate,
      err: {
        message: expect.stringContaining(`${files.certificate} and ${files.key} are not a certificate and its key`),
      },
    });
    expect([await nameOverTcp(tcp), await nameOverWebSocket(web)]).toEqual(["first", "first"]);
    await certificates.put(files.certificate, "-----BEGIN CERTIFICATE-----\nbroken");
    await vi.waitFor(() => expect(warnings()).toHaveLength(4), PATIENCE);
    await rm(files.certificate);
    await vi.waitFor(() => expect(warnings()).toHaveLength(6), PATIENCE);
    expect(warnings()[5]?.err?.message).toContain(`tls.certificate: ${files.certificate} cannot be read: ENOENT`);
    expect([await nameOverTcp(tcp), await nameOverWebSocket(web)]).toEqual(["first", "first"]);
    await certificates.put(files.certificate, await readFile(second.certificate, "utf8"));
    await vi.waitFor(async () => expect(await nameOverTcp(tcp)).toBe("second"), PATIENCE);
    await vi.waitFor(async () => expect(await nameOverWebSocket(web)).toBe("second"), PATIENCE);
    expect(warnings()).toHaveLength(6);
    expect(harbor.lines.filter(({ msg }) => msg === "certificate renewed")).toHaveLength(2);
  });

  it("makes GET /entry and the gate's own clients secure as well", async () => {
    const certificates = await Certificates.of("gate");
    const listener = { transport: "websocket" as const, port: 0, tls: certificates.files };
    const harbor = await startHarbor([listener], { servers: { gate: { listeners: [listener] } } });
    expect(harbor.gates[0]).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const ca = await readFile(certificates.files.certificate);
    const body = await new Promise<string>((resolve, reject) => {
      const asked = request(`${harbor.gates[0]}/entry?uid=ann`, { ca }, (response) => {
        response.setEncoding("utf8").once("data", resolve);
      });
      asked.once("error", reject).end();
    });
    expect(JSON.parse(body)).toEqual({ url: harbor.urls()[0], server: "connector-1" });
  });
});

describe("a client that fails the TLS handshake", () => {
  const failures: readonly [string, (port: number) => Promise<void>][] = [
    [
      "because it speaks plain text",
      (port) => ending(connectTcp(port, "127.0.0.1"), (socket) => socket.write("GET / HTTP/1.1\r\n\r\n")),
    ],
    [
      "because it says half a greeting and leaves",
      (port) => ending(connectTcp(port, "127.0.0.1"), (socket) => socket.end("\x16\x03\x01")),
    ],
    ["because it resets", (port) => ending(connectTcp(port, "127.0.0.1"), (socket) => socket.resetAndDestroy())],
    ["because it trusts nobody", (port) => ending(connectTls({ port, host: "127.0.0.1" }))],
    [
      "because it knows old versions only",
      (port) =>
        ending(
          connectTls({
            port,
            host: "127.0.0.1",
            rejectUnauthorized: false,
            minVersion: "TLSv1",
            maxVersion: "TLSv1.1",
          }),
        ),
    ],
  ];

  it.each(failures)("%s is closed and counted, and disturbs nobody", async (_why, fail) => {
    const { tcp, web, counters } = await start();
    const others = [await open(tcp), await open(web)];
    await fail(Number(new URL(tcp).port));
    await fail(Number(new URL(web).port));
    await vi.waitFor(() => expect(counters.failedHandshakes).toBe(1), PATIENCE);
    for (const other of others) expect(await echo(other, "still here")).toBe("still here");
    expect(counters.snapshot()).toMatchObject({ exceptions: 0, strikeOuts: 0 });
  });

  it("by its silence is closed at the time it is given", async () => {
    const { harbor, tcp, counters } = await start({ helloTimeout: 300 });
    await ending(connectTcp(Number(new URL(tcp).port), "127.0.0.1"));
    await vi.waitFor(() => expect(counters.failedHandshakes).toBe(1), PATIENCE);
    const line = harbor.lines.find(({ msg }) => msg === "a connection ended before its handshake was over");
    expect(line).toMatchObject({ clientIp: "127.0.0.1", reason: expect.stringContaining("within 300 ms") });
  });

  it("cannot be one of so many that nobody else gets in", async () => {
    const { tcp, counters } = await start({ sessions: 3 });
    const port = Number(new URL(tcp).port);
    const silent = Array.from({ length: 5 }, () => connectTcp(port, "127.0.0.1"));
    const gone = silent.map((socket) => ending(socket));
    await vi.waitFor(() => expect(counters.failedHandshakes).toBe(2), PATIENCE);
    for (const socket of silent) socket.destroy();
    await Promise.all(gone);
    await vi.waitFor(() => expect(counters.failedHandshakes).toBe(5), PATIENCE);
    expect(await echo(await open(tcp), "in")).toBe("in");
  });
});

/** Resolves when the connection is gone, however. */
function ending<S extends ReturnType<typeof connectTcp>>(
  socket: S,
  begin: (socket: S) => void = () => {},
): Promise<void> {
  socket.on("error", () => {});
  socket.once("connect", () => begin(socket));
  socket.resume();
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

describe("a listener whose certificate cannot be used", () => {
  it("is refused at the start, in one line", async () => {
    const certificates = await Certificates.of("first");
    const { files, folder } = certificates;
    const other = await certificates.make("other");
    const missing = join(folder, "nowhere.pem");
    const rejection = async (tls: typeof files) => {
      const messages: string[] = [];
      for (const transport of ["tcp", "websocket"] as const) {
        const started = startHarbor([{ transport, port: 0, tls }]);
        messages.push(
          await started.then(
            () => "started",
            (error: Error) => `${error.name}: ${error.message}`,
          ),
        );
      }
      return messages;
    };
    for (const message of await rejection({ ...files, certificate: missing })) {
      expect(message).toMatch(
        /^ListenError: connector-1: tls\.certificate: .*nowhere\.pem cannot be read: ENOENT[^\n]*$/,
      );
    }
    for (const message of await rejection({ ...files, key: missing })) {
      expect(message).toMatch(/^ListenError: connector-1: tls\.key: .*nowhere\.pem cannot be read: ENOENT[^\n]*$/);
    }
    for (const message of await rejection({ ...files, key: other.key })) {
      expect(message).toMatch(
        /^ListenError: connector-1: tls: .* are not a certificate and its key in PEM: [^\n]*mismatch$/,
      );
    }
  });
});
