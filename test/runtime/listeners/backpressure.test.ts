/** TCP clients that do not read: what may be dropped is, what may not ends the session, and nothing grows without end. */
import { describe, expect, it, vi } from "vitest";
import { bytesInUse } from "../../fuzz/fuzz-options.js";
import { Certificates } from "./certificates.js";
import type { DockServer } from "./harbor/generated/server/index.js";
import { echo, type Harbor, Id, type ListenerInput, Load, moored, Order, startHarbor } from "./harbor-cluster.js";
import { readBody, type WireClient } from "./wire-client.js";

const PATIENCE = { timeout: 40_000, interval: 20 };
const SESSION_BYTES = 300_000;
const LOAD = 32_768;

/** The kernels' buffers between two ends of this machine hold a few megabytes; this is far beyond. */
const FAR_TOO_MUCH = 256 * 1024 * 1024;

const transports: readonly [string, (tls: object) => ListenerInput][] = [
  ["TCP", () => ({ transport: "tcp", port: 0 })],
  ["TLS", (tls) => ({ transport: "tcp", port: 0, tls }) as ListenerInput],
  ["WebSocket", () => ({ transport: "websocket", port: 0 })],
];

async function start(listener: (tls: object) => ListenerInput) {
  const { files } = await Certificates.of("slow");
  const harbor = await startHarbor([listener(files), { transport: "tcp", port: 0 }], {
    limits: { sessionBytes: SESSION_BYTES, linkBytes: 1_048_576 },
  });
  const [url, other] = harbor.urls();
  const ann = await moored(url!, "ann");
  const witness = await moored(other!, "witness", "west");
  const { counters } = harbor.server("connector-1").core;
  const dock = harbor.server("dock-1").handle as DockServer;
  return { harbor, ann, witness, counters, dock };
}

const tick = () => new Promise((resolve) => setImmediate(resolve));

/** Pushes loads, numbered from 1, until `enough`. Returns the last one's number. */
async function pushUntil(enough: () => boolean, push: (load: Load) => unknown): Promise<number> {
  const goods = new Uint8Array(LOAD);
  for (let number = 1; number * LOAD < FAR_TOO_MUCH; number++) {
    push({ number, goods });
    if (number % 8 === 0) await tick();
    if (enough()) return number;
  }
  throw new Error(`${FAR_TOO_MUCH} bytes were pushed, and nothing happened`);
}

const socketOf = (harbor: Harbor) => {
  for (const session of harbor.server("connector-1").frontend!.sessions) {
    if (session.uid === "east/ann") return session.socket;
  }
  throw new Error("ann has no session");
};

/** Numbers of the loads that a client has got. */
const numbersOf = (client: WireClient) =>
  client.frames.flatMap((frame) => (frame.body.length < LOAD ? [] : [readBody(client.wire, Load, frame.body).number]));

const ascends = (numbers: readonly number[]) => numbers.every((one, index) => index === 0 || one > numbers[index - 1]!);

describe.each(transports)("a %s client that does not read", (_name, listener) => {
  it("misses pushes that may be dropped, gets the others in order, and goes on when it reads again", async () => {
    const { harbor, ann, witness, counters, dock } = await start(listener);
    ann.line.pause();
    const last = await pushUntil(
      () => counters.droppedPushes >= 100,
      (load) => dock.push.onDrop.toChannel("east", load),
    );
    expect(socketOf(harbor).buffered()).toBeLessThanOrEqual(SESSION_BYTES + 2 * LOAD);
    expect(await echo(witness, "not my business")).toBe("not my business");
    ann.line.resume();
    expect(await echo(ann, "back")).toBe("back");
    const numbers = numbersOf(ann);
    expect(ascends(numbers)).toBe(true);
    expect(numbers[0]).toBe(1);
    expect(numbers.length).toBeLessThanOrEqual(last - 100);
    await vi.waitFor(() => expect(socketOf(harbor).buffered()).toBe(0), PATIENCE);
    dock.push.onDrop.toChannel("east", { number: 0, goods: new Uint8Array() });
    expect(await ann.push(Id.ON_DROP, Load)).toBeDefined();
    expect(counters.closesWith(4003)).toBe(0);
  });

  it("gets the latest of each key when it reads again", async () => {
    const { harbor, ann, dock } = await start(listener);
    ann.line.pause();
    let after = 0;
    const [session] = [...harbor.server("connector-1").frontend!.sessions].filter(({ uid }) => uid === "east/ann");
    const last = await pushUntil(
      // Long after it is congested.
      () => session!.congested && ++after > 200,
      (load) => {
        for (const key of ["a", "b"]) dock.push.onLatest.toChannel("east", load, { key });
      },
    );
    expect(socketOf(harbor).buffered()).toBeLessThanOrEqual(SESSION_BYTES + 2 * LOAD);
    ann.line.resume();
    await vi.waitFor(() => expect(numbersOf(ann).slice(-2)).toEqual([last, last]), PATIENCE);
    const numbers = numbersOf(ann);
    expect(numbers.length).toBeLessThan(2 * (last - 100));
    expect(await echo(ann, "back")).toBe("back");
  });

  it("is closed for what it may not miss, and nobody else is", async () => {
    const { harbor, ann, witness, counters, dock } = await start(listener);
    ann.line.pause();
    await pushUntil(
      () => counters.closesWith(4003) > 0,
      (load) => dock.push.onLoad.toChannel("east", load),
    );
    expect(counters.closesWith(4003)).toBe(1);
    expect(await echo(witness, "not my business")).toBe("not my business");
    expect(harbor.server("connector-1").frontend!.sessions.size).toBe(1);
    // What was on its way arrives whole, and then the end.
    ann.line.resume();
    await ann.closed;
    const numbers = numbersOf(ann);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  it("is closed for answers it does not read", async () => {
    const { ann, counters } = await start(listener);
    ann.line.pause();
    const asked = pushUntil(
      () => counters.closesWith(4003) > 0,
      () => ann.write(ann.message(Id.FETCH, Order, { push: "", count: 1, bytes: LOAD })),
    );
    await asked;
    ann.line.resume();
    await ann.closed;
    expect(counters.closesWith(4003)).toBe(1);
  });
});

it("memory does not grow with what a client does not read", async () => {
  const { ann, counters, dock } = await start(transports[0]![1]);
  ann.line.pause();
  await pushUntil(
    () => counters.droppedPushes > 0,
    (load) => dock.push.onDrop.toChannel("east", load),
  );
  const before = bytesInUse();
  await pushUntil(
    () => counters.droppedPushes > 4_000,
    (load) => {
      dock.push.onDrop.toChannel("east", load);
      dock.push.onLatest.toChannel("east", load);
    },
  );
  // 128 MB or more were pushed.
  expect(bytesInUse() - before).toBeLessThan(8 * 1024 * 1024);
  ann.line.destroy();
});

it("a client that never reads is gone after its time, with what waited for it", async () => {
  const { harbor, ann, counters, dock } = await start(transports[0]![1]);
  ann.line.pause();
  await pushUntil(
    () => counters.closesWith(4003) > 0,
    (load) => dock.push.onLoad.toChannel("east", load),
  );
  // The cluster can end, though the client still does not read: nothing waits for it for ever.
  await harbor.stop();
  ann.line.resume();
  await ann.closed;
});
