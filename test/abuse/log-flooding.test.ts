/** The log belongs to the operator: clients do not say how many lines it has, nor where a line ends. */
import { startTestCluster, VirtualTiming } from "gatesmith/testing";
import { pino } from "pino";
import { expect, it } from "vitest";
import { Room } from "../../app/chat/room.js";
import { Entry as ConnectorEntry } from "../../app/connector/entry.js";
import { Entry as GateEntry } from "../../app/gate/entry.js";
import { defineApplication, type SendResponse } from "../../generated/server/index.js";
import { Hello } from "../../wire/control.js";
import { ErrorCode } from "../../wire/error-code.js";
import { encoded, enterFrame, Id, readFailure, requestFrame, sendFrame, Type } from "./frames.js";
import { MemoryClient } from "./memory-client.js";
import { frontendOf } from "./reference-cluster.js";

interface Line {
  readonly msg: string;
  readonly leftOut?: number;
  readonly last?: string;
  readonly logId?: string;
  readonly client?: string;
}

async function start(level: "info" | "debug") {
  const timing = new VirtualTiming();
  const written: string[] = [];
  const log = pino({ level }, { write: (line: string) => written.push(line) });
  const application = defineApplication({
    gate: { groups: { entry: GateEntry } },
    connector: { groups: { entry: ConnectorEntry } },
    chat: {
      groups: {
        room: class extends Room {
          override send(): SendResponse {
            throw new Error("a mistake of the application");
          }
        },
      },
    },
  });
  const { manifest } = application;
  const handlers = manifest.handlers.map((handler) => ({ ...handler, rate: null }));
  const servers = { connector: { count: 1 }, chat: { count: 1 } };
  const run = { ...application, manifest: { ...manifest, handlers } };
  const cluster = await timing.until(startTestCluster(run, { servers, timing, log }));
  written.length = 0;
  const lines = () => written.map((line) => JSON.parse(line) as Line);
  return { timing, cluster, frontend: frontendOf(cluster, "connector-1"), lines, written };
}

it("says of connections closed for bad traffic that there were many, and not each", async () => {
  const { timing, cluster, frontend, lines } = await start("info");
  const strikeOut = async (count: number) => {
    const clients = Array.from({ length: count }, () => new MemoryClient(frontend));
    for (const client of clients) for (let index = 0; index < 10; index++) client.send(Buffer.from([1, 2, 3]));
    await timing.settle(10);
    for (const client of clients) expect(client.closeCode).toBe(4500);
  };
  await strikeOut(500);
  expect(lines().map(({ msg }) => msg)).toEqual(Array.from({ length: 10 }, () => "closed for bad traffic"));
  await timing.settle(11_000);
  await strikeOut(1);
  expect(lines().at(-1)).toMatchObject({ msg: "closed for bad traffic", leftOut: 490 });
  expect(cluster.server("connector-1").core.counters.strikeOuts).toBe(501);
  await cluster.stop();
});

it("has a line for a handler that fails, and no more than a hundred when it goes on failing", async () => {
  const { timing, cluster, frontend, lines } = await start("info");
  const client = new MemoryClient(frontend);
  client.hello();
  client.send(enterFrame(2, "room", "mallory"));
  await timing.settle(10);
  client.take();
  const ids: string[] = [];
  for (let sequence = 3; sequence < 503; sequence++) {
    client.send(sendFrame(sequence, "*", "x"));
    if (sequence % 50 === 0) await timing.settle(1);
  }
  await timing.settle(10);
  for (const answer of client.take()) {
    expect(answer.errorCode).toBe(ErrorCode.INTERNAL);
    const { logId, message } = readFailure(answer);
    expect(message).not.toMatch(/mistake/);
    if (logId !== "") ids.push(logId);
  }
  expect(ids).toHaveLength(100);
  const failed = lines().filter(({ msg }) => msg === "a handler failed");
  expect(failed.map(({ logId }) => logId)).toEqual(ids);
  expect(cluster.server("chat-1").core.counters.exceptions).toBe(500);
  await cluster.stop();
});

it("has no line that a client began or ended, whatever it calls itself", async () => {
  const { timing, cluster, frontend, lines, written } = await start("debug");
  const name = 'x"}\n{"level":60,"msg":"forged"}\r\n\u2028\u0000\u001b[31m';
  const client = new MemoryClient(frontend);
  const body = encoded(Hello, { ...Hello.create(), version: 1, client: name });
  client.send(requestFrame({ messageId: Id.HELLO, sequence: 1, serverType: Type.CONTROL, body }));
  client.send(enterFrame(2, name, name));
  await timing.settle(10);
  client.send(requestFrame({ messageId: Id.TYPING, sequence: 3, serverType: Type.CHAT, body: Buffer.from([0xff]) }));
  client.send(sendFrame(4, name, name));
  await timing.settle(10);
  client.cut();
  await timing.settle(10);
  for (const text of written) {
    expect(text.endsWith("\n")).toBe(true);
    for (const unit of text.slice(0, -1)) expect(unit >= " ", JSON.stringify(unit)).toBe(true);
  }
  expect(lines().some(({ msg }) => msg === "forged")).toBe(false);
  expect(lines().find(({ msg }) => msg === "session opened")!.client).toBe(name);
  await cluster.stop();
});

it("quotes no more than a little of what a client says of itself", async () => {
  const { timing, cluster, frontend, lines } = await start("debug");
  const client = new MemoryClient(frontend);
  const body = encoded(Hello, { ...Hello.create(), version: 1, client: "c".repeat(60_000) });
  client.send(requestFrame({ messageId: Id.HELLO, sequence: 1, serverType: Type.CONTROL, body }));
  await timing.settle(10);
  expect(lines().find(({ msg }) => msg === "session opened")!.client!.length).toBeLessThanOrEqual(256);
  await cluster.stop();
});
