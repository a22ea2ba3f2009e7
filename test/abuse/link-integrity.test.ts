/** A mistake in one session's handler must not touch the frames of others that leave over the same link in the same tick. */

import { Failure } from "gatesmith/runtime";
import { startTestCluster, VirtualTiming } from "gatesmith/testing";
import { describe, expect, it } from "vitest";
import { Room } from "../../app/chat/room.js";
import { Entry as ConnectorEntry } from "../../app/connector/entry.js";
import { Entry as GateEntry } from "../../app/gate/entry.js";
import { type ChatContext, defineApplication, type SendRequest, SendResponse } from "../../generated/server/index.js";
import { decoded, encoded, enterFrame, Id, readFailure, sendFrame } from "./frames.js";
import { MemoryClient } from "./memory-client.js";
import { frontendOf } from "./reference-cluster.js";

type Mistake = (context: ChatContext, room: ClumsyRoom) => unknown;

const mistakes: Readonly<Record<string, Mistake>> = {
  "binds a number": ({ session }) => session.bind(42 as never),
  "binds nothing": ({ session }) => session.bind(undefined as never),
  "kicks for an object": ({ session }) => session.kick({} as never),
  "updates a field with a number": ({ session }) => session.update({ name: 7 as never }),
  "asks for the user 7": (_context, { server }) => server.kickUser(7 as never),
  "pushes a number": (_context, { server }) => server.push.onChat.toEveryone({ text: 1 } as never),
  "calls with a number": (_context, { server }) => server.rpc.chat.room.add({ room: 1 } as never, { key: "a" }),
};

class ClumsyRoom extends Room {
  override send(request: SendRequest, context: ChatContext): SendResponse {
    const mistake = mistakes[request.text];
    if (mistake === undefined) return { sentAt: 1234567 };
    const outcome = mistake(context, this);
    if (outcome instanceof Promise) outcome.catch(() => {});
    return { sentAt: 7654321 };
  }
}

const application = defineApplication({
  gate: { groups: { entry: GateEntry } },
  connector: { groups: { entry: ConnectorEntry } },
  chat: { groups: { room: ClumsyRoom } },
});

async function twoInOneRoom() {
  const timing = new VirtualTiming();
  const servers = { connector: { count: 1 }, chat: { count: 1 } };
  const cluster = await timing.until(startTestCluster(application, { servers, timing }));
  const frontend = frontendOf(cluster, "connector-1");
  const ann = new MemoryClient(frontend);
  const bob = new MemoryClient(frontend);
  for (const [client, name] of [
    [ann, "ann"],
    [bob, "bob"],
  ] as const) {
    client.hello();
    client.send(enterFrame(2, "lobby", name));
    await timing.settle(10);
    client.take();
  }
  ann.take();
  return { timing, cluster, ann, bob };
}

describe("a handler that", () => {
  for (const text of Object.keys(mistakes)) {
    it(`${text} spoils no other session's answer`, async () => {
      const { timing, cluster, ann, bob } = await twoInOneRoom();
      ann.send(sendFrame(3, "*", "fine"));
      bob.send(sendFrame(3, "*", text));
      ann.send(sendFrame(4, "*", "fine"));
      await timing.settle(10);
      const answers = ann.take().filter(({ sequence, messageId }) => messageId === Id.SEND && sequence > 0);
      expect(answers.map(({ sequence, errorCode }) => [sequence, errorCode])).toEqual([
        [3, 0],
        [4, 0],
      ]);
      for (const { body } of answers) {
        expect(body.length).toBe(encoded(SendResponse, { sentAt: 1234567 }).length);
        expect(decoded(SendResponse, body)).toEqual({ sentAt: 1234567 });
      }
      const [answer] = bob.take().filter(({ messageId }) => messageId === Id.SEND);
      expect(answer).toMatchObject({ sequence: 3 });
      for (const { core } of cluster.servers) {
        expect(core.counters.strayFrames, core.id).toBe(0);
        expect(core.calls.size, core.id).toBe(0);
      }
      await cluster.stop();
    });
  }
});

it("a failure has a code that its header can carry, and a message of bounded length", async () => {
  for (const code of [0, -1, 70_000, 1.5, Number.NaN]) {
    expect(() => new Failure(code, "ODD", "odd"), String(code)).toThrow(/1 to 65535/);
  }
  expect(new Failure(65_535, "LAST", "last").code).toBe(65_535);
});

it("answers a name of sixty thousand characters with a failure that fits a frame", async () => {
  const { timing, cluster } = await twoInOneRoom();
  const carl = new MemoryClient(frontendOf(cluster, "connector-1"));
  carl.hello();
  carl.send(enterFrame(2, "lobby", "x".repeat(65_480)));
  await timing.settle(10);
  const [welcome, refusal] = carl.take();
  expect(welcome).toMatchObject({ messageId: Id.HELLO, errorCode: 0 });
  expect(refusal).toMatchObject({ messageId: Id.ENTER, sequence: 2, errorCode: 1004 });
  expect(readFailure(refusal!).message).toMatch(/^"x{100}/);
  await cluster.stop();
});
