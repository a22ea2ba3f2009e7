/** Streams cut anywhere: sticky packets, half packets, single bytes. The frames are the same however they come. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { connect, type Harbor, Id, Ship, startHarbor, Text, type WireName, wires } from "./harbor-cluster.js";
import { bodyOf, frameOf, readBody, type WireClient } from "./wire-client.js";

const NAMES: readonly WireName[] = ["main", "next", "lines"];

const startAll = () => startHarbor(NAMES.map((protocol) => ({ transport: "tcp", port: 0, protocol })));

const urlOf = (harbor: Harbor, wire: WireName) => harbor.urls()[NAMES.indexOf(wire)]!;

const SAID = ["", "a", "ahoy ".repeat(30), "\u6d77\u6e2f\u{1f6a2}"];

/** Hello where there is one, then an echo for each text: what a client says that waits for nothing. */
function stream(client: WireClient, said: readonly string[]): Buffer {
  const wire = client.wire;
  const echoes = said.map((text) => frameOf(wire, Id.ECHO, ++client.sequence, bodyOf(wire, Text, { text })));
  return Buffer.concat(echoes);
}

const greeting = (client: WireClient, wire: WireName) => (wire === "lines" ? Buffer.alloc(0) : client.helloFrame());

/** Writes the parts so that each reaches the server before the next is sent. */
async function writeApart(harbor: Harbor, client: WireClient, parts: readonly Uint8Array[]): Promise<void> {
  const { counters } = harbor.server("connector-1").core;
  for (const part of parts) {
    const expected = counters.bytesIn + part.length;
    client.write(part);
    while (counters.bytesIn < expected && client.end === null) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Checks that every text came back, in order and once. */
async function expectEchoes(client: WireClient, said: readonly string[]): Promise<void> {
  const heard: string[] = [];
  for (let index = 0; index < said.length; index++) {
    const frame = await client.next((one) => one.messageId === Id.ECHO);
    expect(frame.error).toBeNull();
    heard.push(readBody(client.wire, Text, frame.body).text);
  }
  expect(heard).toEqual(said);
  expect(client.frames.filter(({ messageId }) => messageId === Id.ECHO)).toEqual([]);
}

function piecesOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...new Set(cuts)].sort((one, other) => one - other).concat(bytes.length);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end)).filter(({ length }) => length > 0);
}

describe.each(NAMES)("a stream of protocol %s", (wire) => {
  it("may be cut at every position", async () => {
    const harbor = await startAll();
    const url = urlOf(harbor, wire);
    const probe = await connect(url, wire);
    const { length } = Buffer.concat([greeting(probe, wire), stream(probe, SAID)]);
    await probe.leave();
    for (let cut = 1; cut < length; cut++) {
      const client = await connect(url, wire);
      const bytes = Buffer.concat([greeting(client, wire), stream(client, SAID)]);
      await writeApart(harbor, client, [bytes.subarray(0, cut), bytes.subarray(cut)]);
      await expectEchoes(client, SAID);
      client.line.destroy();
    }
    expect(harbor.server("connector-1").core.counters.snapshot()).toMatchObject({ errors: {}, strikeOuts: 0 });
  });

  it("may come one byte at a time, or all at once", async () => {
    const harbor = await startAll();
    const single = await connect(urlOf(harbor, wire), wire);
    const bytes = Buffer.concat([greeting(single, wire), stream(single, SAID)]);
    await writeApart(
      harbor,
      single,
      Array.from(bytes, (byte) => Uint8Array.of(byte)),
    );
    await expectEchoes(single, SAID);
    const sticky = await connect(urlOf(harbor, wire), wire);
    const many = Array.from({ length: 60 }, (_, index) => `${index} `.repeat(index));
    sticky.write(greeting(sticky, wire), stream(sticky, many));
    await expectEchoes(sticky, many);
  });

  it("may be cut as often as it likes, anywhere", async () => {
    const harbor = await startAll();
    const texts = fc.array(fc.string({ unit: "binary", maxLength: 600 }), { minLength: 1, maxLength: 12 });
    const cutting = fc.array(fc.nat(), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(texts, cutting, async (said, cuts) => {
        const client = await connect(urlOf(harbor, wire), wire);
        const bytes = Buffer.concat([greeting(client, wire), stream(client, said)]);
        const places = cuts.map((cut) => cut % bytes.length);
        await writeApart(harbor, client, piecesOf(bytes, places));
        await expectEchoes(client, said);
        client.line.destroy();
      }),
      { numRuns: 60 },
    );
    expect(harbor.server("connector-1").core.counters.strikeOuts).toBe(0);
  });

  it("is the same for two clients whose bytes come in turns", async () => {
    const harbor = await startAll();
    const clients = await Promise.all([connect(urlOf(harbor, wire), wire), connect(urlOf(harbor, wire), wire)]);
    const streams = clients.map((client) => Buffer.concat([greeting(client, wire), stream(client, SAID)]));
    for (let at = 0; at < streams[0]!.length; at++) {
      for (const [index, client] of clients.entries()) {
        await writeApart(harbor, client, [streams[index]!.subarray(at, at + 1)]);
      }
    }
    for (const client of clients) await expectEchoes(client, SAID);
  });
});

it("a frame as long as the bound allows comes through in pieces, and one byte more does not", async () => {
  const harbor = await startHarbor([{ transport: "tcp", port: 0, protocol: "next" }], {
    limits: { frameBytes: 200_000 },
  });
  const [url] = harbor.urls();
  const client = await connect(url!, "next");
  await client.hello();
  const overhead = frameOf(wires.next, Id.MOOR, 1, bodyOf(wires.next, Ship, { name: "x".repeat(100_000), dock: "" }));
  const room = 200_000 - (overhead.length - 100_000);
  const longest = client.message(Id.MOOR, Ship, { name: "x".repeat(room), dock: "" });
  expect(longest).toHaveLength(200_000);
  await writeApart(harbor, client, piecesOf(longest, [5, 100, 70_000, 150_000]));
  // The route's own bound is less; the frame as such was taken.
  expect((await client.answer(client.sequence)).error).toBe("TOO_LARGE");
  client.write(client.message(Id.MOOR, Ship, { name: "x".repeat(room + 1), dock: "" }));
  expect(await client.kick()).toMatchObject({ code: 4500 });
  await client.closed;
});
