import { describe, expect, it } from "vitest";
import { failure, type Text } from "../lab/generated/server/index.js";
import { enter, gateway, outcome, type Parts, refusal, startLab, text } from "../lab/lab.js";
import { ERROR, memoryLog } from "../lab/memory-log.js";

type Ask = (request: Text, context: { readonly route: string }) => Text | Promise<Text>;

/** The same handler on the connector that owns the session, and on a backend behind it. */
const places = [
  {
    where: "on the connector",
    route: "connector.own.ask",
    parts: (ask: Ask): Parts => ({ own: () => ({ ask }) }),
    call: (client: Awaited<ReturnType<typeof enter>>, request: Text) => client.connector.own.ask(request),
    server: "connector-1",
  },
  {
    where: "on a backend",
    route: "work.jobs.ask",
    parts: (ask: Ask): Parts => ({ jobs: () => ({ ask }) }),
    call: (client: Awaited<ReturnType<typeof enter>>, request: Text) => client.work.jobs.ask(request),
    server: "work-1",
  },
];

describe.each(places)("a handler $where", ({ parts, call, route, server }) => {
  /** Starts the lab with this handler, and calls it. */
  const start = async (ask: Ask) => {
    const { log, lines } = memoryLog();
    const lab = await startLab(parts(ask), { log });
    const client = await enter(lab, "ann", { server: "connector-1" });
    const ends = { lab, client, errors: () => lines.filter(({ level }) => level === ERROR) };
    return { ...ends, call: (request: Text) => call(client, request) };
  };

  it("answers with a value, or with a promise of one", async () => {
    const { lab, call } = await start(({ text: said }) =>
      said === "now" ? text("at once", { number: 2 ** 31 }) : Promise.resolve(text("later")),
    );
    expect(await lab.run(call(text("now")))).toEqual(text("at once", { number: 2 ** 31 }));
    expect(await lab.run(call(text("soon")))).toEqual(text("later"));
  });

  it("knows its route, and the request's sequence number", async () => {
    const seen: unknown[] = [];
    const { lab, call } = await start((request, context) => {
      seen.push(context);
      return request;
    });
    await lab.run(call(text("")));
    // Hello was 1, enter 2.
    expect(seen).toEqual([expect.objectContaining({ route, sequence: 3 })]);
  });

  it.each([
    ["rejects with", () => Promise.reject(failure("REFUSED_HERE", "not today"))],
    [
      "throws",
      () => {
        throw failure("REFUSED_HERE", "not today");
      },
    ],
  ])("that %s an error of the schema tells the client so", async (_how, ask) => {
    const { lab, call, errors } = await start(ask);
    expect(await refusal(lab, call(text("")))).toMatchObject({
      code: 1001,
      name: "REFUSED_HERE",
      message: "not today",
      executed: "yes",
      logId: "",
    });
    expect(errors()).toEqual([]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new TypeError("the password is 12345");
      },
    ],
    ["rejects with", () => Promise.reject(new TypeError("the password is 12345"))],
  ])("that %s anything else tells the client nothing of it, and the log all", async (_how, ask) => {
    const { lab, call, errors } = await start(ask);
    const refused = await refusal(lab, call(text("")));
    expect(refused).toMatchObject({ name: "INTERNAL", executed: "yes" });
    expect(refused.logId).toMatch(/^[0-9a-f]{8}$/);
    expect(refused.message).toBe(`${route} failed; the server's log says more under ${refused.logId}`);
    expect(errors()).toEqual([
      expect.objectContaining({
        server,
        route,
        logId: refused.logId,
        session: expect.stringMatching(/^[0-9a-z]+-[0-9a-z]+-[0-9a-z]+$/),
        err: expect.objectContaining({ type: "TypeError", message: "the password is 12345" }),
      }),
    ]);
    expect(lab.server(server).core.counters.exceptions).toBe(1);
  });

  it("that throws what is no error at all is INTERNAL, too", async () => {
    const { lab, call, errors } = await start(() => Promise.reject("a string"));
    expect(await refusal(lab, call(text("")))).toMatchObject({ name: "INTERNAL", executed: "yes" });
    expect(errors()).toHaveLength(1);
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a field of a wrong type", { ...text(""), number: "seven" }],
    ["a number out of range", text("", { number: -1 })],
  ])("that returns %s is INTERNAL, and the log says what was wrong", async (_what, response) => {
    const { lab, call, client, errors } = await start(({ text: said }) =>
      said === "bad" ? (response as never) : text("good"),
    );
    const bad = call(text("bad"));
    const good = call(text("good"));
    expect(await refusal(lab, bad)).toMatchObject({ name: "INTERNAL", executed: "yes" });
    expect(await lab.run(good)).toEqual(text("good"));
    expect(errors()).toEqual([expect.objectContaining({ route, logId: expect.any(String) })]);
    expect(client.state.kind).toBe("open");
  });

  it("whose client is gone before the answer answers nobody, and is counted", async () => {
    const held = gateway<Text>();
    const { lab, client, call } = await start(() => held.promise);
    const asked = outcome(call(text("")));
    await lab.settle();
    client.close();
    await lab.settle();
    held.open(text("too late"));
    await lab.settle();
    expect(await asked).toMatchObject({ name: "OUTCOME_UNKNOWN", executed: "unknown" });
    expect(lab.server("connector-1").core.counters.lateAnswers).toBe(1);
    expect(lab.server("connector-1").frontend!.sessions.size).toBe(0);
  });

  it("may answer as large as a frame can be, and no larger: that is a failure the client is told of", async () => {
    // 65,535 bytes behind the length field: 6 bytes of header, 4 of tag and length, the rest is payload.
    const { lab, call, client, errors } = await start(({ number }) => text("", { payload: new Uint8Array(number) }));
    const most = 65_535 - 6 - 4;
    expect((await lab.run(call(text("", { number: most })))).payload.length).toBe(most);
    const large = call(text("", { number: most + 1 }));
    const next = call(text("", { number: 1 }));
    expect(await refusal(lab, large)).toMatchObject({ executed: "yes" });
    expect((await lab.run(next)).payload.length).toBe(1);
    expect(client.state.kind).toBe("open");
    expect(errors().length).toBe(1);
  });
});

describe("a route", () => {
  it("that is not written yet says so", async () => {
    const lab = await startLab();
    const client = await enter(lab, "ann");
    expect(await refusal(lab, client.work.jobs.free(text("")))).toMatchObject({
      name: "NOT_IMPLEMENTED",
      message: "work.jobs.free is in the schema, and its handler is not written yet",
      executed: "no",
    });
  });
});

describe("a notify", () => {
  it("that fails is counted on its backend, and the client hears nothing", async () => {
    const lab = await startLab({
      jobs: () => ({
        tell() {
          throw failure("REFUSED_HERE");
        },
      }),
    });
    const client = await enter(lab, "ann");
    const before = lab.networkOf(client).received;
    client.work.jobs.tell(text("hello?"));
    await lab.settle();
    expect(lab.networkOf(client).received).toBe(before);
    expect(lab.server("work-1").core.counters.snapshot().errors).toEqual({ APPLICATION: 1 });
  });
});
