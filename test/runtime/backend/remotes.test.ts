import { getEventListeners } from "node:events";
import type { CallOptions, Failure, RpcTarget } from "gatesmith/runtime";
import { describe, expect, it } from "vitest";
import { failure, type SessionData, type Text } from "../lab/generated/server/index.js";
import { connectorOf, enter, gateway, type Lab, outcome, startLab, text, workOf } from "../lab/lab.js";
import { ERROR, memoryLog } from "../lab/memory-log.js";

/** What a call is rejected with. */
async function rejection(lab: Lab, call: Promise<unknown>): Promise<Failure> {
  const ended = await lab.run(outcome(call));
  expect(ended).toBeInstanceOf(Error);
  return ended as Failure;
}

const unbound = undefined as unknown as RpcTarget<SessionData>;

describe("a call finds its server", () => {
  /** The handler of `own.ask` calls one of these with its session, and answers with what they say. */
  const calls = {
    work: "work",
    rooms: "rooms",
    pinned: "pinned",
  } as const;

  const startRouted = () =>
    startLab(
      {
        own: (server) => ({
          ask(request, { session }) {
            const { rpc } = server;
            if (request.text === calls.work) return rpc.work.jobs.call(request, session);
            if (request.text === calls.rooms) return rpc.rooms.here.find(request, session);
            return rpc.pinned.here.find(request, session);
          },
        }),
        jobs: (server) => ({ call: (request) => text(request.text, { key: server.id }) }),
      },
      {
        servers: {
          work: { count: 3 },
          rooms: { count: 3 },
          pinned: { count: 3 },
          turn: { count: 2 },
          keyed: { count: 3 },
        },
      },
    );

  it("by the session, where the type's rule reads it: the server its requests go to", async () => {
    const lab = await startRouted();
    for (const uid of ["ann", "bob", "cid", "dan"]) {
      const client = await enter(lab, uid, { room: `room of ${uid}`, home: "pinned-2" });
      const said = async (what: string) => (await lab.run(client.connector.own.ask(text(what)))).key;
      expect(await said("work")).toBe((await lab.run(client.work.jobs.ask(text("")))).key);
      expect(await said("rooms")).toBe((await lab.run(client.rooms.here.where(text("")))).key);
      expect(await said("pinned")).toBe("pinned-2");
    }
  });

  it("not at all, when the session lacks what the rule reads", async () => {
    const lab = await startRouted();
    const client = await enter(lab, "");
    for (const what of Object.values(calls)) {
      const refused = await lab.run(outcome(client.connector.own.ask(text(what))));
      expect(refused).toMatchObject({ name: "NO_ROUTE_KEY", message: expect.stringContaining("no routing key") });
    }
  });

  it("by name", async () => {
    const lab = await startRouted();
    const { rpc } = connectorOf(lab);
    for (const server of ["work-1", "work-2", "work-3"]) {
      expect((await lab.run(rpc.work.jobs.call(text(""), { server }))).key).toBe(server);
    }
    for (const server of ["work-4", "turn-1", "constructor", ""]) {
      expect(await rejection(lab, rpc.work.jobs.call(text(""), { server }))).toMatchObject({
        name: "NO_SERVER",
        executed: "no",
        message: `work.jobs.call: no server of type work called ${server} is ready`,
      });
    }
  });

  it("by a key: always the same, and not all the same", async () => {
    const lab = await startRouted();
    const of = async (from: string, key: string) =>
      (await lab.run(connectorOf(lab, from).rpc.work.jobs.call(text(""), { key }))).key;
    const seen = new Set<string>();
    for (let index = 0; index < 20; index++) {
      const one = await of("connector-1", `key ${index}`);
      expect(await of("connector-2", `key ${index}`)).toBe(one);
      seen.add(one);
    }
    expect(seen.size).toBe(3);
    expect(await rejection(lab, connectorOf(lab).rpc.work.jobs.call(text(""), { key: "" }))).toMatchObject({
      name: "NO_ROUTE_KEY",
    });
  });

  it("by a field of the message", async () => {
    const lab = await startRouted();
    const { rpc } = connectorOf(lab);
    const client = await enter(lab, "ann");
    for (const key of ["a", "b", "c", "d"]) {
      const request = text("", { key });
      const routed = (await lab.run(client.keyed.here.where(request))).key;
      expect((await lab.run(rpc.keyed.here.find(request))).key).toBe(routed);
    }
    expect(await rejection(lab, rpc.keyed.here.find(text("")))).toMatchObject({ name: "NO_ROUTE_KEY" });
  });

  it("in turn, where the rule says so", async () => {
    const lab = await startRouted();
    const { rpc } = connectorOf(lab);
    const said = async () => (await lab.run(rpc.turn.here.find(text("")))).key;
    expect([await said(), await said(), await said()].sort()).toEqual(expect.arrayContaining(["turn-1", "turn-2"]));
  });

  it("never by chance: without a target, or with one that is none", async () => {
    const lab = await startRouted();
    const { rpc } = connectorOf(lab);
    for (const target of [unbound, {} as never, { server: 7 } as never]) {
      expect(await rejection(lab, rpc.work.jobs.call(text(""), target))).toMatchObject({
        name: "NO_ROUTE_KEY",
        executed: "no",
      });
    }
  });
});

