import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { WebSocketServer } from "ws";
import { connectorHit, PUSH_ID, pushFrame, ResponseOffset } from "../../bench/frames.js";
import { LINE_BYTES } from "../../bench/lines.js";
import { buildLoad, hex, startLoad } from "../../bench/load/load.js";
import { installPeer } from "../../bench/peers/package.js";
import { type ServerProcess, startServer } from "../../bench/server-process.js";
import { generate } from "../../generator/generate.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const REQUEST_HEADER = 24;
const RESPONSE_HEADER = 21;
const briefly = { seconds: 0.2, warmup: 0.05 };

let folder: string;
let program: string;
let echo: ServerProcess;
let publish: ServerProcess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gatesmith-load-"));
  program = buildLoad(folder);
  echo = await startServer("raw/echo.ts");
  publish = await startServer("raw/publish.ts", { words: [hex(pushFrame())] });
});

afterAll(async () => {
  await Promise.all([echo?.stop(), publish?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

function run(...words: string[]) {
  const { status, stderr } = spawnSync(program, words, { encoding: "utf8" });
  return { status, stderr };
}

describe("frames", () => {
  test("carry a body of 64 bytes behind the article's headers", () => {
    expect(connectorHit.length).toBe(REQUEST_HEADER + LINE_BYTES);
    expect(pushFrame().length).toBe(RESPONSE_HEADER + LINE_BYTES);
  });
});

describe("the load generator", () => {
  test.each([1, 16])("keeps %i requests in flight, and matches each answer with its request", async (inFlight) => {
    const load = startLoad(program, {
      mode: "request",
      port: echo.port,
      connections: 20,
      more: { request: hex(connectorHit), "in-flight": inFlight, ...briefly },
    });
    const result = (await load.result)!;
    expect(result).toMatchObject({ connections: 20, inFlight, errors: 0 });
    expect(result.answered).toBeGreaterThan(0);
    expect(result.perSecond / (result.answered / result.seconds)).toBeCloseTo(1, 2);
    expect(result.p50).toBeGreaterThan(0);
    expect(result.p99).toBeGreaterThanOrEqual(result.p50);
    expect(result.cpu).toBeGreaterThan(0);
  });

  test("reports answers with an error code", async () => {
    // The echo sends the request's checksum back where an answer of this offset has its error code.
    const load = startLoad(program, {
      mode: "request",
      port: echo.port,
      connections: 2,
      more: { request: hex(connectorHit), "error-at": 20, ...briefly },
    });
    const result = (await load.result)!;
    expect(result.errors).toBe(result.answered);
    expect(result.firstError).toBe(Buffer.from(connectorHit).readUInt16BE(20));
  });

  test("goes through a prologue of its own on each connection first", async () => {
    const prologue = (sequence: number) => {
      const frame = Buffer.from(connectorHit);
      frame.writeUInt32BE(sequence, 2);
      return frame;
    };
    const load = startLoad(program, {
      mode: "request",
      port: echo.port,
      connections: 3,
      prologues: [[prologue(1), prologue(2)], [prologue(1)], []],
      more: { request: hex(connectorHit), "first-sequence": 3, ...briefly },
    });
    expect((await load.result)!.errors).toBe(0);
  });

  test.each([1, 8])("receives pushes of %i a tick, each connection the same ones", async (perTick) => {
    const load = startLoad(program, {
      mode: "fanout",
      port: publish.port,
      connections: 50,
      path: `/?members=50&perTick=${perTick}&ackers=1&ackEvery=16&window=128`,
      more: {
        "push-id": PUSH_ID,
        "push-id-at": ResponseOffset.MESSAGE_ID,
        ack: hex(connectorHit),
        "ack-every": 16,
        ...briefly,
      },
    });
    const result = (await load.result)!;
    expect(result.errors).toBe(0);
    expect(result.leastDelivered).toBeGreaterThan(0);
    expect(result.answered).toBeGreaterThanOrEqual(50 * result.leastDelivered);
  });

  test("begins together with others, when it is told", async () => {
    const pace = "perTick=1&ackEvery=1&ackers=2&window=4";
    const loads = ["", "another"].map(() =>
      startLoad(program, {
        mode: "fanout",
        port: publish.port,
        connections: 20,
        path: `/?members=40&${pace}`,
        together: true,
        more: {
          "push-id": PUSH_ID,
          "push-id-at": ResponseOffset.MESSAGE_ID,
          ack: hex(connectorHit),
          "ack-every": 1,
          ...briefly,
        },
      }),
    );
    await Promise.all(loads.map(({ ready }) => ready));
    for (const load of loads) load.release();
    for (const { result } of loads) expect((await result)!).toMatchObject({ connections: 20, errors: 0 });
  });

  test.each([
    ["varint", Buffer.of(7, 0x80, 0x01, 9), "message"],
    ["decimal", Buffer.from("[10000]"), "text"],
    ["little", Buffer.of(7, 1, 0, 0, 0, 9), "message"],
  ])("writes %s sequences in messages that are one frame", async (format, request, framing) => {
    const peer = await aPeer();
    const paths = [`/${framing}/red`, `/${framing}/blue`];
    const width = { varint: 2, decimal: 5, little: 4 }[format]!;
    const load = startLoad(program, {
      mode: "request",
      port: peer.port,
      connections: 2,
      paths,
      prologues: paths.map((path) => [
        { send: null, expected: Buffer.from(`hello ${path}`) },
        { send: Buffer.from("hold on"), expected: Buffer.from("hold on") },
        Buffer.from("no answer, please"),
      ]),
      more: {
        framing,
        request: hex(request),
        answer: hex(request),
        "in-flight": 16,
        "sequence-format": format,
        "sequence-width": width,
        "sequence-at": 1,
        "answer-sequence-at": 1,
        ...briefly,
      },
    });
    const result = (await load.result)!;
    expect(result.errors).toBe(0);
    expect(result.answered).toBeGreaterThan(0);
    const sizes = new Set(peer.received.map(({ length }) => length));
    expect(sizes).toEqual(new Set([request.length]));
    const first = { varint: [0x80, 0x01], decimal: [...Buffer.from("10000")], little: [1, 0, 0, 0] }[format]!;
    expect([...peer.received[0]!.subarray(1, 1 + width)]).toEqual(first);
    peer.stop();
  });

  test("counts answers that are not what is expected", async () => {
    const load = startLoad(program, {
      mode: "request",
      port: echo.port,
      connections: 1,
      more: { request: hex(connectorHit), answer: hex(connectorHit.with(50, 1)), framing: "message", ...briefly },
    });
    const result = (await load.result)!;
    expect(result.errors).toBe(result.answered);
    expect(result.answered).toBeGreaterThan(0);
  });

  test("holds idle connections until it is released", async () => {
    const load = startLoad(program, { mode: "idle", port: echo.port, connections: 200 });
    await load.ready;
    load.release();
    expect(await load.result).toBeNull();
  });

  test("fails when nothing is answered", async () => {
    const load = startLoad(program, {
      mode: "fanout",
      port: echo.port,
      connections: 1,
      more: { ...briefly, seconds: 30, stall: 0.2 },
    });
    await expect(load.result).rejects.toThrow(/stalled: nothing arrived for 0.2 seconds, with 1 of 1 connections open/);
  });

  test("fails when nobody listens", () => {
    const { status, stderr } = run("idle", "--port", "1", "--connections", "1");
    expect(status).toBe(1);
    expect(stderr).toBe("load: connection 0 to port 1: Connection refused\n");
  });

  test.each([
    ["another machine", ["--address", "10.0.0.1"], "--address 10.0.0.1 must be within 127.0.0.0/8"],
    ["too many connections", ["--connections", "30000"], "--connections 30000 must be a number from 1 to 18000"],
    ["half a byte", ["--request", "001122f"], "--request: a frame of 7 hex digits is not 2 to 65535 whole bytes"],
    ["what is no hex", ["--request", "00zz"], "--request: 'zz' is not a byte in hex"],
    ["a frame without room", ["--request", "0011"], "--request has 2 bytes: no room for a sequence of 4 at 2"],
    ["an unknown option", ["--retries", "3"], "unknown option --retries"],
    ["an option without a value", ["--path"], "option --path has no value"],
  ])("refuses %s", (_what, words, message) => {
    const { status, stderr } = run("request", "--port", "1", "--connections", "1", ...words);
    expect(status).toBe(2);
    expect(stderr).toContain(`load: ${message}`);
  });
});

/** A server that greets each path, in text or not, and sends back what it gets, but for what asks it not to. */
async function aPeer() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  const received: Buffer[] = [];
  server.on("connection", (socket, { url }) => {
    const binary = !url!.startsWith("/text");
    socket.on("message", (message: Buffer) => {
      if (message.toString() === "no answer, please") return;
      if (message.toString() !== "hold on") received.push(message);
      socket.send(message, { binary });
    });
    socket.send(`hello ${url}`, { binary });
  });
  await once(server, "listening");
  return { port: (server.address() as { port: number }).port, received, stop: () => server.close() };
}

describe("the bench's peers", () => {
  test("are refused with the reason when the registry cannot be reached", () => {
    const peer = join(folder, "socket-io");
    mkdirSync(peer);
    for (const file of ["package.json", "package-lock.json"]) {
      copyFileSync(join(root, "bench/peers/socket-io", file), join(peer, file));
    }
    const unreachable = { registry: "http://127.0.0.1:1", cache: join(folder, "cache"), fetch_retries: "0" };
    for (const [name, value] of Object.entries(unreachable)) vi.stubEnv(`npm_config_${name}`, value);
    expect(() => installPeer(peer)).toThrow(
      /^socket-io cannot be installed from the npm registry, so peers are not measured:\n.*ECONNREFUSED/s,
    );
    vi.unstubAllEnvs();
  });

  test.each(["pinus", "pomelo", "colyseus", "socket-io"])(
    "%s has exact versions, and no address of a registry",
    (name) => {
      const read = (file: string) => readFileSync(join(root, "bench/peers", name, file), "utf8");
      const { dependencies } = JSON.parse(read("package.json")) as { dependencies: Record<string, string> };
      for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(read("package-lock.json")).not.toContain('"resolved"');
    },
  );
});

describe("the bench's cluster", () => {
  test("is what its schema says; else: npm run gatesmith -- generate --root bench/cluster", async () => {
    const { diagnostics, stale } = await generate(join(root, "bench/cluster"), { check: true });
    expect(diagnostics).toEqual([]);
    // The client is generated with the rest, and neither used nor committed.
    expect(stale.filter(({ path }) => !path.startsWith("generated/client-typescript/"))).toEqual([]);
  });
});

describe("npm run bench", () => {
  const run = promisify(execFile);

  test("prints one object with a row for each server and load", async () => {
    const words = ["run", "-s", "bench", "--", "routes", "--json", "--rounds", "1", "--seconds", "0.2"];
    const { stdout } = await run("npm", words, { cwd: root });
    const { machine, rows } = JSON.parse(stdout);
    expect(machine).toEqual({
      cpu: expect.any(String),
      cores: expect.any(Number),
      node: process.version,
      kernel: expect.any(String),
    });
    const number = expect.any(Number);
    const measured = { connections: 100, perSecond: number, ratio: number, cpuRatio: number };
    const latencies = { p50: expect.any(Number), p99: expect.any(Number) };
    const names = ["raw-echo", "connector", "local"];
    expect(rows).toEqual(
      [1, 16].flatMap((inFlight) => names.map((name) => ({ name, inFlight, ...measured, ...latencies }))),
    );
    for (const { ratio, name } of rows) {
      if (name === "raw-echo") expect(ratio).toBe(1);
      else expect(ratio).toBeGreaterThan(0);
    }
  });

  test("measures a cluster whose servers are processes", async () => {
    const words = ["run", "-s", "bench", "--", "cluster", "--json", "--rounds", "1", "--seconds", "0.2"];
    const { stdout } = await run("npm", words, { cwd: root });
    const rows: { name: string; connections: number; inFlight: number; perSecond: number }[] = JSON.parse(stdout).rows;
    expect(rows.map(({ name, connections, inFlight }) => [name, connections, inFlight])).toEqual([
      ...[1, 16].flatMap((inFlight) => ["raw-echo", "raw-hop", "ipc", "nats"].map((name) => [name, 100, inFlight])),
      ...[1, 8].flatMap((perTick) => ["publish", "fanout"].map((name) => [name, 10_000, perTick])),
    ]);
    for (const { perSecond } of rows) expect(perSecond).toBeGreaterThan(0);
  }, 300_000);

  test("measures codecs beside others", async () => {
    const words = ["run", "-s", "bench", "--", "codecs", "--json", "--rounds", "1", "--seconds", "0.05"];
    const { stdout } = await run("npm", words, { cwd: root });
    const rows: { name: string; ratio: number }[] = JSON.parse(stdout).rows;
    const bodies = ["chat", "chat-chinese", "movement"];
    expect(rows.map(({ name }) => name)).toEqual([
      ...bodies.flatMap((row) => [row, `${row}/protobufjs`, `${row}/protobuf-es`, `${row}/json`]),
      "header",
      "header/by-hand",
    ]);
    for (const { name, ratio } of rows) {
      if (/protobufjs|by-hand/.test(name)) expect(ratio).toBe(1);
      else expect(ratio).toBeGreaterThan(0);
    }
  });

  test.each([
    [["speed"], /"speed" must be one of routes, fanout, memory, cluster, peers, codecs/],
    [["routes", "--rounds", "0"], /--rounds 0 must be a number from 1 to 100/],
    [["routes", "--seconds", "soon"], /--seconds soon must be a number from 0.05 to 60/],
    [["routes", "--fast"], /Unknown option '--fast'/],
  ])("refuses %j", async (words, message) => {
    const failed = await run(process.execPath, ["--import", "tsx", "bench/index.ts", ...words], { cwd: root }).then(
      () => null,
      (error: { code: number; stderr: string }) => error,
    );
    expect(failed?.code).toBe(2);
    expect(failed?.stderr).toMatch(message);
  });
});
