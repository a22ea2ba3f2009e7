/** Random and mutated frames from other servers: counted as strays, never fatal, nobody's answer, and gone with whoever sent them. */
import { startTestCluster, type TestCluster, VirtualTiming } from "gatesmith/testing";
import { pino } from "pino";
import { afterAll, describe, expect, it } from "vitest";
import application from "../../app/index.js";
import type { Address } from "../../runtime/bus/bus.js";
import { ENVELOPE_BYTES, encodeEnvelope, FrameKind } from "../../runtime/bus/envelope.js";
import { TickStep } from "../../runtime/operate/tick.js";
import { Slab } from "../../wire/slab.js";
import { leftovers } from "../abuse/leftovers.js";
import { Chance } from "./chance.js";
import { bytesInUse, fuzzOptions } from "./fuzz-options.js";
import { linkFrame, startingRecord } from "./link-frames.js";
import { MemoryWitness } from "./memory-witness.js";

const { seed, count } = fuzzOptions("frames of servers", 40_000);

/** What may be in use more after all frames than after the first batch of them. */
const GROWTH = 3 * 1024 * 1024;

const rejections: unknown[] = [];
const rejected = (reason: unknown) => rejections.push(reason);
process.on("unhandledRejection", rejected);
afterAll(() => process.off("unhandledRejection", rejected));

interface Logged {
  readonly level: number;
  readonly msg: string;
}

async function start(chance: Chance) {
  const timing = new VirtualTiming({ seed: chance.uint32() });
  const lines: Logged[] = [];
  const log = pino({ level: "warn" }, { write: (line: string) => lines.push(JSON.parse(line) as Logged) });
  const servers = { connector: { count: 2 }, chat: { count: 2 } };
  const cluster = await timing.until(startTestCluster(application, { servers, timing, log }));
  const witness = new MemoryWitness(cluster);
  await timing.settle(10);
  return { timing, cluster, witness, lines };
}

const BATCH = 4_000;

/** A server that has announced itself, and is starting. */
function rogue(cluster: TestCluster, type: string, chance: Chance): Address {
  const address = { id: `${type}-99`, incarnation: (chance.uint32() >>> 1) | 1 };
  for (const server of cluster.servers) server.announced(address, startingRecord(type));
  return address;
}

/** Hands a frame to a server as its link would: at some offset of a slab that holds others. */
function deliver(cluster: TestCluster, to: string, from: Address, frame: Buffer, chance: Chance): void {
  const slab = new Slab(256);
  const offset = chance.below(30);
  slab.reserve(offset + frame.length + 10);
  slab.bytes.fill(0xdd);
  slab.bytes.set(frame, offset);
  slab.length = offset + frame.length + 10;
  cluster.server(to).frame(from, slab, offset, offset + frame.length);
}

describe("frames from a server with a mistake", () => {
  it(`are survived, ${count} of them (FUZZ_SEED=${seed})`, async () => {
    const chance = new Chance(seed);
    const { timing, cluster, witness, lines } = await start(chance);
    const ids = cluster.servers.map(({ core }) => core.id);
    const others = cluster.servers.filter(({ frontend }) => frontend !== null).map(({ core }) => core.incarnation);
    let before = 0;
    for (let sent = 0; sent < count; ) {
      // A connector and a backend, which nobody gives anything, and nobody has asked.
      const rogues = ["connector", "chat"].map((type) => rogue(cluster, type, chance));
      for (let left = Math.min(BATCH, count - sent); left > 0; left--, sent++) {
        const from = chance.pick(rogues);
        deliver(cluster, chance.pick(ids), from, linkFrame({ chance, from: from.incarnation, others }), chance);
        if (sent % 50 === 0) {
          await timing.settle(chance.below(200));
          witness.check();
          witness.say();
        }
      }
      for (const gone of rogues) for (const server of cluster.servers) server.left(gone);
      await witness.wait(timing);
      if (before === 0) before = bytesInUse();
    }
    const growth = bytesInUse() - before;
    witness.leave();
    await timing.settle(30_000);
    expect(leftovers(cluster)).toEqual({});
    expect(growth).toBeLessThan(GROWTH);
    expect(rejections).toEqual([]);
    // What does not decode is said so, now and then, and what no home answers for while a rogue keeps silent about what it has heard.
    const expected = (msg: string) => msg.startsWith("a join or leave of a channel is lost: ");
    const failed = lines.filter(({ level, msg }) => level >= 50 || msg === "a frame from another server failed");
    expect(failed.filter(({ msg }) => !expected(msg))).toEqual([]);
    for (const { core } of cluster.servers) {
      expect(core.counters.strayFrames, core.id).toBeGreaterThan(count / 100);
      expect(core.counters.exceptions, core.id).toBe(0);
    }
    await cluster.stop();
    expect(timing.pendingTimers).toBe(0);
  });

  it("that is in the directory, and has real sessions, bring nobody down, and new clients are served as ever", async () => {
    const chance = new Chance(seed ^ 0x5bd1e995);
    const { timing, cluster, witness, lines } = await start(chance);
    const addresses = cluster.servers.map(({ core }) => ({ id: core.id, incarnation: core.incarnation }));
    const others = addresses.map(({ incarnation }) => incarnation);
    for (let sent = 0; sent < count / 4; sent++) {
      const from = chance.pick(addresses);
      deliver(cluster, chance.pick(addresses).id, from, linkFrame({ chance, from: from.incarnation, others }), chance);
      if (sent % 50 === 0) await timing.settle(chance.below(50));
    }
    await timing.settle(1_000);
    expect(rejections).toEqual([]);
    expect(lines.filter(({ msg }) => msg === "a frame from another server failed")).toEqual([]);
    witness.leave();
    await timing.settle(1_000);
    const next = new MemoryWitness(cluster);
    for (let round = 0; round < 10; round++) {
      await timing.settle(100);
      next.check();
      next.say();
    }
    await timing.settle(100);
    next.check();
    next.leave();
    await cluster.stop();
  });
});

it("an answer from a server that was not asked is nobody's, though it names the question", async () => {
  const chance = new Chance(seed);
  const { timing, cluster, witness } = await start(chance);
  const connector = cluster.server("connector-1");
  const address = rogue(cluster, "chat", chance);
  const { entries } = connector.core.calls as unknown as {
    readonly entries: readonly { readonly correlation: number }[];
  };
  let asked = 0;
  // Between a question and its answer, which take one tick.
  connector.core.tick.on(TickStep.LINKS, () => {
    asked += connector.core.calls.size;
    for (const { correlation } of entries) {
      const slab = new Slab(64);
      slab.length = ENVELOPE_BYTES;
      encodeEnvelope(slab, 0, FrameKind.REPLY, 0, 3, 0, correlation, 0, 0, 0, 0);
      connector.frame(address, slab, 0, ENVELOPE_BYTES);
    }
    connector.place!.flush();
  });
  for (let round = 0; round < 50; round++) {
    witness.check();
    witness.say();
    await timing.settle(100);
  }
  witness.check();
  expect(witness.rounds).toBe(50);
  expect(asked).toBeGreaterThanOrEqual(50);
  expect(connector.core.counters.lateAnswers).toBeGreaterThanOrEqual(50);
  await cluster.stop();
});
