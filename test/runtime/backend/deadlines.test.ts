import { describe, expect, it } from "vitest";
import type { ConnectorContext, Text, WorkContext } from "../lab/generated/server/index.js";
import { enter, gateway, outcome, type Parts, refusal, startLab, text } from "../lab/lab.js";

type Client = Awaited<ReturnType<typeof enter>>;
type Ask = (request: Text, context: WorkContext | ConnectorContext) => Text | Promise<Text>;

const places = [
  {
    where: "on the connector",
    route: "connector.own.ask",
    server: "connector-1",
    parts: (ask: Ask): Parts => ({ own: () => ({ ask }) }),
    call: (client: Client, request: Text) => client.connector.own.ask(request),
  },
  {
    where: "on a backend",
    route: "work.jobs.ask",
    server: "work-1",
    parts: (ask: Ask): Parts => ({ jobs: () => ({ ask }) }),
    call: (client: Client, request: Text) => client.work.jobs.ask(request),
  },
];

// Both routes have a deadline of a second; the wheel finds it within two of its ticks.
const BEFORE = 990;
const AFTER = 1_050;

describe.each(places)("the deadline of a handler $where", ({ where, route, server, parts, call }) => {
  const start = async (ask: Ask) => {
    const lab = await startLab(parts(ask));
    const client = await enter(lab, "ann", { server: "connector-1" });
    return { lab, client, ask: (said: string) => call(client, text(said)), counters: lab.server(server).core.counters };
  };

  it("answers TIMEOUT for a handler that never does", async () => {
    const { lab, ask } = await start(() => new Promise(() => {}));
    const asked = outcome(ask(""));
    let settled = false;
    void asked.then(() => {
      settled = true;
    });
    await lab.settle(BEFORE);
    expect(settled).toBe(false);
    await lab.settle(AFTER - BEFORE);
    expect(await asked).toMatchObject({
      name: "TIMEOUT",
      executed: "unknown",
      message: `${route} did not answer within 1000 ms`,
    });
    expect(lab.server("connector-1").core.counters.snapshot().errors.TIMEOUT).toBe(1);
  });

  it("counts an answer that comes later, and tells nobody", async () => {
    const held = gateway<Text>();
    const { lab, client, ask, counters } = await start(() => held.promise);
    const asked = outcome(ask(""));
    await lab.settle(AFTER);
    expect(await asked).toMatchObject({ name: "TIMEOUT" });
    const late = counters.lateAnswers;
    const { received } = lab.networkOf(client);
    held.open(text("too late"));
    await lab.settle();
    expect(counters.lateAnswers).toBe(late + 1);
    expect(lab.networkOf(client).received).toBe(received);
  });

  it("counts an error that comes later, too", async () => {
    const held = gateway<Text>();
    const { lab, ask, counters } = await start(() => held.promise);
    const asked = outcome(ask(""));
    await lab.settle(AFTER);
    await asked;
    const late = counters.lateAnswers;
    held.fail(new Error("too late"));
    await lab.settle();
    expect(counters.lateAnswers).toBe(late + 1);
  });

  it("lets the next in order run, before the late one has ended and after", async () => {
    const held = gateway<Text>();
    const ran: string[] = [];
    const { lab, ask } = await start(({ text: said }) => {
      ran.push(said);
      return said === "stuck" ? held.promise : text(said);
    });
    const stuck = outcome(ask("stuck"));
    await lab.settle(500);
    const next = ask("next");
    await lab.settle(BEFORE - 500);
    expect(ran).toEqual(["stuck"]);
    await lab.settle(AFTER - BEFORE);
    expect(await stuck).toMatchObject({ name: "TIMEOUT" });
    expect(await next).toEqual(text("next"));
    held.open(text("late"));
    await lab.settle();
    expect(await lab.run(ask("after"))).toEqual(text("after"));
    expect(ran).toEqual(["stuck", "next", "after"]);
  });

  it("passes while a request waits for its turn: it never runs", async () => {
    const held = gateway<Text>();
    const ran: string[] = [];
    const { lab, ask } = await start(({ text: said }) => {
      ran.push(said);
      return said === "first" ? held.promise : text(said);
    });
    const first = outcome(ask("first"));
    const second = outcome(ask("second"));
    await lab.settle(AFTER);
    expect(await first).toMatchObject({ name: "TIMEOUT", executed: "unknown" });
    expect(await second).toMatchObject({ name: "TIMEOUT" });
    expect(ran).toEqual(["first"]);
  });

  it("aborts the context's signal, with the reason", async () => {
    const seen: unknown[] = [];
    const { lab, ask } = await start((_request, { signal }) => {
      signal.addEventListener("abort", () => seen.push(signal.reason));
      return new Promise(() => {});
    });
    const asked = outcome(ask(""));
    await lab.settle(BEFORE);
    expect(seen).toEqual([]);
    await lab.settle(AFTER - BEFORE);
    await asked;
    expect(seen).toEqual([expect.objectContaining({ name: "TIMEOUT" })]);
  });

  it("kills the context: whoever uses it is told CONTEXT_EXPIRED", async () => {
    const held = gateway();
    let thrown: unknown;
    const { lab, ask } = await start(async (request, context) => {
      expect(context.session.uid).toBe("ann");
      await held.promise;
      expect(context.signal.aborted).toBe(true);
      expect(context.remaining).toBe(0);
      try {
        void context.session.uid;
      } catch (error) {
        thrown = error;
      }
      return request;
    });
    const asked = outcome(ask(""));
    await lab.settle(AFTER);
    held.open();
    await lab.settle();
    await asked;
    expect(thrown).toMatchObject({ name: "CONTEXT_EXPIRED", message: expect.stringContaining(route) });
  });

  it("is there to be read, and counts down", async () => {
    const read: number[] = [];
    const { lab, ask } = await start(async (request, context) => {
      read.push(context.remaining);
      await new Promise<void>((resolve) => lab.timing.after(300, resolve));
      read.push(context.remaining);
      return request;
    });
    await lab.run(ask(""));
    expect(read).toEqual([1000, 700]);
  });

  it(`frees the session's place in its flight, ${where}`, async () => {
    const { lab, client, ask } = await start(() => new Promise(() => {}));
    const asked = Promise.allSettled(Array.from({ length: 10 }, () => ask("")));
    await lab.settle(20 * AFTER);
    await asked;
    const [session] = lab.server("connector-1").frontend!.sessions;
    expect(session!.inFlight).toBe(0);
    expect(client.state.kind).toBe("open");
  });
});

