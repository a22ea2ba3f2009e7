import type { Session } from "gatesmith/runtime";
import { startTestCluster, VirtualTiming } from "gatesmith/testing";
import { describe, expect, it } from "vitest";
import type { SessionData } from "../lab/generated/server/index.js";
import { application, enter, gateway, outcome, startLab, text } from "../lab/lab.js";
import { ERROR, memoryLog } from "../lab/memory-log.js";

describe("starting and stopping", () => {
  it("runs onStart of every server before onReady of any, and onStop once", async () => {
    const seen: string[] = [];
    const hooks = (server: { readonly id: string; servers(): readonly { readonly state: string }[] }) => ({
      async onStart() {
        await Promise.resolve();
        seen.push(`start ${server.id}`);
      },
      onReady() {
        const states = new Set(server.servers().map(({ state }) => state));
        seen.push(`ready ${server.id} sees ${[...states].join()}`);
      },
      onStop() {
        seen.push(`stop ${server.id}`);
      },
    });
    const lab = await startLab(
      { own: hooks, jobs: hooks },
      { servers: { connector: { count: 2 }, work: { count: 1 } } },
    );
    expect(seen).toEqual([
      "start connector-1",
      "start connector-2",
      "start work-1",
      "ready connector-1 sees ready",
      "ready connector-2 sees ready",
      "ready work-1 sees ready",
    ]);
    seen.length = 0;
    await lab.run(lab.server("work-1").stop());
    await lab.stop();
    await lab.stop();
    expect(seen.sort()).toEqual(["stop connector-1", "stop connector-2", "stop work-1"]);
  });

  it("lets onReady call any server", async () => {
    const answers: unknown[] = [];
    await startLab({
      own: (server) => ({
        async onReady() {
          answers.push(await server.rpc.turn.here.find(text("there?")));
        },
      }),
    });
    expect(answers).toEqual([text("there?", { key: "turn-1" }), text("there?", { key: "turn-1" })]);
  });

  it("stops what has started when onStart fails, and throws what it threw", async () => {
    const stopped: string[] = [];
    const timing = new VirtualTiming();
    const broken = application({
      own: (server) => ({ onStop: () => void stopped.push(server.id) }),
      jobs: () => ({
        onStart() {
          throw new Error("no database");
        },
      }),
    });
    await expect(startTestCluster(broken, { timing })).rejects.toThrow("no database");
    await timing.settle();
    expect(stopped).toEqual(["connector-1"]);
    expect(timing.pendingTimers).toBe(0);
  });

  it("runs every onStop, whatever the others throw", async () => {
    const { log, lines } = memoryLog();
    const stopped: string[] = [];
    const lab = await startLab(
      {
        login: () => ({
          onStop() {
            throw new Error("cannot stop");
          },
        }),
        own: (server) => ({ onStop: () => void stopped.push(server.id) }),
      },
      { log },
    );
    await lab.stop();
    expect(stopped).toEqual(["connector-1", "connector-2"]);
    expect(lines.filter(({ level }) => level === ERROR).map(({ msg }) => msg)).toEqual([
      "onStop threw",
      "onStop threw",
    ]);
  });

  it("closes clients so that they come back, and takes no new ones", async () => {
    const lab = await startLab();
    const client = await enter(lab, "ann", { server: "connector-1" });
    await lab.run(lab.server("connector-1").stop());
    await lab.settle();
    expect(client.state).toMatchObject({ kind: "waiting", code: 4000, reason: "the server is stopping" });
  });
});

