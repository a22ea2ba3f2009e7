/** Streams that no client of ours sends: each is closed by a declared deadline or limit, counted, and disturbs nobody. */
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Counters } from "../../../runtime/operate/counters.js";
import {
  connect,
  echo,
  type Harbor,
  Id,
  moored,
  open,
  startHarbor,
  Text,
  type WireName,
  wires,
} from "./harbor-cluster.js";
import { controlId, failureOf, frameOf, type WireClient } from "./wire-client.js";

const PATIENCE = { timeout: 40_000, interval: 20 };
const LIMITS = { helloTimeout: 400, frameTimeout: 400, frameBytes: 4_096 };

const BAD_TRAFFIC = 4500;
const HELLO_TIMEOUT = 4002;

let harbor: Harbor;
let counters: Counters;
let witness: WireClient;

beforeEach(async () => {
  const protocols: readonly WireName[] = ["main", "next", "lines"];
  harbor = await startHarbor(
    protocols.map((protocol) => ({ transport: "tcp", port: 0, protocol })),
    { limits: LIMITS },
  );
  counters = harbor.server("connector-1").core.counters;
  witness = await moored(urlOf("main"), "witness", "west");
});

afterEach(async () => {
  expect(await echo(witness, "not my business")).toBe("not my business");
  expect(counters.exceptions).toBe(0);
  await witness.leave();
});

function urlOf(wire: WireName): string {
  return harbor.urls()[wire === "main" ? 0 : wire === "next" ? 1 : 2]!;
}

/** Bytes that mean nothing, the same in every run. */
const noise = (what: string, bytes: number) => createHash("shake256", { outputLength: bytes }).update(what).digest();