describe("the signal of a context", () => {
  it.each(places)("aborts when the session ends, $where", async ({ parts, call }) => {
    const seen: unknown[] = [];
    const held = gateway<Text>();
    const lab = await startLab(
      parts((_request, { signal }) => {
        signal.addEventListener("abort", () => seen.push(signal.reason));
        return held.promise;
      }),
    );
    const client = await enter(lab, "ann");
    const asked = outcome(call(client, text("")));
    await lab.settle();
    expect(seen).toEqual([]);
    client.close();
    await lab.settle();
    expect(seen).toEqual([expect.objectContaining({ message: "the session ended" })]);
    held.open(text(""));
    expect(await asked).toMatchObject({ name: "OUTCOME_UNKNOWN" });
  });

  it("is aborted already for a request that begins after its session has ended", async () => {
    const held = gateway<Text>();
    const aborted: boolean[] = [];
    const lab = await startLab({
      jobs: () => ({
        async ask({ text: said }, { signal }) {
          if (said === "first") return held.promise;
          await Promise.resolve();
          aborted.push(signal.aborted);
          return text(said);
        },
      }),
    });
    const client = await enter(lab, "ann");
    const asked = ["first", "second"].map((said) => outcome(client.work.jobs.ask(text(said))));
    await lab.settle();
    client.close();
    await lab.settle();
    held.open(text(""));
    await lab.settle();
    expect(aborted).toEqual([true]);
    await Promise.all(asked);
  });
});

describe("a deadline between servers", () => {
  it("travels as what remains: a call cannot outlive the handler that made it", async () => {
    const remaining: number[] = [];
    const lab = await startLab({
      own: (server) => ({
        async ask(request, { remaining: left, session }) {
          return server.rpc.work.jobs.call(request, session, { timeout: left - 600 });
        },
      }),
      jobs: () => ({
        call(request, context) {
          remaining.push(context.remaining);
          return request;
        },
      }),
    });
    const client = await enter(lab, "ann");
    await lab.run(client.connector.own.ask(text("")));
    expect(remaining).toEqual([400]);
  });

  it("is shared by client, connector and backend: the one refusal that arrives ends it for all", async () => {
    const lab = await startLab({ jobs: () => ({ ask: () => new Promise(() => {}) }) });
    const client = await enter(lab, "ann");
    expect(await refusal(lab, client.work.jobs.ask(text("")))).toMatchObject({ name: "TIMEOUT" });
    await lab.settle(5_000);
    expect(lab.server("work-1").core.wheel.size).toBe(0);
    expect(lab.servers.map(({ core }) => core.calls.size)).toEqual(lab.servers.map(() => 0));
  });
});
