import { inbox } from "gatesmith/testing";
import { describe, expect, it } from "vitest";
import { Enter } from "../lab/generated/server/index.js";
import { enter, outcome, startLab, text, workOf } from "../lab/lab.js";
import { ERROR, memoryLog } from "../lab/memory-log.js";
import { encoded, frameOf, RawClient } from "../lab/raw-client.js";

/** A client that may read slowly, a fast one beside it, and pushes to both. */
async function startSlow(sessionBytes = 4_096) {
  const lab = await startLab({}, { limits: { sessionBytes } });
  const slow = await enter(lab, "slow", { server: "connector-1" });
  const fast = await enter(lab, "fast", { server: "connector-1" });
  const heard = (client: typeof slow) => ({
    text: inbox(client.work.onText).messages,
    drop: inbox(client.work.onDrop).messages,
    latest: inbox(client.work.onLatest).messages,
  });
  const { push } = workOf(lab);
  /** One push a tick, to both. */
  const send = async (name: keyof typeof push, said: string, bytes = 0, key?: string) => {
    for (const uid of ["slow", "fast"]) push[name].toUser(uid, text(said, { payload: new Uint8Array(bytes) }), { key });
    await lab.settle();
  };
  const { counters } = lab.server("connector-1").core;
  return { lab, slow, fast, network: lab.networkOf(slow), hears: heard(slow), fastHears: heard(fast), send, counters };
}

const said = (messages: readonly { readonly text: string }[]) => messages.map(({ text: what }) => what);

describe("a push with overflow: close", () => {
  it("waits for a slow client, in order, as long as there is room", async () => {
    const { network, hears, fastHears, send, slow } = await startSlow();
    network.pause();
    for (const what of ["1", "2", "3"]) await send("onText", what, 1_000);
    expect(said(hears.text)).toEqual([]);
    expect(said(fastHears.text)).toEqual(["1", "2", "3"]);
    network.resume();
    await send("onText", "4");
    expect(said(hears.text)).toEqual(["1", "2", "3", "4"]);
    expect(slow.state.kind).toBe("open");
  });

  it("closes the client that would need more, so that it comes back, and nobody else", async () => {
    const { lab, network, fastHears, send, slow, fast } = await startSlow();
    network.pause();
    for (const what of ["1", "2", "3", "4", "5"]) await send("onText", what, 1_000);
    expect(lab.server("connector-1").frontend!.sessions.size).toBe(1);
    network.resume();
    await lab.settle();
    expect(slow.state).toMatchObject({ kind: "waiting", code: 4003, reason: expect.stringContaining("4096 bytes") });
    expect(said(fastHears.text)).toEqual(["1", "2", "3", "4", "5"]);
    expect(fast.state.kind).toBe("open");
    await lab.settle(5_000);
    expect(slow.state.kind).toBe("open");
  });

  it("closes it for answers, too: they are never dropped", async () => {
    const { lab, network, slow } = await startSlow();
    network.pause();
    const asked = Array.from({ length: 6 }, () => outcome(slow.work.jobs.ask(text("x".repeat(1_000)))));
    await lab.settle();
    network.resume();
    await lab.settle();
    expect(slow.state).toMatchObject({ kind: "waiting", code: 4003 });
    expect((await Promise.all(asked)).some((end) => (end as { name?: string }).name === "OUTCOME_UNKNOWN")).toBe(true);
  });

  it("closes a client while a channel's members are gone through, and reaches all the others", async () => {
    const lab = await startLab(
      {
        jobs: (server) => ({
          ask(request, { session }) {
            server.channel("all").join(session);
            return request;
          },
        }),
      },
      { limits: { sessionBytes: 4_096 } },
    );
    const clients = [];
    for (const uid of ["a", "b", "c", "d", "e"]) {
      const client = await enter(lab, uid, { server: "connector-1" });
      await lab.run(client.work.jobs.ask(text("")));
      clients.push({ client, hears: inbox(client.work.onText).messages });
    }
    for (const index of [1, 3]) lab.networkOf(clients[index]!.client).pause();
    for (let count = 1; count <= 6; count++) {
      workOf(lab).push.onText.toChannel("all", text(`${count}`, { payload: new Uint8Array(1_000) }));
      await lab.settle();
    }
    const all = ["1", "2", "3", "4", "5", "6"];
    expect(clients.map(({ hears }) => said(hears))).toEqual([all, [], all, [], all]);
    expect(lab.server("connector-1").frontend!.sessions.size).toBe(3);
    expect((await lab.run(workOf(lab).channel("all").members())).members.map(({ uid }) => uid).sort()).toEqual([
      "a",
      "c",
      "e",
    ]);
  });

  it("carries the session's push counter", async () => {
    const lab = await startLab();
    const client = await RawClient.open(lab);
    await client.say(
      frameOf({ messageId: 1101, sequence: 2 }, encoded(Enter, { uid: "ann", room: "", home: "", conflict: "" })),
    );
    client.take();
    const { push } = workOf(lab);
    for (const one of [push.onText, push.onDrop, push.onText, push.onLatest, push.onText]) {
      one.toUser("ann", text(""));
      await lab.settle();
    }
    expect(client.take().map(({ messageId, sequence }) => [messageId, sequence])).toEqual([
      [2101, 1],
      [2102, 0],
      [2101, 2],
      [2103, 0],
      [2101, 3],
    ]);
  });
});

