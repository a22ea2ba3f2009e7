/** More than a client may send: refused by count, never queued without end, and nobody else is kept waiting. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { CloseCode } from "../../wire/close-code.js";
import { ErrorCode } from "../../wire/error-code.js";
import { Executed, enterFrame, Id, pingFrame, readFailure, sendFrame, Type, typingFrame } from "./frames.js";
import { leftovers } from "./leftovers.js";
import { RawClient } from "./raw-client.js";
import { type RealCluster, startReal, unrated } from "./real-cluster.js";
import { Witness } from "./witness.js";

let rated: RealCluster;
let cluster: RealCluster;
let witness: Witness;
let url: string;

beforeAll(async () => {
  cluster = await startReal({ run: unrated });
  rated = await startReal();
  url = cluster.url("connector-1");
  witness = await Witness.start(url);
});

afterAll(async () => {
  await witness.stop();
  for (const one of [cluster, rated]) {
    while (Object.keys(leftovers(one)).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(leftovers(one)).toEqual({});
    await one.stop();
  }
});

it("64 requests may be in flight; each beyond is OVERLOADED, and all are answered", async () => {
  const counters = cluster.counters("connector-1");
  const before = counters.errorsOf(ErrorCode.OVERLOADED);
  const client = await RawClient.open(url);
  // The first waits for the chat server, and the others for the first.
  const frames = Array.from({ length: 200 }, (_, index) => enterFrame(2 + index, "flood", "mallory"));
  client.send(...frames);
  const codes = new Map<number, number>();
  for (let index = 0; index < 200; index++) {
    const { sequence, errorCode } = await client.answer(2 + index);
    expect(sequence).toBe(2 + index);
    codes.set(errorCode, (codes.get(errorCode) ?? 0) + 1);
  }
  // One entered, 63 found it entered already, the rest was not even looked at.
  expect(Object.fromEntries(codes)).toEqual({ 0: 1, 1002: 63, [ErrorCode.OVERLOADED]: 136 });
  expect(counters.errorsOf(ErrorCode.OVERLOADED)).toBe(before + 136);
  client.send(enterFrame(300, "flood", "mallory"));
  expect((await client.answer(300)).errorCode).toBe(1002);
  await client.close();
  await witness.more(3);
});

it("64 forwarded requests may be in flight, and what is refused did not run", async () => {
  const client = await RawClient.open(url);
  client.send(enterFrame(2, "flood", "mallory"));
  expect((await client.answer(2)).errorCode).toBe(0);
  // More than fit one tick's 64, in one message: they reach the connector at once.
  const frames = Array.from({ length: 500 }, (_, index) => sendFrame(3 + index, "mallory", String(index)));
  client.send(...frames);
  let answered = 0;
  let overloaded = 0;
  for (let index = 0; index < 500; index++) {
    const answer = await client.answer(3 + index);
    if (answer.errorCode === 0) answered++;
    else {
      expect(answer.errorCode).toBe(ErrorCode.OVERLOADED);
      expect(readFailure(answer).executed).toBe(Executed.NO);
      overloaded++;
    }
  }
  expect(answered).toBe(64);
  expect(overloaded).toBe(436);
  expect(client.frames.filter(({ messageId }) => messageId === Id.ON_CHAT)).toHaveLength(64);
  await client.close();
  await witness.more(3);
});

it("requests beyond a declared rate are RATE_LIMITED, notifies beyond theirs are dropped and counted", async () => {
  const counters = rated.counters("connector-1");
  const client = await RawClient.open(rated.url("connector-1"));
  client.send(enterFrame(2, "flood", "mallory"));
  expect((await client.answer(2)).errorCode).toBe(0);
  const limited = counters.errorsOf(ErrorCode.RATE_LIMITED);
  const dropped = counters.droppedNotifies;
  const requests = Array.from({ length: 60 }, (_, index) => sendFrame(3 + index, "mallory", "x"));
  const notifies = Array.from({ length: 60 }, (_, index) => typingFrame(100 + index));
  client.send(...requests, ...notifies, pingFrame(999));
  await client.answer(999);
  const codes = client.frames.filter(({ messageId }) => messageId === Id.SEND).map(({ errorCode }) => errorCode);
  // All of one message is taken at one time: no more than the bursts of 20 and 4 pass.
  expect(counters.errorsOf(ErrorCode.RATE_LIMITED) - limited).toBe(40);
  expect(codes.filter((code) => code === ErrorCode.RATE_LIMITED)).toHaveLength(40);
  expect(counters.droppedNotifies - dropped).toBe(56);
  await client.close();
});

it("a flood of notifies is served as far as it goes, and is no reason for others to wait", async () => {
  const flooders = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const client = await RawClient.open(url);
      client.send(enterFrame(2, `flood-${index}`, "mallory"));
      expect((await client.answer(2)).errorCode).toBe(0);
      return client;
    }),
  );
  for (let round = 0; round < 20; round++) {
    for (const client of flooders) {
      const notifies = Array.from({ length: 1_000 }, (_, index) => typingFrame(3 + round * 1_000 + index));
      client.send(...notifies);
    }
    await witness.more(1);
  }
  for (const client of flooders) {
    await client.ping();
    // Everyone is in a room of their own: each notify came back as a push, or was replaced by a newer one.
    expect(client.frames.every(({ messageId, sequence }) => messageId === Id.ON_TYPING && sequence === 0)).toBe(true);
    expect(client.frames.length).toBeGreaterThan(0);
    await client.close();
  }
  await witness.more(3);
});

it("a flood of Pings is answered, one each", async () => {
  const client = await RawClient.open(url);
  for (let round = 0; round < 10; round++) client.send(...Array.from({ length: 2_000 }, () => pingFrame()));
  for (let count = 0; count < 20_000; count++) await client.next((frame) => frame.messageId === Id.PING);
  expect(client.frames).toEqual([]);
  await client.close();
  await witness.more(3);
});

it("a flood of refused requests costs the flooder its connection at most", async () => {
  const client = await RawClient.open(url);
  for (let round = 0; round < 40; round++) {
    if (client.end === null)
      client.send(...Array.from({ length: 2_000 }, (_, index) => sendFrame(2 + round * 2_000 + index, "", "")));
  }
  // Either every one was answered, or it was closed as one that does not take its answers.
  const last = 2 + 40 * 2_000 - 1;
  const end = await Promise.race([client.closed, client.answer(last)]);
  if ("code" in end) expect(end.code).toBe(CloseCode.SLOW_CONSUMER);
  else expect(end).toMatchObject({ errorCode: ErrorCode.UNAUTHENTICATED, serverType: Type.CHAT });
  client.socket.terminate();
  await witness.more(3);
});

it("a thousand connections that come and go at once leave nothing", async () => {
  for (let round = 0; round < 10; round++) {
    const clients = await Promise.all(Array.from({ length: 100 }, () => RawClient.connect(url)));
    clients.forEach((client, index) => {
      if (index % 3 !== 0) client.send(enterFrame(1, "flood", "x"));
      if (index % 2 === 0) client.socket.terminate();
      else client.socket.close();
    });
    await Promise.all(clients.map(({ closed }) => closed));
    await witness.more(1);
  }
});
