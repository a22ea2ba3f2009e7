/** Clients that do not read what they asked for: bounded by bytes, ended with SLOW_CONSUMER, and gone soon after. */
import type { Socket } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CloseCode } from "../../wire/close-code.js";
import { enterFrame, Id, sendFrame } from "./frames.js";
import { leftovers } from "./leftovers.js";
import { isPush, RawClient } from "./raw-client.js";
import { type RealCluster, startReal, unrated } from "./real-cluster.js";
import { Witness } from "./witness.js";

let cluster: RealCluster;
let witness: Witness;
let url: string;

beforeAll(async () => {
  cluster = await startReal({ run: unrated, limits: { sessionBytes: 262_144 } });
  url = cluster.url("connector-1");
  witness = await Witness.start(url);
});

afterAll(async () => {
  await witness.stop();
  while (Object.keys(leftovers(cluster)).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(leftovers(cluster)).toEqual({});
  await cluster.stop();
});

async function member(name: string): Promise<RawClient> {
  const client = await RawClient.open(url);
  client.send(enterFrame(2, "slow", name));
  expect((await client.answer(2)).errorCode).toBe(0);
  return client;
}

const pause = (client: RawClient) => tcpOf(client).pause();
const tcpOf = (client: RawClient) => (client.socket as unknown as { _socket: Socket })._socket;

/** Says lines to the room until `enough`, and takes its own answers and pushes meanwhile. */
async function talk(speaker: RawClient, enough: () => boolean): Promise<number> {
  const text = "x".repeat(4_000);
  let sequence = 2;
  while (!enough()) {
    speaker.send(...Array.from({ length: 8 }, () => sendFrame(++sequence, "*", text)));
    const answer = await speaker.answer(sequence);
    expect(answer.errorCode).toBe(0);
    speaker.frames.splice(0);
  }
  return sequence - 2;
}

it("a member that does not read is closed, and the room goes on", async () => {
  const counters = cluster.counters("connector-1");
  const before = counters.closesWith(CloseCode.SLOW_CONSUMER);
  const speaker = await member("speaker");
  const reader = await member("reader");
  const slow = [await member("slow-1"), await member("slow-2")];
  for (const client of slow) pause(client);
  const lines = await talk(speaker, () => counters.closesWith(CloseCode.SLOW_CONSUMER) === before + 2);
  await reader.ping();
  const pushes = reader.frames.filter(({ messageId }) => messageId === Id.ON_CHAT);
  expect(pushes.length).toBe(lines);
  // Its numbers have no gap: nothing a reader was owed was lost.
  const numbers = reader.frames.filter(isPush).map(({ sequence }) => sequence);
  expect(numbers).toEqual(Array.from(numbers, (_, index) => index + 1));
  await witness.more(3);
  await Promise.all([speaker.close(), reader.close()]);
  // Whoever reads again within the time finds everything that fit, in order, and then the reason.
  const [late, never] = slow;
  tcpOf(late!).resume();
  const { code, reason } = await late!.closed;
  expect(code).toBe(CloseCode.SLOW_CONSUMER);
  expect(reason).toMatch(/read faster/);
  const got = late!.frames.filter(isPush).map(({ sequence }) => sequence);
  expect(got.length).toBeGreaterThan(10);
  expect(got).toEqual(Array.from(got, (_, index) => index + 1));
  // Whoever does not is cut off, and holds neither socket nor memory.
  await closedByServer(never!);
  await witness.more(3);
}, 60_000);

it("a client that does not read its answers is closed, too, and its session holds no more than it may", async () => {
  const counters = cluster.counters("connector-1");
  const before = counters.closesWith(CloseCode.SLOW_CONSUMER);
  const client = await member("self");
  pause(client);
  const { sessions } = cluster.server("connector-1").frontend!;
  let most = 0;
  for (let round = 0; counters.closesWith(CloseCode.SLOW_CONSUMER) === before; round++) {
    const first = 3 + round * 50;
    client.send(...Array.from({ length: 50 }, (_, index) => sendFrame(first + index, "self", "y".repeat(1_000))));
    await witness.more(1);
    for (const session of sessions) most = Math.max(most, session.socket.buffered() + session.pendingBytes);
  }
  expect(most).toBeGreaterThan(100_000);
  expect(most).toBeLessThanOrEqual(262_144);
  client.socket.terminate();
  await witness.more(3);
});

/** Node does not notice the end of a socket it does not read: what it sends then is answered with a reset. */
async function closedByServer(client: RawClient): Promise<void> {
  const tcp = tcpOf(client);
  const poll = setInterval(() => tcp.write(Buffer.from([0x8a, 0x80, 0, 0, 0, 0])), 200);
  await client.closed;
  clearInterval(poll);
}
