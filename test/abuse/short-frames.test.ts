/** A protocol whose frames are short: what does not fit is refused where it is written, and brings nothing down. */
import { startTestCluster, VirtualTiming } from "gatesmith/testing";
import { expect, it } from "vitest";
import application from "../../app/index.js";
import { CloseCode } from "../../wire/close-code.js";
import { enterFrame, Id } from "./frames.js";
import { leftovers } from "./leftovers.js";
import { MemoryClient } from "./memory-client.js";
import { frontendOf } from "./reference-cluster.js";

const LONGEST = 120;

/** The reference application, as if its response layout counted its length in fewer bits. */
async function start() {
  const timing = new VirtualTiming();
  const { manifest } = application;
  const protocols = manifest.protocols.map((protocol) => {
    const { response } = protocol;
    const encode: typeof response.encode = (header, slab, from, end) => {
      if (end - from > LONGEST) throw new RangeError(`length: ${end - from} is not an integer from 0 to ${LONGEST}`);
      response.encode(header, slab, from, end);
    };
    return { ...protocol, response: { ...response, encode } };
  });
  const run = { ...application, manifest: { ...manifest, protocols } };
  const servers = { connector: { count: 1 }, chat: { count: 1 } };
  const cluster = await timing.until(startTestCluster(run, { servers, timing }));
  const client = new MemoryClient(frontendOf(cluster, "connector-1"));
  client.hello();
  client.send(enterFrame(2, "r", "n"));
  await timing.settle(10);
  expect(client.take()).toMatchObject([{ messageId: Id.HELLO }, { messageId: Id.ENTER, errorCode: 0 }]);
  return { timing, cluster, client };
}

it("a session is ended though the reason fits no frame", async () => {
  const { timing, cluster, client } = await start();
  await timing.until(client.session!.kick("because ".repeat(100)));
  await timing.settle(10);
  expect(client.closeCode).toBe(CloseCode.KICKED);
  expect(client.take()).toEqual([]);
  expect(leftovers(cluster)).toEqual({});
  await cluster.stop();
});

it("faults are answered with their code alone where the words do not fit, and end with the connection", async () => {
  const { timing, cluster, client } = await start();
  for (let index = 0; index < 12; index++) client.send(enterFrame(2, "r", "n"));
  await timing.settle(10);
  expect(client.take().map(({ errorCode }) => errorCode)).toEqual(Array.from({ length: 12 }, () => 5));
  for (let index = 0; index < 10; index++) client.send(Buffer.from([1]));
  await timing.settle(10);
  expect(client.closeCode).toBe(CloseCode.BAD_TRAFFIC);
  expect(leftovers(cluster)).toEqual({});
  await cluster.stop();
});

it("a push that fits no frame reaches nobody, and those before and behind it do", async () => {
  const { timing, cluster, client } = await start();
  const chat = cluster.server("chat-1");
  const { push } = chat.handle as { push: { onChat: { toChannel(name: string, line: object): void } } };
  const line = (text: string) => ({ room: "r", from: "n", target: "*", text, sentAt: 1 });
  for (const text of ["one", "x".repeat(500), "two"]) push.onChat.toChannel("r", line(text));
  await timing.settle(10);
  expect(client.take().map(({ messageId, sequence }) => [messageId, sequence])).toEqual([
    [Id.ON_CHAT, 1],
    [Id.ON_CHAT, 2],
  ]);
  client.cut();
  await timing.settle(100);
  expect(leftovers(cluster)).toEqual({});
  await cluster.stop();
});
