import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { ConfigurationError, type ConfigurationInput, resolveConfiguration } from "gatesmith/runtime";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { manifest } from "../../../generated/server/index.js";
import { createLog } from "../../../runtime/operate/log.js";
import { processTiming as timing } from "../../../runtime/operate/process-timing.js";
import { chosenPlaces, placeOf, placesOf } from "../../../runtime/operate/server-place.js";
import { topologyProblems } from "../../../runtime/operate/topology.js";
import { freePort, type NatsServer, startNatsServer } from "../../support/nats-server.js";
import { SECRET, temporaryFolder } from "../bus/drivers.js";

const FILE = "gatesmith.config.ts: ";
const log = createLog("silent");

async function problems(input: ConfigurationInput, { processes = true, ids = [] as string[] } = {}) {
  const configuration = resolveConfiguration(input, manifest);
  const all = placesOf(configuration, manifest);
  const places = ids.length === 0 ? all : chosenPlaces(ids, all, manifest);
  return topologyProblems(configuration, manifest, { places, processes, timing, log });
}

const NONE = { wrong: [], missing: [], busFault: false };

const ports = { gate: { port: 0 }, connector: { count: 2, port: 0 } };

function folder(): string {
  const path = temporaryFolder();
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function squatter(host = "127.0.0.1"): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

const bus = (path: string) => ({ driver: "ipc", folder: path, secret: SECRET }) as const;

describe("a topology", () => {
  it("that can work has no problem, and leaves nothing behind", async () => {
    const path = join(folder(), "new", "folder");
    expect(await problems({ bus: bus(path), servers: ports })).toEqual(NONE);
    expect(readdirSync(path)).toEqual([]);
    expect(await problems({ servers: ports }, { processes: false })).toEqual(NONE);
  });

  it("has a gate and a connector", async () => {
    const servers = { gate: { count: 0 }, connector: { count: 0 } };
    expect(await problems({ servers }, { processes: false })).toEqual({
      wrong: [
        `${FILE}servers.gate.count: there is no gate, and clients need one`,
        `${FILE}servers.connector.count: there is no connector, and clients need one`,
      ],
      missing: [],
      busFault: false,
    });
  });

  it("of several processes has no local bus", async () => {
    const { wrong } = await problems({ servers: ports });
    expect(wrong).toEqual([
      `${FILE}bus: the local bus stays within one process: for servers in processes of their own it is "ipc" or "nats"`,
    ]);
  });

  it("finds every port that somebody has, of the servers that start here", async () => {
    const [gate, second] = [await squatter(), await squatter()];
    const servers = { gate: { port: gate }, connector: { count: 2, port: second - 1 } };
    const { wrong, missing } = await problems({ servers }, { processes: false });
    expect(wrong).toEqual([]);
    expect(missing).toContain(`gate-1 cannot listen on 127.0.0.1:${gate}: somebody listens there already`);
    expect(missing).toContain(`connector-2 cannot listen on 127.0.0.1:${second}: somebody listens there already`);
    const here = await problems({ servers }, { processes: false, ids: ["chat", "gate-1"] });
    expect(here.missing).toEqual([`gate-1 cannot listen on 127.0.0.1:${gate}: somebody listens there already`]);
    const host = "192.0.2.1";
    const elsewhere = await problems({ servers: { ...ports, gate: { port: 3010, host } } }, { processes: false });
    expect(elsewhere.missing).toEqual([`gate-1 cannot listen on ${host}:3010: this machine has no such address`]);
  });

  it("says all of it at once", async () => {
    const port = await squatter();
    const file = join(folder(), "file");
    writeFileSync(file, "");
    const servers = { gate: { port }, connector: { count: 0 } };
    const { wrong, missing, busFault } = await problems({ bus: bus(join(file, "below")), servers });
    expect(busFault).toBe(true);
    expect(wrong).toHaveLength(1);
    expect(missing).toEqual([
      expect.stringContaining(`${FILE}bus.folder: no socket can be made in ${file}/below: `),
      expect.stringContaining("somebody listens there already"),
    ]);
  });

  it("has a folder for its sockets that is short enough, and may be written to", async () => {
    const long = join(folder(), "x".repeat(90));
    expect((await problems({ bus: bus(long), servers: ports })).missing).toEqual([
      expect.stringMatching(/bus\.folder: .*x is \d+ bytes too long for sockets in it$/),
    ]);
    // By as much as the longest name of those that will be there.
    const name = "administrator_7fffffff".length + ".2147483647.sock".length + 1;
    const path = folder();
    const room = 103 - name - path.length - 1;
    const barely = join(path, "x".repeat(room));
    expect((await problems({ bus: bus(barely), servers: ports })).missing).toEqual([]);
    expect((await problems({ bus: bus(`${barely}x`), servers: ports })).missing).toEqual([
      `${FILE}bus.folder: ${barely}x is 1 byte too long for sockets in it`,
    ]);
    expect((await problems({ bus: bus(`${barely}${"x".repeat(9)}`), servers: ports })).missing).toEqual([
      `${FILE}bus.folder: ${barely}${"x".repeat(9)} is 9 bytes too long for sockets in it`,
    ]);
    const file = join(path, "file");
    writeFileSync(file, "");
    expect((await problems({ bus: bus(file), servers: ports })).missing).toEqual([
      `${FILE}bus.folder: ${file} is a file, and should be a folder`,
    ]);
    // Permissions do not hold root up.
    if (process.getuid?.() === 0) return;
    const closed = join(folder(), "closed");
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    expect((await problems({ bus: bus(closed), servers: ports })).missing).toEqual([
      expect.stringContaining(`bus.folder: no socket can be made in ${closed}: `),
    ]);
  });
});

describe("a topology over NATS", () => {
  let server: NatsServer | undefined;
  const open = async () => {
    server ??= await startNatsServer({ configuration: "authorization { user: ann, password: right }" });
    return server.url;
  };
  afterAll(() => server?.stop());

  const missing = async (more: object, servers?: string) =>
    (await problems({ bus: { driver: "nats", servers: servers ?? (await open()), ...more }, servers: ports })).missing;

  it("has a server that can be reached", async () => {
    expect(await missing({ user: "ann", password: "right" })).toEqual([]);
    const url = `nats://127.0.0.1:${await freePort()}`;
    expect(await missing({}, url)).toEqual([
      expect.stringMatching(new RegExp(`^${FILE}bus\\.servers: no NATS server at ${url} can be used: `)),
    ]);
  });

  it("has the right credentials", async () => {
    expect(await missing({ user: "ann", password: "wrong" })).toEqual([
      expect.stringMatching(/bus: NATS at \S+ refuses these credentials \(bus\.user\): .*Authorization/i),
    ]);
    expect(await missing({})).toEqual([
      expect.stringMatching(/bus: NATS at \S+ wants to know who this is: bus\.user and password, .* are missing/),
    ]);
  });
});

describe("servers", () => {
  const configuration = resolveConfiguration({ servers: ports }, manifest);
  const all = placesOf(configuration, manifest);

  it("of a topology are all of every type", () => {
    expect(all.map(({ id }) => id)).toEqual(["gate-1", "connector-1", "connector-2", "chat-1"]);
  });

  it("are chosen by type or id, each once", () => {
    const ids = (...names: string[]) => chosenPlaces(names, all, manifest).map(({ id }) => id);
    expect(ids("connector", "connector-2", "chat-7")).toEqual(["connector-1", "connector-2", "chat-7"]);
    expect(() => ids("conector-2")).toThrow(/^there is no server "conector-2": .*; did you mean "connector-2"\?/);
    for (const id of ["chat-0", "chat-01", "constructor-1", "-1", "chat"]) {
      expect(() => placeOf(id, manifest)).toThrow(ConfigurationError);
    }
    const meant = (id: string, options = {}) => {
      expect(() => placeOf(id, manifest, options)).toThrow(/there is no server/);
      try {
        placeOf(id, manifest, options);
      } catch (error) {
        return /did you mean "(.*)"\?$/.exec((error as Error).message)?.[1] ?? null;
      }
    };
    for (const id of ["chat", "chat-0", "chat-", "chta", "chta-1", "chat-10000"]) expect(meant(id)).toBe("chat-1");
    expect(meant("chta-12")).toBe("chat-12");
    expect(meant("chta", { types: true })).toBe("chat");
    expect(meant("zebra-1")).toBeNull();
    expect(meant("")).toBeNull();
    expect(() => placeOf("chat-0", manifest)).toThrow(
      /^there is no server "chat-0": its name is a server type and a number from 1 to 9999, as in gate-1, and types are gate, /,
    );
  });
});
