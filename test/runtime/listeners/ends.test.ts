/** How listeners begin and end: ports that are taken, more connections than fit, a stop that leaves nothing open. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Certificates } from "./certificates.js";
import { connect, echo, Id, type ListenerInput, moored, Nothing, open, startHarbor } from "./harbor-cluster.js";
import { overTcp } from "./lines.js";

const PATIENCE = { timeout: 40_000, interval: 20 };
const TCP: ListenerInput = { transport: "tcp", port: 0 };
const WEB: ListenerInput = { transport: "websocket", port: 0 };

const portOf = (url: string) => Number(new URL(url).port);

/** Resolves when the other side is gone, however. */
const gone = (socket: Socket) =>
  new Promise<void>((resolve) => {
    socket.on("error", () => {});
    socket.resume().once("close", () => resolve());
  });

describe("a port that somebody else has", () => {
  it.each(["tcp", "websocket"] as const)("is one message that names the server: %s", async (transport) => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void squatter.close());
    const { port } = squatter.address() as AddressInfo;
    const refused = startHarbor([TCP, { transport, port }, WEB]);
    await expect(refused).rejects.toMatchObject({
      name: "ListenError",
      message: expect.stringMatching(
        new RegExp(`^connector-1: 127\\.0\\.0\\.1:${port} cannot be listened on: [^\\n]+$`),
      ),
    });
  });

  it("is taken by our own listeners as by anybody's, whatever the transport", async () => {
    const { files } = await Certificates.of("taken");
    const kinds: ListenerInput[] = [TCP, WEB, { ...TCP, tls: files }, { ...WEB, tls: files }];
    for (const first of kinds) {
      const harbor = await startHarbor([first]);
      const port = portOf(harbor.urls()[0]!);
      for (const second of kinds) {
        await expect(startHarbor([{ ...second, port }])).rejects.toThrow(`127.0.0.1:${port} cannot be listened on`);
      }
      // And free again afterwards.
      await harbor.stop();
      const again = await startHarbor([{ ...first, port }]);
      expect(portOf(again.urls()[0]!)).toBe(port);
      await again.stop();
    }
  });

  it("leaves nothing of the servers that had started", async () => {
    const first = await startHarbor([TCP]);
    const port = portOf(first.urls()[0]!);
    const listening = () => process.getActiveResourcesInfo().filter((kind) => kind === "TCPServerWrap").length;
    const before = listening();
    await expect(startHarbor([TCP, TCP, { ...TCP, port }])).rejects.toThrow("cannot be listened on");
    await vi.waitFor(() => expect(listening()).toBe(before), PATIENCE);
  });

  it("that is no port of this machine is refused, too", async () => {
    for (const listener of [TCP, WEB]) {
      const connector = { host: "192.0.2.1", listeners: [{ ...listener, port: 3051 }] };
      await expect(startHarbor([], { servers: { connector } })).rejects.toThrow(
        "connector-1: 192.0.2.1:3051 cannot be listened on",
      );
    }
  });
});

describe("more connections than sessions", () => {
  it("are closed at once, and those within go on", async () => {
    const harbor = await startHarbor([TCP, WEB], { limits: { sessions: 20 } });
    const [tcp, web] = harbor.urls();
    const within = await Promise.all(Array.from({ length: 20 }, (_, index) => open(index % 2 === 0 ? tcp! : web!)));
    const flood = Array.from({ length: 400 }, () => gone(connectSocket(portOf(tcp!), "127.0.0.1")));
    await Promise.all(flood);
    const { counters } = harbor.server("connector-1").core;
    await vi.waitFor(() => expect(counters.closesWith(4004)).toBe(400), PATIENCE);
    for (const client of within) expect(await echo(client, "within")).toBe("within");
    await within[0]!.leave();
    await vi.waitFor(async () => expect(await echo(await open(tcp!), "next")).toBe("next"), PATIENCE);
  });
});

