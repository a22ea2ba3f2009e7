/** A hundred thousand messages of every kind of nonsense into a cluster in memory: no crash, no growth, nothing left, one witness. */
import { startTestCluster, type TestCluster, VirtualTiming } from "gatesmith/testing";
import { pino } from "pino";
import { afterAll, describe, expect, it } from "vitest";
import application from "../../app/index.js";
import { ErrorCode } from "../../wire/error-code.js";
import { enterFrame, helloFrame } from "../abuse/frames.js";
import { leftovers } from "../abuse/leftovers.js";
import { MemoryClient } from "../abuse/memory-client.js";
import { frontendOf } from "../abuse/reference-cluster.js";
import { Chance } from "./chance.js";
import { fuzzedMessage } from "./client-frames.js";
import { bytesInUse, fuzzOptions } from "./fuzz-options.js";
import { MemoryWitness } from "./memory-witness.js";

const { seed, count } = fuzzOptions("frames of clients", 100_000);

/** What may be in use more after all messages than after the first fifth: caches that fill, code that was compiled. */
const GROWTH = 3 * 1024 * 1024;

const CLIENTS = 24;
const codes = new Set<number>([...Object.values(ErrorCode), 1001, 1002, 1003, 1004]);

const rejections: unknown[] = [];
const rejected = (reason: unknown) => rejections.push(reason);
process.on("unhandledRejection", rejected);
afterAll(() => process.off("unhandledRejection", rejected));

describe.each([
  { strikes: 10, share: 0.3 },
  { strikes: 1_000_000, share: 0.7 },
])("with $strikes strikes", ({ strikes, share }) => {
  it(`survives its share of ${count} messages (FUZZ_SEED=${seed})`, async () => {
    const chance = new Chance(seed + strikes);
    const timing = new VirtualTiming({ seed: chance.uint32() });
    const errors: string[] = [];
    const log = pino({ level: "error" }, { write: (line: string) => errors.push(line) });
    const servers = { connector: { count: 2 }, chat: { count: 2 } };
    const started = startTestCluster(application, { servers, timing, log, limits: { strikes } });
    const cluster = await timing.until(started);
    const herd = new Herd(cluster, chance);
    const witness = new MemoryWitness(cluster);
    await timing.settle(10);
    const total = Math.ceil(count * share);
    let start = 0;
    for (let sent = 0; sent < total; sent++) {
      herd.act();
      if (sent % 50 === 0) {
        await timing.settle(chance.below(200));
        witness.check();
        witness.say();
        checkCounts(cluster);
      }
      if (sent % Math.ceil(total / 5) === 0 && sent > 0 && start === 0) {
        herd.leave();
        await witness.wait(timing);
        start = bytesInUse();
      }
    }
    herd.leave();
    await witness.wait(timing);
    const growth = bytesInUse() - start;
    witness.leave();
    await timing.settle(30_000);
    expect(leftovers(cluster)).toEqual({});
    expect(growth).toBeLessThan(GROWTH);
    expect(errors).toEqual([]);
    expect(rejections).toEqual([]);
    expect(witness.rounds).toBeGreaterThan(total / 60);
    for (const { core } of cluster.servers) {
      expect(core.counters.strayFrames, core.id).toBe(0);
      expect(core.counters.exceptions, core.id).toBe(0);
    }
    const { counters } = cluster.server("connector-1").core;
    for (const code of ["BAD_FRAME", "BAD_CHECKSUM", "UNKNOWN_MESSAGE", "BAD_BODY"] as const) {
      expect(counters.errorsOf(ErrorCode[code]), code).toBeGreaterThan(0);
    }
    await cluster.stop();
    expect(timing.pendingTimers).toBe(0);
  });
});

/** What is counted up and down for each session stays within its bounds, whatever became of the requests. */
function checkCounts(cluster: TestCluster): void {
  for (const { frontend } of cluster.servers) {
    for (const { id, inFlight, pendingBytes, firstUse } of frontend?.sessions ?? []) {
      if (!(inFlight >= 0 && inFlight <= 64)) throw new Error(`session ${id} has ${inFlight} requests in flight`);
      if (!(pendingBytes >= 0 && pendingBytes <= 1_048_576))
        throw new Error(`session ${id}: ${pendingBytes} bytes wait`);
      let atServers = 0;
      for (let use = firstUse; use !== null; use = use.next) {
        if (use.inFlight < 0) throw new Error(`session ${id} has ${use.inFlight} requests at ${use.peer.id}`);
        atServers += use.inFlight;
      }
      if (atServers > inFlight) throw new Error(`session ${id}: ${atServers} of ${inFlight} requests are at servers`);
    }
  }
}

function pieces(chance: Chance, message: Buffer): Buffer[] {
  const cut: Buffer[] = [];
  for (let at = 0; at < message.length; ) {
    const end = at + 1 + chance.below(chance.once(3) ? 5 : 60);
    cut.push(message.subarray(at, end));
    at = end;
  }
  return cut;
}

/** Clients that come, send, read or do not, and go. */
class Herd {
  private readonly cluster: TestCluster;
  private readonly chance: Chance;
  private readonly clients: (MemoryClient | null)[] = new Array(CLIENTS).fill(null);
  private readonly sequences: number[] = new Array(CLIENTS).fill(0);

  constructor(cluster: TestCluster, chance: Chance) {
    this.cluster = cluster;
    this.chance = chance;
  }

  act(): void {
    const { chance } = this;
    const index = chance.below(CLIENTS);
    const client = this.clients[index] ?? this.connect(index);
    if (client.closeCode !== null) {
      this.clients[index] = null;
      return;
    }
    const sequence = this.sequences[index]! + 1;
    this.sequences[index] = sequence + 12;
    const message = fuzzedMessage(chance, sequence);
    // Every sixth speaks over a stream, which is cut anywhere.
    if (index % 6 !== 0) client.send(message);
    else for (const piece of pieces(chance, message)) client.sendChunk(piece);
    for (const { errorCode } of client.take()) {
      if (errorCode !== 0 && !codes.has(errorCode)) throw new Error(`an answer with the error code ${errorCode}`);
    }
    switch (chance.below(300)) {
      case 0:
      case 1:
        client.cut();
        break;
      case 2:
        client.pause();
        break;
      case 3:
      case 4:
        client.resume();
        break;
    }
  }

  leave(): void {
    this.clients.forEach((client, index) => {
      client?.cut();
      this.clients[index] = null;
    });
  }

  private connect(index: number): MemoryClient {
    const { chance } = this;
    const client = new MemoryClient(frontendOf(this.cluster, chance.pick(["gate-1", "connector-1", "connector-2"])));
    this.clients[index] = client;
    this.sequences[index] = 3;
    // Some say Hello as they should, and some of those enter.
    if (!chance.once(4)) client.send(helloFrame());
    if (chance.once(2)) client.send(enterFrame(2, chance.pick(["lobby", "den"]), `client-${chance.below(40)}`));
    return client;
  }
}