describe("a push with overflow: drop", () => {
  it("is dropped while the client does not keep up, counted, and sent again afterwards", async () => {
    const { lab, network, hears, fastHears, send, slow, counters } = await startSlow();
    network.pause();
    // The first fills the socket; the server knows no sooner.
    for (const what of ["1", "2", "3"]) await send("onDrop", what);
    expect(counters.droppedPushes).toBe(2);
    network.resume();
    await lab.settle();
    await send("onDrop", "4");
    await send("onDrop", "5");
    expect(said(hears.drop)).toEqual(["1", "4", "5"]);
    expect(said(fastHears.drop)).toEqual(["1", "2", "3", "4", "5"]);
    expect(slow.state.kind).toBe("open");
  });
});

describe("a push with overflow: latest", () => {
  it("is kept while the client does not keep up: the newest of each key, sent when it does", async () => {
    const { network, hears, fastHears, send, slow, counters } = await startSlow();
    network.pause();
    await send("onText", "fills the socket");
    for (const what of ["1", "2", "3"]) {
      await send("onLatest", `a${what}`, 0, "a");
      await send("onLatest", `b${what}`, 0, "b");
    }
    await send("onLatest", "no key");
    network.resume();
    await send("onText", "after");
    expect(said(hears.latest)).toEqual(["a3", "b3", "no key"]);
    expect(said(hears.text)).toEqual(["fills the socket", "after"]);
    expect(said(fastHears.latest)).toEqual(["a1", "b1", "a2", "b2", "a3", "b3", "no key"]);
    expect(counters.droppedPushes).toBe(0);
    expect(slow.state.kind).toBe("open");
  });

  it("is not overtaken by an older one that was kept", async () => {
    const { network, hears, send } = await startSlow();
    network.pause();
    await send("onText", "fills the socket");
    await send("onLatest", "old", 0, "a");
    network.resume();
    await send("onLatest", "new", 0, "a");
    await send("onLatest", "newest", 0, "a");
    const order = said(hears.latest);
    expect(order.at(-1)).toBe("newest");
    expect(order).toEqual(["old", "new", "newest"].filter((what) => order.includes(what)));
  });

  it("is bounded by bytes: what has waited longest goes, and is counted", async () => {
    const { network, hears, send, slow, counters } = await startSlow();
    network.pause();
    await send("onText", "fills the socket");
    for (let index = 1; index <= 10; index++) await send("onLatest", `${index}`, 1_000, `key ${index}`);
    expect(counters.droppedPushes).toBe(6);
    network.resume();
    await send("onText", "after");
    expect(said(hears.latest)).toEqual(["7", "8", "9", "10"]);
    expect(slow.state.kind).toBe("open");
  });

  it("goes after its tick when a burst alone was too much for one: the socket never says that it has drained", async () => {
    const { lab, slow, hears } = await startSlow();
    const { push } = workOf(lab);
    for (let index = 1; index <= 10; index++) {
      push.onLatest.toUser("slow", text(`${index}`, { payload: new Uint8Array(700) }), { key: `key ${index % 5}` });
    }
    await lab.settle();
    expect(said(hears.latest)).toEqual(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
    expect(slow.state.kind).toBe("open");
  });
});

describe("a push that fits no frame", () => {
  it("reaches nobody, is logged where it was found, and harms nothing", async () => {
    const { log, lines } = memoryLog();
    const lab = await startLab(
      {
        own: (server) => ({
          ask(request, { session }) {
            server.push.onOwn.toSession(session, text("", { payload: new Uint8Array(70_000) }));
            return request;
          },
        }),
      },
      { log },
    );
    const ann = await enter(lab, "ann", { server: "connector-1" });
    const hears = inbox(ann.work.onText).messages;
    workOf(lab).push.onText.toUser("ann", text("", { payload: new Uint8Array(70_000) }));
    workOf(lab).push.onText.toUser("ann", text("next"));
    await lab.settle();
    expect(said(hears)).toEqual(["next"]);
    expect(lines.filter(({ level }) => level === ERROR)).toEqual([
      expect.objectContaining({
        server: "connector-1",
        err: expect.objectContaining({ message: expect.stringContaining("mainResponse.length") }),
      }),
    ]);
    // To a session of its own the sender is told at once.
    expect(await lab.run(outcome(ann.connector.own.ask(text(""))))).toMatchObject({ name: "INTERNAL" });
    expect(ann.state.kind).toBe("open");
  });
});