it("what is answered leaves at once: no connection waits for more to send with it", async () => {
  const harbor = await startHarbor([TCP]);
  const probe = connectSocket(portOf(harbor.urls()[0]!), "127.0.0.1");
  await once(probe, "connect");
  const handle = Object.getPrototypeOf((probe as unknown as { _handle: object })._handle) as {
    setNoDelay(on: boolean): number;
  };
  probe.destroy();
  const setNoDelay = vi.spyOn(handle, "setNoDelay");
  onTestFinished(() => void setNoDelay.mockRestore());
  const { files } = await Certificates.of("nagle");
  const secure = await startHarbor([{ ...TCP, tls: files }]);
  for (const url of [...harbor.urls(), ...secure.urls()]) {
    setNoDelay.mockClear();
    // The client's own end says nothing of the kind.
    const socket = connectSocket(portOf(url), "127.0.0.1");
    await once(socket, "connect");
    await vi.waitFor(() => expect(setNoDelay.mock.calls).toEqual([[true]]), PATIENCE);
    socket.destroy();
  }
});

describe("a cluster that stops", () => {
  it("tells its clients, and closes every connection, whatever it was doing", async () => {
    const { files } = await Certificates.of("stopping");
    const kinds: ListenerInput[] = [
      TCP,
      WEB,
      { ...TCP, tls: files },
      { ...WEB, tls: files },
      { transport: "tcp", port: 0, proxyProtocol: true },
    ];
    const harbor = await startHarbor(kinds, { servers: { gate: { listeners: kinds } } });
    const [tcp, web, tls, wss, proxied] = harbor.urls();
    const sessions = await Promise.all([tcp, web, tls, wss].map((url, index) => moored(url!, `ship-${index}`)));
    const busy = await moored(tcp!, "busy");
    busy.write(busy.message(Id.WAIT, Nothing, {}));
    const unsaid = [await connect(tcp!), await connect(web!)];
    // Neither has come as far as a session: no PROXY header, no handshake, no upgrade.
    const raw = [tls, wss, proxied, web].map((url) => connectSocket(portOf(url!), "127.0.0.1"));
    const ends = raw.map(gone);
    await Promise.all(raw.map((socket) => socket.pending && once(socket, "connect")));
    await busy.ping();
    const kept = await fetch(`${harbor.gates[0]}/entry?uid=ann`);
    await kept.json();
    await harbor.stop();
    for (const [index, client] of [...sessions, busy].entries()) {
      expect(await client.kick()).toMatchObject({ code: 4000, reason: "the server is stopping" });
      const end = await client.closed;
      expect(end.how).toBe("end");
      if (index === 1 || index === 3) expect(end.code).toBe(4000);
    }
    expect((await unsaid[0]!.closed).how).toBe("end");
    expect((await unsaid[1]!.closed).code).toBe(4000);
    await Promise.all(ends);
    for (const url of [tcp, web, tls, wss, proxied]) {
      await expect(overTcp(`tcp://127.0.0.1:${portOf(url!)}`)).rejects.toThrow("ECONNREFUSED");
    }
    await vi.waitFor(() => expect(process.getActiveResourcesInfo()).not.toContain("TCPServerWrap"), PATIENCE);
    await harbor.stop();
  });

  it("lets its process end by itself", async () => {
    const { files } = await Certificates.of("ending");
    const script = fileURLToPath(new URL("stopping-process.ts", import.meta.url));
    const child = spawn(process.execPath, ["--import", "tsx", script, files.certificate, files.key], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const ended = once(child, "exit");
    const urls = JSON.parse(await firstLine(child)) as string[];
    const clients = await Promise.all(urls.map((url) => open(url)));
    const silent = urls.map((url) => connectSocket(portOf(url), "127.0.0.1"));
    const ends = silent.map(gone);
    await Promise.all(silent.map((socket) => socket.pending && once(socket, "connect")));
    child.stdin!.end("stop\n");
    expect(await ended).toEqual([0, null]);
    await Promise.all([...ends, ...clients.map(({ closed }) => closed)]);
  });
});

async function firstLine(child: ChildProcess): Promise<string> {
  const [line] = (await once(createInterface(child.stdout!), "line")) as [string];
  return line;
}