/** One byte a turn, for as long as anybody listens. */
async function drip(client: WireClient, byte: (index: number) => number): Promise<void> {
  for (let index = 0; client.end === null; index++) {
    client.write(Uint8Array.of(byte(index)));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const u16 = (value: number) => Buffer.from(Uint16Array.of(value).buffer).swap16();

/** A header of `next` that promises so many bytes. */
function promising(length: number): Buffer {
  const header = frameOf(wires.next, Id.ECHO, 2);
  header.writeUInt32LE(length, header.length - 4);
  return header;
}

describe("a stream that begins no frame", () => {
  const beginnings: readonly [string, WireName, () => Buffer][] = [
    ["a length of 0", "main", () => Buffer.concat([u16(0), Buffer.alloc(10)])],
    ["a length within the header", "main", () => Buffer.concat([u16(11), Buffer.alloc(10)])],
    ["a length one over the bound", "main", () => u16(4_097)],
    ["the longest length there is", "main", () => u16(65_535)],
    ["a length of 2^31", "next", () => promising(2 ** 31)],
    ["a length of 2^31 - 1", "next", () => promising(2 ** 31 - 1)],
    ["a length of 2^32 - 1", "next", () => promising(2 ** 32 - 1)],
    ["a length one over the bound, after a header of its own", "next", () => promising(4_096 - 11 + 1)],
    ["letters for a length", "main", () => Buffer.from("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")],
    ["letters for a header", "next", () => Buffer.from("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n")],
  ];

  it.each(beginnings)("with %s is answered and closed at once", async (_what, wire, bytes) => {
    const client = await open(urlOf(wire), wire);
    client.write(bytes());
    const answer = await client.next();
    expect(answer).toMatchObject({ messageId: controlId("FAILURE"), sequence: 0, error: "BAD_FRAME" });
    expect(failureOf(answer).message).toBe(
      `what arrived begins no frame of layout ${wire}.request with at most 4096 bytes`,
    );
    expect(await client.kick()).toMatchObject({
      code: BAD_TRAFFIC,
      reason: expect.stringContaining("the stream cannot be read further"),
    });
    expect(await client.closed).toEqual({ how: "end" });
    expect(counters).toMatchObject({ strikeOuts: 1 });
    expect([counters.closesWith(BAD_TRAFFIC), counters.snapshot().errors]).toEqual([1, { BAD_FRAME: 1 }]);
  });

  it.each(beginnings)("with %s is closed before Hello, too", async (_what, wire, bytes) => {
    const client = await connect(urlOf(wire), wire);
    client.write(bytes());
    expect(await client.next()).toMatchObject({ error: "BAD_FRAME" });
    expect(await client.kick()).toMatchObject({ code: BAD_TRAFFIC });
    await client.closed;
    expect(counters.strikeOuts).toBe(1);
  });

  it("takes with it nothing that was said before", async () => {
    const client = await open(urlOf("main"));
    const asked = [1, 2, 3].map((number) => client.message(Id.ECHO, Text, { text: String(number) }));
    client.write(...asked, Buffer.alloc(64), client.message(Id.ECHO, Text, { text: "too late" }));
    await client.closed;
    const seen = client.frames.map(({ messageId, error }) => error ?? messageId);
    expect(seen).toEqual([Id.ECHO, Id.ECHO, Id.ECHO, "BAD_FRAME", controlId("KICK")]);
  });

  it("costs no memory by what it promises", async () => {
    const clients = await Promise.all(Array.from({ length: 50 }, () => open(urlOf("next"), "next")));
    for (const client of clients) client.write(promising(4_000), Buffer.from("x"));
    const { sessions } = harbor.server("connector-1").frontend!;
    const held = () => [...sessions].map(({ rest }) => rest?.bytes.length ?? 0);
    await vi.waitFor(() => expect(held().filter((bytes) => bytes > 0)).toHaveLength(50), PATIENCE);
    expect(Math.max(...held())).toBeLessThan(1_024);
    await Promise.all(clients.map(({ closed }) => closed));
  });
});

describe("a stream that goes on without end", () => {
  // More than anybody can send byte by byte in the time a frame is given.
  const roomy = { ...LIMITS, frameBytes: 16_777_216 };

  async function startRoomy(protocol: WireName) {
    const other = await startHarbor([{ transport: "tcp", port: 0, protocol }], { limits: roomy });
    const [url] = other.urls();
    return { url: url!, counters: other.server("connector-1").core.counters };
  }

  it("one byte at a time is closed when its frame takes too long", async () => {
    const { url, counters } = await startRoomy("next");
    const client = await open(url, "next");
    const header = promising(16_000_000);
    await drip(client, (index) => header[index] ?? 0);
    expect(await client.kick()).toMatchObject({
      code: BAD_TRAFFIC,
      reason: expect.stringContaining("a frame was not complete within 400 ms"),
    });
    expect(counters.snapshot()).toMatchObject({ strikeOuts: 1, errors: { BAD_FRAME: 1 }, exceptions: 0 });
  });

  it("and never says Hello is closed for one or the other, however much it says", async () => {
    const { url, counters } = await startRoomy("next");
    const client = await connect(url, "next");
    const header = promising(16_000_000);
    await drip(client, (index) => header[index] ?? 0);
    expect([BAD_TRAFFIC, HELLO_TIMEOUT]).toContain((await client.kick()).code);
    expect(counters.closesWith(BAD_TRAFFIC) + counters.closesWith(HELLO_TIMEOUT)).toBe(1);
  });

  it("and has no end of a line, byte by byte, is closed when the line takes too long", async () => {
    const { url, counters } = await startRoomy("lines");
    const client = await connect(url, "lines");
    await drip(client, () => 0x33);
    expect(counters.closesWith(BAD_TRAFFIC) + counters.closesWith(HELLO_TIMEOUT)).toBe(1);
    expect(counters.exceptions).toBe(0);
  });

  it("in frames that are faulty is closed at its tenth", async () => {
    const client = await open(urlOf("next"), "next");
    const faulty = frameOf(wires.next, 4711, 2);
    client.write(...Array.from({ length: 500 }, () => faulty));
    expect(await client.kick()).toMatchObject({
      code: BAD_TRAFFIC,
      reason: expect.stringContaining("10 faulty frames"),
    });
    await client.closed;
    expect(counters.snapshot().errors).toEqual({ UNKNOWN_MESSAGE: 10 });
  });

  it("and has no end of a line is closed when the line is too long", async () => {
    const client = await connect(urlOf("lines"), "lines");
    client.write(Buffer.alloc(LIMITS.frameBytes + 1, "3"));
    expect(await client.closed).toEqual({ how: "end" });
    expect([counters.strikeOuts, counters.closesWith(BAD_TRAFFIC)]).toEqual([1, 1]);
  });
});

describe("silence", () => {
  it("before Hello is closed at the time that is given for it", async () => {
    const clients = [await connect(urlOf("main")), await connect(urlOf("next"), "next")];
    for (const client of clients) {
      expect(await client.kick()).toMatchObject({ code: HELLO_TIMEOUT, reason: "no Hello within 400 ms" });
      await client.closed;
    }
    expect(counters.closesWith(HELLO_TIMEOUT)).toBe(2);
  });

  it("before the login of a protocol that has one is closed as well", async () => {
    const client = await connect(urlOf("lines"), "lines");
    await client.closed;
    expect(counters.closesWith(HELLO_TIMEOUT)).toBe(1);
  });

  it.each(["main", "next"] as const)(
    "after half a header of %s is closed when the frame takes too long",
    async (wire) => {
      const client = await open(urlOf(wire), wire);
      client.write(client.message(Id.ECHO, Text, { text: "half" }).subarray(0, 5));
      expect(await client.kick()).toMatchObject({ code: BAD_TRAFFIC });
      await client.closed;
      expect(counters.snapshot()).toMatchObject({ strikeOuts: 1, errors: { BAD_FRAME: 1 } });
    },
  );

  it("after half a body, too; and not after a whole frame", async () => {
    const [half, whole] = [await open(urlOf("main")), await open(urlOf("main"))];
    half.write(half.message(Id.ECHO, Text, { text: "half" }).subarray(0, 14));
    whole.write(whole.message(Id.ECHO, Text, { text: "whole" }));
    await half.closed;
    expect(await whole.next()).toMatchObject({ messageId: Id.ECHO });
    expect(await echo(whole, "still here")).toBe("still here");
  });
});

describe("noise", () => {
  it("of a hundred connections at once ends every one of them", async () => {
    const noisy = await Promise.all(
      Array.from({ length: 102 }, (_, index) => {
        const wire = (["main", "next", "lines"] as const)[index % 3]!;
        return connect(urlOf(wire), wire);
      }),
    );
    for (const [index, client] of noisy.entries()) {
      client.write(noise(`first ${index}`, 1 + index * 50));
      if (index % 2 === 0) client.write(noise(`second ${index}`, 1 + index));
    }
    await Promise.all(noisy.map(({ closed }) => closed));
    await vi.waitFor(() => expect(harbor.server("connector-1").frontend!.sessions.size).toBe(1), PATIENCE);
  });

  it("after Hello does the same", async () => {
    const noisy = await Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        const wire = index % 2 === 0 ? "main" : "next";
        return open(urlOf(wire), wire);
      }),
    );
    for (const [index, client] of noisy.entries()) client.write(noise(`${index}`, 10_000));
    await Promise.all(noisy.map(({ closed }) => closed));
    expect(counters.closesWith(BAD_TRAFFIC)).toBe(60);
  });
});
