/** What a server does from the moment that it is to leave, and what the others make of it; on virtual time. */
import { describe, expect, it } from "vitest";
import type { LocalHub } from "../../../runtime/bus/local-bus.js";
import { RunningServer } from "../../../runtime/running-server.js";
import { NO_SESSION } from "../../../runtime/session/session-reference.js";
import {
  application,
  connectorOf,
  enter,
  type Gateway,
  gateway,
  type Lab,
  outcome,
  type Parts,
  startLab,
  text,
} from "../lab/lab.js";

/** Whether a drain is over, without waiting for it. */
function watched(lab: Lab, id: string): { readonly over: boolean } {
  const watch = { over: false };
  void lab
    .server(id)
    .drain()
    .then(() => {
      watch.over = true;
    });
  return watch;
}

/** Handlers of `work.jobs` whose text names a gate wait for it; each says where it ran. */
function held(names: readonly string[]) {
  const gates = new Map(names.map((name) => [name, gateway()] as [string, Gateway<void>]));
  const seen: string[] = [];
  const parts: Parts = {
    jobs: ({ id }) => {
      const run = async (said: string) => {
        seen.push(`${said} at ${id}`);
        await gates.get(said)?.promise;
        seen.push(`${said} done`);
        return text(said, { key: id });
      };
      return {
        ask: ({ text: said }) => run(said),
        tell: async ({ text: said }) => void (await run(said)),
        call: ({ text: said }) => run(said),
      };
    },
  };
  return { parts, seen, open: (name: string) => gates.get(name)!.open() };
}

