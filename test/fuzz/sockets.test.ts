/** Some thousands of nonsense messages over real sockets: what uWebSockets.js and the system make of them is part of the server, too. */
import { connect } from "node:net";
import { afterAll, expect, it } from "vitest";
import { helloFrame } from "../abuse/frames.js";
import { leftovers } from "../abuse/leftovers.js";
import { RawClient } from "../abuse/raw-client.js";
import { startReal, unrated } from "../abuse/real-cluster.js";
import { Witness } from "../abuse/witness.js";
import { Chance } from "./chance.js";
import { fuzzedMessage } from "./client-frames.js";
import { fuzzOptions } from "./fuzz-options.js";

const { seed, count } = fuzzOptions("messages on sockets", 5_000);

const CLIENTS = 16;

const rejections: unknown[] = [];
const rejected = (reason: unknown) => rejections.push(reason);
process.on("unhandledRejection", rejected);
afterAll(() => process.off("unhandledRejection", rejected));

it(`survives ${count} messages, and serves a witness meanwhile (FUZZ_SEED=${seed})`, async () => {
  const chance = new Chance(seed);
  const lines: string[] = [];
  const log = { write: (line: string) => lines.push(line) };
  const cluster = await startReal({ run: unrated, log });
  const witness = await Witness.start(cluster.url("connector-1"));
  const urls = ["gate-1", "connector-1", "connector-2"].map((id) => cluster.url(id));
  const clients: (RawClient | null)[] = new Array(CLIENTS).fill(null);
  const sequences: number[] = new Array(CLIENTS).fill(0);
  for (let sent = 0; sent < count; sent++) {
    const index = chance.below(CLIENTS);
    const client = clients[index] ?? (await RawClient.connect(chance.pick(urls)));
    if (clients[index] === null) {
      clients[index] = client;
      sequences[index] = 1;
      if (!chance.once(4)) client.send(helloFrame());
    }
    const sequence = sequences[index]! + 1;
    sequences[index] = sequence + 12;
    const message = fuzzedMessage(chance, sequence);
    if (chance.once(30)) client.socket.send(message.toString("latin1"));
    else client.socket.send(message);
    client.frames.length = 0;
    if (chance.once(150)) client.socket.terminate();
    if (client.socket.readyState !== client.socket.OPEN) clients[index] = null;
    if (sent % 100 === 0) {
      await witness.more(1);
      await raw(new URL(chance.pick(urls)), chance);
    }
  }
  for (const client of clients) client?.socket.terminate();
  await witness.more(3);
  await witness.stop();
  while (Object.keys(leftovers(cluster)).length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await cluster.stop();
  expect(rejections).toEqual([]);
  expect(lines.filter((line) => (JSON.parse(line) as { level: number }).level >= 50)).toEqual([]);
});

/** Bytes that are no WebSocket at all, or stop being one. */
async function raw(url: URL, chance: Chance): Promise<void> {
  const socket = connect(Number(url.port), "127.0.0.1");
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("connect", resolve));
  const upgrade =
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  const bytes = Buffer.from(chance.once(2) ? upgrade : "GET /entry?uid=%00%ff HTTP/1.1\r\nHost: x\r\n\r\n");
  socket.write(chance.once(3) ? chance.bytes(chance.below(400)) : bytes.subarray(0, chance.below(bytes.length + 1)));
  socket.write(chance.bytes(chance.below(200)));
  socket.end();
  setTimeout(() => socket.destroy(), 20);
  await new Promise((resolve) => socket.once("close", resolve));
}
