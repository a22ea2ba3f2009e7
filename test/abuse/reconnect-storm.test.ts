/** Many connections that want to be the same user at once: one stays, the others are told why they went, and nobody is remembered. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { Room } from "../../app/chat/room.js";
import { Entry as ConnectorEntry } from "../../app/connector/entry.js";
import { Entry as GateEntry } from "../../app/gate/entry.js";
import {
  type ConnectorContext,
  defineApplication,
  type EnterRequest,
  type EnterResponse,
} from "../../generated/server/index.js";
import { CloseCode } from "../../wire/close-code.js";
import { enterFrame, Id } from "./frames.js";
import { leftovers } from "./leftovers.js";
import { RawClient } from "./raw-client.js";
import { type RealCluster, startReal } from "./real-cluster.js";
import { Witness } from "./witness.js";

/** Binds whoever says `!` to the one name, and is the reference application's otherwise. */
class Claiming extends ConnectorEntry {
  override async enter(request: EnterRequest, context: ConnectorContext): Promise<EnterResponse> {
    if (request.room !== "!") return super.enter(request, context);
    await context.session.bind(request.name);
    return { members: [context.session.id] };
  }
}

const application = defineApplication({
  gate: { groups: { entry: GateEntry } },
  connector: { groups: { entry: Claiming } },
  chat: { groups: { room: Room } },
});
const { manifest } = application;
const run = {
  ...application,
  manifest: { ...manifest, handlers: manifest.handlers.map((handler) => ({ ...handler, rate: null })) },
};

let cluster: RealCluster;
let witness: Witness;

beforeAll(async () => {
  cluster = await startReal({ run });
  witness = await Witness.start(cluster.url("connector-1"));
});

afterAll(async () => {
  await witness.stop();
  await settled();
  await cluster.stop();
});

async function settled(): Promise<void> {
  const idle = () => Object.values(leftovers(cluster)).every((left) => Object.keys(left).length === 0);
  while (!idle()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const holders = (uid: string) =>
  cluster.servers.flatMap(({ frontend }) => [...(frontend?.sessions ?? [])].filter((session) => session.uid === uid));

it("of sixty that bind one uid on two connectors, one is left", async () => {
  const urls = [cluster.url("connector-1"), cluster.url("connector-2")];
  const clients = await Promise.all(Array.from({ length: 60 }, (_, index) => RawClient.open(urls[index % 2]!)));
  for (const client of clients) client.send(enterFrame(2, "!", "ann"));
  const ends = clients.map(async (client) => {
    const answer = await client.answer(2).catch(() => null);
    return answer?.errorCode ?? -1;
  });
  // All but one are replaced. Which one stays is the home's to say.
  let closed = 0;
  for (const client of clients) void client.closed.then(() => closed++);
  while (closed < 59) await new Promise((resolve) => setTimeout(resolve, 5));
  const left = clients.filter(({ end }) => end === null);
  expect(left).toHaveLength(1);
  expect(holders("ann")).toHaveLength(1);
  for (const { end } of clients) if (end !== null) expect(end.code).toBe(CloseCode.REPLACED);
  await left[0]!.ping();
  await left[0]!.close();
  for (const code of await Promise.all(ends)) expect([0, -1]).toContain(code);
  await witness.more(3);
});

it("a storm of reconnects on one uid, some cut in the middle of their bind, leaves the uid to the last", async () => {
  const urls = [cluster.url("connector-1"), cluster.url("connector-2")];
  for (let round = 0; round < 15; round++) {
    const clients = await Promise.all(Array.from({ length: 12 }, (_, index) => RawClient.open(urls[index % 2]!)));
    clients.forEach((client, index) => {
      client.send(enterFrame(2, "!", "bob"));
      if (index % 4 === 0) client.socket.terminate();
    });
    await Promise.all(clients.map((client) => client.answer(2).catch(() => null)));
    for (const client of clients) client.socket.terminate();
    await Promise.all(clients.map(({ closed }) => closed));
  }
  const last = await RawClient.open(urls[0]!);
  last.send(enterFrame(2, "!", "bob"));
  const answer = await last.answer(2);
  expect(answer).toMatchObject({ messageId: Id.ENTER, errorCode: 0 });
  while (holders("bob").length !== 1) await new Promise((resolve) => setTimeout(resolve, 5));
  await last.ping();
  expect(last.end).toBeNull();
  await last.close();
  await witness.more(3);
});