describe("a draining backend", () => {
  it("is given nothing new once everybody has confirmed it", async () => {
    const lab = await startLab({}, { servers: { work: { count: 3 } } });
    const draining = lab.server("work-1").drain();
    await lab.run(draining);
    for (const { core } of lab.servers) {
      expect(core.view.named("work-1")!.state).toBe("draining");
      expect(core.view.ready(core.tables.typeIndex.get("work")!).map(({ id }) => id)).toEqual(["work-2", "work-3"]);
    }
  });

  it("takes the word of a server that drains over a record that says otherwise and comes later", async () => {
    const lab = await startLab({}, { servers: { work: { count: 2 } } });
    const { view } = lab.server("connector-1").core;
    const peer = view.named("work-1")!;
    view.drains(peer);
    const { version } = view;
    peer.update({ ...recordOf(lab, "work-1"), state: "ready" });
    expect([peer.state, view.version]).toEqual(["draining", version]);
  });

  it("finishes what runs and what waits behind it, and then is done", async () => {
    const { parts, open } = held(["slow"]);
    const lab = await startLab(parts);
    const ann = await enter(lab, "ann");
    const asked = ["slow", "behind"].map((said) => ann.work.jobs.ask(text(said)));
    await lab.settle();
    const drain = watched(lab, "work-1");
    await lab.settle(500);
    expect(drain.over).toBe(false);
    open("slow");
    await lab.settle(100);
    expect(drain.over).toBe(true);
    expect((await Promise.all(asked)).map(({ text: said }) => said)).toEqual(["slow", "behind"]);
  });

  it("finishes remote calls as well", async () => {
    const { parts, open } = held(["slow"]);
    const lab = await startLab(parts, { servers: { work: { count: 2 } } });
    const called = connectorOf(lab).rpc.work.jobs.call(text("slow"), { server: "work-1" });
    await lab.settle();
    const drain = watched(lab, "work-1");
    await lab.settle(200);
    expect(drain.over).toBe(false);
    open("slow");
    await lab.settle(100);
    expect(drain.over).toBe(true);
    expect((await called).key).toBe("work-1");
  });

  it("answers what others have asked it", async () => {
    const lab = await startLab();
    const answer = gateway();
    // Any of the runtime's own questions.
    const operation = 63;
    lab.server("work-1").core.operations.serve(operation, async () => {
      await answer.promise;
      return undefined;
    });
    const asker = lab.server("turn-1").core;
    const asked = asker.operations.ask(asker.view.named("work-1")!, operation, NO_SESSION, null, null, "a question");
    await lab.settle();
    const drain = watched(lab, "work-1");
    await lab.settle(500);
    expect(drain.over).toBe(false);
    answer.open();
    await lab.settle(100);
    expect(drain.over).toBe(true);
    await asked;
  });

  it("waits no longer than drainTimeout, and what still runs then is lost when it stops", async () => {
    const { parts } = held(["for ever"]);
    const lab = await startLab(parts, { limits: { drainTimeout: 700 } });
    const ann = await enter(lab, "ann");
    const asked = outcome(ann.work.jobs.ask(text("for ever")));
    await lab.settle();
    const drain = watched(lab, "work-1");
    await lab.settle(650);
    expect(drain.over).toBe(false);
    await lab.settle(60);
    expect(drain.over).toBe(true);
    await lab.run(lab.server("work-1").stop());
    expect(await lab.run(asked)).toMatchObject({ name: "BACKEND_LOST", executed: "unknown" });
  });

  it("is done at once when it is stopped, and when it had stopped before", async () => {
    const { parts } = held(["for ever"]);
    const lab = await startLab(parts, { servers: { work: { count: 2 } } });
    const ann = await enter(lab, "ann");
    void outcome(ann.work.jobs.ask(text("for ever")));
    const draining = ["work-1", "work-2"].map((id) => lab.server(id).drain());
    for (const id of ["work-1", "work-2"]) await lab.run(lab.server(id).stop());
    await lab.run(Promise.all([...draining, lab.server("work-1").drain()]));
  });

  it("goes on without an answer of a server that is gone", async () => {
    const lab = await startLab({}, { servers: { work: { count: 2 } } });
    const draining = lab.server("work-1").drain();
    await lab.run(lab.server("work-2").stop());
    await lab.run(draining);
  });

  it("keeps the sessions that name it until they name another", async () => {
    const lab = await startLab({}, { servers: { pinned: { count: 2 } } });
    const ann = await enter(lab, "ann", { home: "pinned-1", server: "connector-1" });
    const bob = await enter(lab, "bob", { home: "pinned-1", server: "connector-2" });
    const eve = await enter(lab, "eve", { home: "pinned-2", server: "connector-2" });
    const [drain, other] = [watched(lab, "pinned-1"), watched(lab, "work-1")];
    await lab.settle(5_000);
    expect([drain.over, other.over]).toEqual([false, true]);
    expect((await lab.run(ann.pinned.here.where(text("")))).key).toBe("pinned-1");
    bob.close();
    await lab.settle(1_000);
    expect(drain.over).toBe(false);
    const [session] = lab.server("connector-1").frontend!.sessions;
    await session!.update({ home: "pinned-2" });
    await lab.settle(1_000);
    expect(drain.over).toBe(true);
    for (const client of [ann, eve]) expect((await lab.run(client.pinned.here.where(text("")))).key).toBe("pinned-2");
  });

  it("keeps sessions that name it no longer than drainTimeout", async () => {
    const lab = await startLab({}, { limits: { drainTimeout: 4_000 } });
    await enter(lab, "ann", { home: "pinned-1" });
    const drain = watched(lab, "pinned-1");
    await lab.settle(3_900);
    expect(drain.over).toBe(false);
    await lab.settle(200);
    expect(drain.over).toBe(true);
  });
});