describe("onSessionClosed", () => {
  /** Writes down whose session each server hears the end of. */
  async function startListening() {
    const seen: string[] = [];
    const held = gateway();
    const on = (server: { readonly id: string }) => ({
      onSessionClosed: (session: Session<SessionData>) =>
        void seen.push(`${server.id} ${session.uid} ${session.closed}`),
    });
    const lab = await startLab(
      {
        own: (server) => ({
          ...on(server),
          ask: (request, { session }) => server.rpc.work.jobs.call(request, session),
        }),
        jobs: (server) => ({
          ...on(server),
          call: (request) => request,
          async ask(request) {
            await held.promise;
            seen.push(`${server.id} ends`);
            return request;
          },
        }),
        rooms: on,
        turn: on,
      },
      { servers: { work: { count: 2 } } },
    );
    const take = () => seen.splice(0).sort();
    return { lab, seen, take, held };
  }

  it("is called once on the connector and on every backend the session used, and on no other", async () => {
    const { lab, take } = await startListening();
    const ann = await enter(lab, "ann", { server: "connector-1", room: "lobby" });
    await enter(lab, "bob", { server: "connector-1", room: "lobby" });
    await lab.run(ann.rooms.here.where(text("")));
    await lab.run(ann.rooms.here.where(text("")));
    ann.close();
    await lab.settle(5_000);
    expect(take()).toEqual(["connector-1 ann true", "rooms-1 ann true"]);
  });

  it("is called on backends that know the session by a call alone", async () => {
    const { lab, take } = await startListening();
    const ann = await enter(lab, "ann", { server: "connector-1" });
    const { key } = await lab.run(ann.connector.own.ask(text("")));
    expect(key).toBe("");
    ann.close();
    await lab.settle(5_000);
    expect(take()).toEqual(["connector-1 ann true", expect.stringMatching(/^work-[12] ann true$/)]);
  });

  it("is called after the session's last request there has ended", async () => {
    const { lab, seen, held } = await startListening();
    const ann = await enter(lab, "ann", { server: "connector-1" });
    const asked = [ann.work.jobs.ask(text("")), ann.work.jobs.ask(text(""))].map(outcome);
    await lab.settle();
    ann.close();
    await lab.settle();
    expect(seen).toEqual(["connector-1 ann true"]);
    held.open();
    await lab.settle();
    await Promise.all(asked);
    expect(seen).toHaveLength(4);
    expect(seen[3]).toMatch(/^work-[12] ann true$/);
  });

  it("is called when a request of the session never ends: its deadline ends it", async () => {
    const { lab, take } = await startListening();
    const ann = await enter(lab, "ann", { server: "connector-1" });
    void outcome(ann.work.jobs.ask(text("")));
    await lab.settle();
    ann.close();
    await lab.settle(1_100);
    expect(take()).toEqual(["connector-1 ann true", expect.stringMatching(/^work-[12] ann true$/)]);
  });

  it("is called once when the connection breaks, and once when the connector goes", async () => {
    const { lab, take } = await startListening();
    const ann = await enter(lab, "ann", { server: "connector-1", room: "lobby" });
    const bob = await enter(lab, "bob", { server: "connector-2", room: "lobby" });
    await lab.run(ann.rooms.here.where(text("")));
    await lab.run(bob.rooms.here.where(text("")));
    lab.networkOf(ann).cut();
    await lab.settle();
    expect(take()).toEqual(["connector-1 ann true", "rooms-1 ann true"]);
    await lab.run(lab.server("connector-2").stop());
    await lab.settle(10_000);
    expect(take()).toEqual(["connector-2 bob true", "rooms-1 bob true"]);
  });

  it("is called on a backend whose own call to another server brought the session there", async () => {
    const seen: string[] = [];
    const lab = await startLab({
      jobs: (server) => ({ ask: (request, { session }) => server.rpc.turn.here.find(request, session) }),
      turn: (server) => ({
        find: (request, { session }) => text(request.text, { key: session?.uid ?? "nobody" }),
        onSessionClosed: (session) => void seen.push(`${server.id} ${session.uid}`),
      }),
    });
    const ann = await enter(lab, "ann");
    expect(await lab.run(ann.work.jobs.ask(text("")))).toEqual(text("", { key: "ann" }));
    ann.close();
    await lab.settle(5_000);
    expect(seen).toEqual(["turn-1 ann"]);
  });

  it("is called once for a session whose connector called itself", async () => {
    const seen: string[] = [];
    const lab = await startLab(
      {
        own: (server) => ({
          ask: (request, { session }) => server.rpc.connector.own.call(request, session, undefined),
          call: (_request, { session }) => text(session?.uid ?? "nobody"),
          onSessionClosed: (session) => void seen.push(`${server.id} ${session.uid}`),
        }),
      },
      { servers: { connector: { count: 1 } } },
    );
    const ann = await enter(lab, "ann");
    expect(await lab.run(ann.connector.own.ask(text("")))).toEqual(text("ann"));
    ann.close();
    await lab.settle(5_000);
    expect(seen).toEqual(["connector-1 ann"]);
  });

  it("is not called for a connection that never became a session", async () => {
    const seen: string[] = [];
    const lab = await startLab({ own: () => ({ onSessionClosed: () => void seen.push("closed") }) });
    const network = lab.network();
    network.dial(lab.url("connector-1"), { opened() {}, received() {}, closed() {} });
    await lab.settle();
    expect(lab.server("connector-1").frontend!.sessions.size).toBe(1);
    network.cut();
    await lab.settle();
    expect(lab.server("connector-1").frontend!.sessions.size).toBe(0);
    expect(seen).toEqual([]);
  });

  it("that throws is logged, and disturbs nobody", async () => {
    const { log, lines } = memoryLog();
    const seen: string[] = [];
    const lab = await startLab(
      {
        login: () => ({
          onSessionClosed() {
            throw new Error("in the hook");
          },
        }),
        own: (server) => ({ onSessionClosed: () => void seen.push(server.id) }),
      },
      { log },
    );
    const ann = await enter(lab, "ann", { server: "connector-1" });
    ann.close();
    await lab.settle();
    expect(seen).toEqual(["connector-1"]);
    expect(lines.filter(({ level }) => level === ERROR)).toEqual([
      expect.objectContaining({ msg: "onSessionClosed threw", server: "connector-1" }),
    ]);
  });
});
