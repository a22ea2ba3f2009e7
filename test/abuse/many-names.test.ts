/** What is kept by names that clients choose, or by servers that come and go, is bounded, and forgotten. */
import { startTestCluster, VirtualTiming } from "gatesmith/testing";
import { describe, expect, it } from "vitest";
import { Room } from "../../app/chat/room.js";
import { Entry as ConnectorEntry } from "../../app/connector/entry.js";
import { Entry as GateEntry } from "../../app/gate/entry.js";
import {
  type ConnectorContext,
  defineApplication,
  type EnterRequest,
  type EnterResponse,
} from "../../generated/server/index.js";
import { Calls, type Completion } from "../../runtime/cluster/calls.js";
import { DeadlineWheel } from "../../runtime/cluster/deadline-wheel.js";
import type { Peer } from "../../runtime/cluster/peer.js";
import { TrustedProxies } from "../../runtime/frontend/client-address.js";
import type { FrontendSession } from "../../runtime/session/frontend-session.js";
import { useOf } from "../../runtime/session/session-uses.js";
import { Slab } from "../../wire/slab.js";
import { enterFrame } from "./frames.js";
import { leftovers, leftoversOf } from "./leftovers.js";
import { MemoryClient } from "./memory-client.js";
import { frontendOf } from "./reference-cluster.js";

/** Joins whatever channel a client names. */
class Joining extends ConnectorEntry {
  override async enter({ room }: EnterRequest, { session }: ConnectorContext): Promise<EnterResponse> {
    this.server.channel(room).join(session);
    return { members: [] };
  }
}

it("a session is in no more channels than it may be, and leaves all of them", async () => {
  const timing = new VirtualTiming();
  const application = defineApplication({
    gate: { groups: { entry: GateEntry } },
    connector: { groups: { entry: Joining } },
    chat: { groups: { room: Room } },
  });
  const servers = { connector: { count: 1 }, chat: { count: 1 } };
  const cluster = await timing.until(startTestCluster(application, { servers, timing }));
  const { core } = cluster.server("connector-1");
  const client = new MemoryClient(frontendOf(cluster, "connector-1"));
  client.hello();
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
  for (let index = 0; index < 3_000; index++) {
    client.send(enterFrame(2 + index, names[index] ?? `room-${index}`, "x"));
    if (index % 20 === 19) await timing.settle(1);
  }
  await timing.settle(10);
  expect(client.take().filter(({ errorCode }) => errorCode !== 0)).toEqual([]);
  expect(leftoversOf(cluster.server("connector-1"))).toMatchObject({ localChannels: 1_024, homedChannels: 1_024 });
  expect(core.counters.refusedJoins).toBe(3_000 - 1_024);
  client.cut();
  await timing.settle(100);
  expect(leftovers(cluster)).toEqual({});
  expect(({} as Record<string, unknown>).members).toBeUndefined();
  await cluster.stop();
});

it("a session remembers no servers that are gone, however many it has used", () => {
  const session = { firstUse: null } as unknown as FrontendSession;
  const stays = { alive: true } as Peer;
  useOf(session, stays);
  for (let index = 0; index < 10_000; index++) {
    const peer = { alive: true } as Peer;
    expect(useOf(session, peer).peer).toBe(peer);
    peer.alive = false;
  }
  const peers: Peer[] = [];
  for (let use = session.firstUse; use !== null; use = use.next) peers.push(use.peer);
  expect(peers.length).toBeLessThanOrEqual(2);
  expect(peers).toContain(stays);
});

describe("questions between servers", () => {
  const start = () => {
    const timing = new VirtualTiming();
    const wheel = new DeadlineWheel(timing);
    const answers: number[] = [];
    const completion: Completion = {
      answered: (_call, code) => answers.push(code),
      timedOut: () => answers.push(-1),
      lost: () => answers.push(-2),
    };
    return { timing, wheel, calls: new Calls(wheel), completion, answers, peer: { id: "chat-1" } as Peer };
  };

  it("have numbers that do not come again for a long time, also when one is asked at a time", () => {
    const { calls, completion, peer } = start();
    const slab = new Slab(16);
    const seen = new Set<number>();
    for (let count = 0; count < 300_000; count++) {
      const { correlation } = calls.open(peer, 1_000, completion)!;
      seen.add(correlation);
      calls.answered(peer, correlation, 0, slab, 0, 0);
    }
    expect(seen.size).toBe(300_000);
    expect(calls.size).toBe(0);
  });

  it("are refused beyond 65,536, and go on when some are answered", () => {
    const { timing, wheel, calls, completion, answers, peer } = start();
    const slab = new Slab(16);
    const open = Array.from({ length: 65_536 }, () => calls.open(peer, 10_000, completion)!.correlation);
    expect(new Set(open).size).toBe(65_536);
    expect(calls.open(peer, 10_000, completion)).toBeNull();
    for (let index = 0; index < 1_000; index++) {
      expect(calls.answered(peer, open[index * 60]!, 7, slab, 0, 0)).toBe(true);
      const { correlation } = calls.open(peer, 10_000, completion)!;
      expect(calls.answered(peer, open[index * 60]!, 7, slab, 0, 0)).toBe(false);
      expect(correlation).not.toBe(open[index * 60]);
    }
    expect(calls.open(peer, 10_000, completion)).toBeNull();
    timing.advance(11_000);
    expect(calls.size).toBe(0);
    expect(wheel.size).toBe(0);
    expect(answers.filter((answer) => answer === 7)).toHaveLength(1_000);
    expect(answers.filter((answer) => answer === -1)).toHaveLength(65_536);
  });
});

it("a forwarded address is an address, of bounded length", () => {
  const proxies = new TrustedProxies(["10.0.0.0/8"]);
  const zone = `fe80::1%${"a".repeat(4_000)}`;
  expect(proxies.client("10.0.0.1", zone).length).toBeLessThanOrEqual(45);
  expect(proxies.client("10.0.0.1", `1.2.3.4, ${zone}`).length).toBeLessThanOrEqual(45);
  expect(proxies.client("10.0.0.1", `${zone}, 1.2.3.4`)).toBe("1.2.3.4");
  expect(proxies.client("10.0.0.1", "x".repeat(4_000))).toBe("10.0.0.1");
  expect(proxies.client("10.0.0.1", ",".repeat(4_000))).toBe("10.0.0.1");
});
