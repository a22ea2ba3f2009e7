/** Connections that break, in every phase of a session's life: nothing is left, and nobody else notices. */
import { describe, expect, it, vi } from "vitest";
import { leftovers } from "../../abuse/leftovers.js";
import { Certificates } from "./certificates.js";
import {
  connect,
  echo,
  Id,
  type ListenerInput,
  moored,
  Nothing,
  Order,
  open,
  Ship,
  startHarbor,
  Text,
} from "./harbor-cluster.js";
import type { WireClient } from "./wire-client.js";

const PATIENCE = { timeout: 40_000, interval: 20 };

/** How far a client comes before its connection breaks. */
const phases: readonly [string, (url: string, name: string) => Promise<WireClient>][] = [
  ["before it said anything", (url) => connect(url)],
  [
    "in the middle of Hello",
    async (url) => {
      const client = await connect(url);
      client.write(client.helloFrame().subarray(0, 7));
      return client;
    },
  ],
  [
    "with Hello on its way",
    async (url) => {
      const client = await connect(url);
      client.write(client.helloFrame());
      return client;
    },
  ],
  ["after Welcome", (url) => open(url)],
  [
    "in the middle of a request",
    async (url) => {
      const client = await open(url);
      client.write(client.message(Id.ECHO, Text, { text: "half" }).subarray(0, 12));
      return client;
    },
  ],
  [
    "while it binds",
    async (url, name) => {
      const client = await open(url);
      client.write(client.message(Id.MOOR, Ship, { name, dock: "east" }));
      return client;
    },
  ],
  ["when it is a member of a channel", (url, name) => moored(url, name)],
  [
    "with requests at a backend that does not answer",
    async (url, name) => {
      const client = await moored(url, name);
      client.write(client.message(Id.WAIT, Nothing, {}), client.message(Id.CALL, Text, { text: "never heard" }));
      await client.ping();
      return client;
    },
  ],
  [
    "with more on its way to it than it has read",
    async (url, name) => {
      const client = await moored(url, name);
      client.line.pause();
      const order = { push: "onDrop", count: 40, bytes: 32_000 };
      client.write(...[1, 2, 3].map(() => client.message(Id.UNLOAD, Order, order)));
      return client;
    },
  ],
  [
    "while answers come",
    async (url, name) => {
      const client = await moored(url, name);
      client.write(...Array.from({ length: 60 }, () => client.message(Id.FETCH, Order, Order.create())));
      return client;
    },
  ],
];

describe.each(phases)("a connection that breaks %s", (_when, begin) => {
  it.each(["tcp", "tls", "websocket"])("leaves nothing behind: %s", async (kind) => {
    const { files } = await Certificates.of("resets");
    const listener: ListenerInput =
      kind === "websocket"
        ? { transport: "websocket", port: 0 }
        : { transport: "tcp", port: 0, tls: kind === "tls" ? files : undefined };
    const harbor = await startHarbor([listener, { transport: "tcp", port: 0 }]);
    const [url, other] = harbor.urls();
    const witness = await moored(other!, "witness", "west");
    const before = leftovers(harbor);
    const clients = await Promise.all(["ann", "bob", "cid"].map((name) => begin(url!, name)));
    for (const client of clients) client.line.destroy();
    const { sessions } = harbor.server("connector-1").frontend!;
    await vi.waitFor(() => {
      expect(sessions.size).toBe(1);
      expect(leftovers(harbor)).toEqual(before);
    }, PATIENCE);
    expect(await echo(witness, "not my business")).toBe("not my business");
    // The names are free again.
    for (const name of ["ann", "bob", "cid"]) await moored(url!, name);
    expect(harbor.server("connector-1").core.counters.exceptions).toBe(0);
    expect(harbor.lines.filter(({ level }) => level >= 50)).toEqual([]);
  });
});

it("a client that closes its half has left, and what it was told already still reaches it", async () => {
  const harbor = await startHarbor([{ transport: "tcp", port: 0 }]);
  const [url] = harbor.urls();
  const [ann, bob] = [await moored(url!, "ann"), await moored(url!, "bob")];
  ann.write(ann.message(Id.FETCH, Order, Order.create()));
  const answer = ann.answer(ann.sequence);
  await ann.ping();
  await ann.leave();
  expect([ann.end, (await answer).messageId]).toEqual([{ how: "end" }, Id.FETCH]);
  expect(await bob.push(Id.ON_LEFT, Ship)).toEqual({ name: "ann", dock: "east" });
});