describe("a call ends", () => {
  const to = { server: "work-1" };

  it("with what the remote answers, and knows who called and for whom", async () => {
    const seen: unknown[] = [];
    const lab = await startLab({
      own: (server) => ({ ask: (request, { session }) => server.rpc.work.jobs.call(request, session) }),
      jobs: () => ({
        call(request, { caller, route, session }) {
          seen.push({ caller, route, uid: session?.uid ?? null, level: session?.data.level });
          return text(`${request.text}!`);
        },
      }),
    });
    const client = await enter(lab, "ann", { server: "connector-2" });
    expect(await lab.run(client.connector.own.ask(text("hi")))).toEqual(text("hi!"));
    expect(await lab.run(workOf(lab).rpc.work.jobs.call(text("me"), to))).toEqual(text("me!"));
    expect(seen).toEqual([
      { caller: "connector-2", route: "work.jobs.call", uid: "ann", level: 0 },
      { caller: "work-1", route: "work.jobs.call", uid: null, level: undefined },
    ]);
  });

  it("with the failure the remote throws, its name and message", async () => {
    const lab = await startLab({
      jobs: () => ({
        call() {
          throw failure("REFUSED_HERE", "not you");
        },
      }),
    });
    expect(await rejection(lab, connectorOf(lab).rpc.work.jobs.call(text(""), to))).toMatchObject({
      code: 1001,
      name: "REFUSED_HERE",
      message: "not you",
      executed: "yes",
    });
  });

  it("INTERNAL when the remote throws anything else, with where its server's log says more", async () => {
    const { log, lines } = memoryLog();
    const lab = await startLab(
      {
        own: (server) => ({ ask: (request, { session }) => server.rpc.work.jobs.call(request, session) }),
        jobs: () => ({
          call() {
            throw new Error("a secret");
          },
        }),
      },
      { log },
    );
    const refused = await rejection(lab, connectorOf(lab).rpc.work.jobs.call(text(""), to));
    const logIds = () => lines.filter(({ level }) => level === ERROR).map(({ logId }) => logId);
    expect(refused).toMatchObject({ name: "INTERNAL", executed: "yes" });
    expect(refused.message).not.toContain("secret");
    expect(logIds()).toEqual([refused.logId]);
    // And through to a client whose handler does not catch it.
    const client = await enter(lab, "ann");
    const told = await lab.run(outcome(client.connector.own.ask(text(""))));
    expect(told).toMatchObject({ name: "INTERNAL", logId: logIds()[1] });
    expect(logIds()).toHaveLength(2);
  });

  it("NOT_IMPLEMENTED for a stub", async () => {
    const lab = await startLab();
    expect(await rejection(lab, connectorOf(lab).rpc.work.jobs.call(text(""), to))).toMatchObject({
      name: "NOT_IMPLEMENTED",
      executed: "no",
    });
  });

  it("INTERNAL when the answer is not the message the schema says", async () => {
    const lab = await startLab({ jobs: () => ({ call: () => ({ text: 7 }) as never }) });
    expect(await rejection(lab, connectorOf(lab).rpc.work.jobs.call(text(""), to))).toMatchObject({ name: "INTERNAL" });
  });

  it("BAD_BODY, unsent, when the request is not", async () => {
    const lab = await startLab();
    const bad = { ...text(""), number: "seven" } as unknown as Text;
    expect(await rejection(lab, connectorOf(lab).rpc.work.jobs.call(bad, to))).toMatchObject({
      name: "BAD_BODY",
      executed: "no",
      message: expect.stringContaining("lab.Text.number"),
    });
  });

  it("at the remote's deadline, or at an earlier one of the caller's, never at a later one", async () => {
    const lab = await startLab({ jobs: () => ({ call: () => new Promise(() => {}) }) });
    const { rpc } = connectorOf(lab);
    const ends: string[] = [];
    const call = (name: string, options?: CallOptions) =>
      outcome(rpc.work.jobs.call(text(""), to, options)).then((error) =>
        ends.push(`${name}: ${(error as Failure).message}`),
      );
    const all = [call("usual"), call("short", { timeout: 300 }), call("long", { timeout: 60_000 })];
    await lab.settle(290);
    expect(ends).toEqual([]);
    await lab.settle(60);
    expect(ends).toEqual(["short: work.jobs.call: work-1 did not answer within 300 ms"]);
    await lab.settle(700);
    await Promise.all(all);
    expect(ends.slice(1).sort()).toEqual([
      "long: work.jobs.call: work-1 did not answer within 1000 ms",
      "usual: work.jobs.call: work-1 did not answer within 1000 ms",
    ]);
  });

  it.each([Number.NaN, -1, "5s"])("at once when its timeout is %s", async (timeout) => {
    const lab = await startLab({ jobs: () => ({ call: (request) => request }) });
    const call = connectorOf(lab).rpc.work.jobs.call(text(""), to, { timeout: timeout as number });
    expect(await rejection(lab, call)).toMatchObject({ name: "INTERNAL", executed: "no" });
  });

  it("when the caller gives up: before, and nothing is sent; meanwhile, and the answer is late", async () => {
    const held = gateway<Text>();
    let ran = 0;
    const lab = await startLab({
      jobs: () => ({
        call() {
          ran++;
          return held.promise;
        },
      }),
    });
    const { rpc } = connectorOf(lab);
    expect(await rejection(lab, rpc.work.jobs.call(text(""), to, { signal: AbortSignal.abort() }))).toMatchObject({
      name: "OUTCOME_UNKNOWN",
      executed: "no",
    });
    expect(ran).toBe(0);
    const controller = new AbortController();
    const call = outcome(rpc.work.jobs.call(text(""), to, { signal: controller.signal }));
    await lab.settle();
    controller.abort();
    expect(await call).toMatchObject({ name: "OUTCOME_UNKNOWN", executed: "unknown" });
    expect(ran).toBe(1);
    held.open(text("late"));
    await lab.settle();
    expect(lab.server("connector-1").core.counters.lateAnswers).toBe(1);
    expect(lab.server("connector-1").core.calls.size).toBe(0);
  });

  it("and lets go of the caller's signal", async () => {
    const lab = await startLab({ jobs: () => ({ call: (request) => request }) });
    const { signal } = new AbortController();
    await lab.run(connectorOf(lab).rpc.work.jobs.call(text(""), to, { signal }));
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("BACKEND_LOST when the server goes before it answers", async () => {
    const lab = await startLab({ jobs: () => ({ call: () => new Promise(() => {}) }) });
    const call = outcome(connectorOf(lab).rpc.work.jobs.call(text(""), to));
    await lab.settle();
    await lab.run(lab.server("work-1").stop());
    await lab.settle();
    expect(await call).toMatchObject({
      name: "BACKEND_LOST",
      executed: "unknown",
      message: "work.jobs.call: work-1 was lost before it answered",
    });
    expect(await rejection(lab, connectorOf(lab).rpc.work.jobs.call(text(""), to))).toMatchObject({
      name: "NO_SERVER",
    });
  });

  it("OVERLOADED, unsent, when the link is full, and the link goes on afterwards", async () => {
    const lab = await startLab({ jobs: () => ({ call: () => text("") }) }, { limits: { linkBytes: 65_536 } });
    const { rpc } = connectorOf(lab);
    const large = text("", { payload: new Uint8Array(40_000) });
    const [one, two] = [1, 2].map(() => outcome(rpc.work.jobs.call(large, to)));
    expect(await two).toMatchObject({ name: "OVERLOADED", executed: "no" });
    await lab.settle();
    expect(await one).toEqual(text(""));
    expect(await lab.run(rpc.work.jobs.call(large, to))).toEqual(text(""));
  });

  it("without harm when nobody awaits it", async () => {
    const lab = await startLab();
    void connectorOf(lab).rpc.work.jobs.call(text(""), { server: "nobody" });
    await lab.settle();
  });
});

describe("calls", () => {
  it("take routes' names only", async () => {
    const lab = await startLab();
    const rpc = connectorOf(lab).rpc as unknown as Record<string, Record<string, unknown>>;
    expect(rpc.constructor).toBeUndefined();
    expect(rpc.work!.toString).toBeUndefined();
  });
});