describe("a session's requests, when their server drains", () => {
  /** Ann, and the server that she is sent to first. */
  async function start(names: readonly string[], limits = {}) {
    const { parts, seen, open } = held(names);
    const lab = await startLab(parts, { servers: { work: { count: 2 } }, limits });
    const ann = await enter(lab, "ann", { server: "connector-1" });
    const first = (await lab.run(ann.work.jobs.ask(text("where?")))).key;
    const second = first === "work-1" ? "work-2" : "work-1";
    seen.length = 0;
    return { lab, ann, first, second, seen, open };
  }

  it("go to the next one when the last has been answered, in their order", async () => {
    const { lab, ann, first, second, seen, open } = await start(["one"]);
    const asked = [ann.work.jobs.ask(text("one"))];
    await lab.settle();
    const drain = watched(lab, first);
    await lab.settle(20);
    asked.push(ann.work.jobs.ask(text("two")));
    ann.work.jobs.tell(text("three"));
    asked.push(ann.work.jobs.ask(text("four")));
    await lab.settle(20);
    expect(seen).toEqual([`one at ${first}`]);
    open("one");
    await lab.settle(100);
    expect(drain.over).toBe(true);
    expect((await Promise.all(asked)).map(({ text: said, key }) => [said, key])).toEqual([
      ["one", first],
      ["two", second],
      ["four", second],
    ]);
    expect(seen).toEqual([
      `one at ${first}`,
      "one done",
      ...["two", "three", "four"].flatMap((said) => [`${said} at ${second}`, `${said} done`]),
    ]);
    const [session] = lab.server("connector-1").frontend!.sessions;
    expect([session!.inFlight, session!.held]).toEqual([0, null]);
  });

  it("hold up nobody else's, nor those for other types", async () => {
    const { lab, ann, first } = await start(["one"]);
    void outcome(ann.work.jobs.ask(text("one")));
    await lab.settle();
    watched(lab, first);
    await lab.settle(20);
    const waits = outcome(ann.work.jobs.ask(text("two")));
    expect((await lab.run(ann.turn.here.where(text("")))).key).toBe("turn-1");
    const bob = await enter(lab, "bob", { server: "connector-1" });
    expect((await lab.run(bob.work.jobs.ask(text("bob's")))).key).not.toBe(first);
    expect(await Promise.race([waits, Promise.resolve("waits")])).toBe("waits");
    // Its deadline is the server's: what waited runs after it.
    await lab.settle(1_100);
    expect(await lab.run(waits)).toMatchObject({ text: "two" });
  });

  it("stay where they are when there is no other server", async () => {
    const { parts, open } = held(["one"]);
    const lab = await startLab(parts);
    const ann = await enter(lab, "ann");
    const asked = ["one", "two"].map((said) => ann.work.jobs.ask(text(said)));
    await lab.settle();
    const drain = watched(lab, "work-1");
    await lab.settle(20);
    asked.push(ann.work.jobs.ask(text("three")));
    await lab.settle();
    open("one");
    expect((await lab.run(Promise.all(asked))).map(({ key }) => key)).toEqual(["work-1", "work-1", "work-1"]);
    await lab.settle(100);
    expect(drain.over).toBe(true);
    expect(await lab.run(outcome(ann.work.jobs.ask(text("too late"))))).toMatchObject({
      name: "NO_SERVER",
      executed: "no",
    });
  });

  it("that wait are as many as a session may have in flight, with as many bytes as may wait for it", async () => {
    const { lab, ann, first } = await start(["one"], { inFlight: 3, sessionBytes: 2_048 });
    void outcome(ann.work.jobs.ask(text("one")));
    await lab.settle();
    watched(lab, first);
    await lab.settle(20);
    const large = { payload: new Uint8Array(1_500) };
    const waits = [outcome(ann.work.jobs.ask(text("two", large)))];
    expect(await lab.run(outcome(ann.work.jobs.ask(text("three", large))))).toMatchObject({
      name: "OVERLOADED",
      executed: "no",
      message: expect.stringContaining("moves to another server"),
    });
    waits.push(outcome(ann.work.jobs.ask(text("four"))));
    await lab.settle();
    const [session] = lab.server("connector-1").frontend!.sessions;
    expect(session!.inFlight).toBe(3);
    await lab.settle(1_100);
    expect(await lab.run(Promise.all(waits))).toMatchObject([{ text: "two" }, { text: "four" }]);
    expect(session!.inFlight).toBe(0);
  });

  it("that wait are dropped when the session ends, and go on when the server is lost", async () => {
    const { lab, ann, first, second, seen } = await start(["one", "other"]);
    const bob = await somebodyAt(lab, first);
    seen.length = 0;
    for (const client of [ann, bob]) {
      void outcome(client.work.jobs.ask(text("one")));
      void outcome(client.work.jobs.ask(text("other")));
    }
    await lab.settle();
    watched(lab, first);
    await lab.settle(20);
    const asked = outcome(ann.work.jobs.ask(text("two")));
    void outcome(bob.work.jobs.ask(text("bob's")));
    await lab.settle();
    bob.close();
    await lab.run(lab.server(first).stop());
    expect(await lab.run(asked)).toMatchObject({ text: "two", key: second });
    await lab.settle(2_000);
    expect(seen.filter((line) => line.startsWith("bob's"))).toEqual([]);
  });
});

describe("the order of a session's requests, when a server joins", () => {
  it("is kept: nothing goes to the new one while something is in flight at the old one", async () => {
    const { parts, seen, open } = held(["one"]);
    const lab = await startLab(parts);
    const clients = await Promise.all(
      Array.from({ length: 8 }, (_, number) => enter(lab, `user ${number}`, { server: "connector-1" })),
    );
    const asked = clients.map((client) => [client.work.jobs.ask(text("one"))]);
    await lab.settle();
    const joined = await join(lab, parts, "work", 2);
    for (const [index, client] of clients.entries()) asked[index]!.push(client.work.jobs.ask(text("two")));
    await lab.settle();
    expect(seen).toEqual(Array(8).fill("one at work-1"));
    open("one");
    const answers = await lab.run(Promise.all(asked.map((both) => Promise.all(both))));
    expect(answers.flat().map(({ key }) => key)).toEqual(Array(16).fill("work-1"));
    const last = await lab.run(Promise.all(clients.map((client) => client.work.jobs.ask(text("three")))));
    expect(new Set(last.map(({ key }) => key))).toEqual(new Set(["work-1", "work-2"]));
    await lab.run(joined.stop());
  });
});

describe("a session's notifies, when its server changes", () => {
  it("are done at the old one before a request runs at the new one", async () => {
    const { parts, seen, open } = held(["told"]);
    const lab = await startLab(parts, { servers: { work: { count: 2 } } });
    const ann = await enter(lab, "ann", { server: "connector-1" });
    const { key: first } = await lab.run(ann.work.jobs.ask(text("where?")));
    ann.work.jobs.tell(text("told"));
    await lab.settle();
    const drain = watched(lab, first);
    await lab.settle(20);
    const asked = ["one", "two"].map((said) => ann.work.jobs.ask(text(said)));
    await lab.settle(300);
    expect(seen.slice(2)).toEqual([`told at ${first}`]);
    expect(drain.over).toBe(false);
    open("told");
    const answers = await lab.run(Promise.all(asked));
    expect(answers.map(({ text: said, key }) => [said, key !== first])).toEqual([
      ["one", true],
      ["two", true],
    ]);
    expect(seen.slice(3, 5)).toEqual(["told done", expect.stringContaining("one at work-")]);
    await lab.settle(100);
    expect(drain.over).toBe(true);
    const [session] = lab.server("connector-1").frontend!.sessions;
    expect([session!.inFlight, session!.held]).toEqual([0, null]);
  });

  it("hold up what follows no longer than their own deadline", async () => {
    const { parts, seen } = held(["told"]);
    const lab = await startLab(parts, { servers: { work: { count: 2 } } });
    const ann = await enter(lab, "ann", { server: "connector-1" });
    const { key: first } = await lab.run(ann.work.jobs.ask(text("where?")));
    const bob = await somebodyAt(lab, first);
    for (const client of [ann, bob]) client.work.jobs.tell(text("told"));
    await lab.settle();
    watched(lab, first);
    await lab.settle(300);
    const [annAsks, bobAsks] = [ann, bob].map((client) => client.work.jobs.ask(text("one")));
    await lab.settle(1_300);
    expect((await annAsks!).key).not.toBe(first);
    expect((await bobAsks!).key).not.toBe(first);
    expect(seen.filter((line) => line === `told at ${first}`)).toHaveLength(2);
  });
});

/** One more server in a lab that runs. */
async function join(lab: Lab, parts: Parts, type: string, number: number): Promise<RunningServer> {
  const { limits, log, tables } = lab.server("work-1").core;
  const { timing } = lab;
  const server = new RunningServer({ application: application(parts), tables, type, number, timing, limits, log });
  const hub = Reflect.get(Reflect.get(lab.server("work-1"), "bus") as object, "hub") as LocalHub;
  await server.start(hub.join(server.address, server));
  server.becomeReady([]);
  await lab.settle();
  return server;
}

/** A client whose requests go to a certain server. */
async function somebodyAt(lab: Lab, id: string): Promise<Awaited<ReturnType<typeof enter>>> {
  for (let number = 1; ; number++) {
    const client = await enter(lab, `user ${number}`, { server: "connector-1" });
    if ((await lab.run(client.work.jobs.ask(text("where?")))).key === id) return client;
    client.close();
  }
}

function recordOf(lab: Lab, id: string) {
  const { core } = lab.server(id);
  const { type, number, version, load, frontend, listeners } = core.self();
  return { type, number, version, load, frontend, listeners, schemaHash: "", lineage: new Uint8Array(0) };
}
