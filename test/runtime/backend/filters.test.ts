import type { AnyContext, Filters } from "gatesmith/runtime";
import { describe, expect, it } from "vitest";
import { failure, type SessionData } from "../lab/generated/server/index.js";
import { enter, refusal, startLab, text } from "../lab/lab.js";
import { ERROR, memoryLog } from "../lab/memory-log.js";

type LabFilters = Filters<SessionData>;

/** Filters that write down what they see, under a name. */
function recording(seen: string[], name: string, wait: () => Promise<void> | undefined = () => undefined): LabFilters {
  return {
    before: [
      (context: AnyContext<SessionData>, message) => {
        seen.push(`before ${name} ${context.route} ${(message as { text: string }).text}`);
        return wait();
      },
    ],
    after: [
      (context, { response, failure: failed }) => {
        const outcome = failed === null ? (response as { text: string }).text : failed.name;
        seen.push(`after ${name} ${context.route} ${outcome}`);
        return wait();
      },
    ],
  };
}

describe("filters", () => {
  it.each([
    ["synchronous", () => undefined],
    ["asynchronous", () => Promise.resolve()],
  ])("that are %s stand around a handler: global ones outside, the type's own inside", async (_kind, wait) => {
    const seen: string[] = [];
    const lab = await startLab({
      filters: { everywhere: recording(seen, "everywhere", wait), work: recording(seen, "work", wait) },
      jobs: () => ({
        ask({ text: said }) {
          seen.push("handler");
          return text(`${said}!`);
        },
      }),
    });
    const client = await enter(lab, "ann");
    seen.length = 0;
    expect(await lab.run(client.work.jobs.ask(text("hi")))).toEqual(text("hi!"));
    expect(seen).toEqual([
      "before everywhere work.jobs.ask hi",
      "before work work.jobs.ask hi",
      "handler",
      "after work work.jobs.ask hi!",
      "after everywhere work.jobs.ask hi!",
    ]);
  });

  it("stand around remotes and notifies, too, and around no other type's", async () => {
    const seen: string[] = [];
    const lab = await startLab({
      filters: { work: recording(seen, "work") },
      own: (server) => ({ ask: (request, { session }) => server.rpc.work.jobs.call(request, session) }),
      jobs: () => ({ call: ({ text: said }) => text(`${said} called`), tell() {} }),
    });
    const client = await enter(lab, "ann");
    await lab.run(client.connector.own.ask(text("one")));
    client.work.jobs.tell(text("two"));
    await lab.settle();
    expect(seen.map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
      "before work work.jobs.call",
      "after work work.jobs.call",
      "before work work.jobs.tell",
    ]);
  });

  it("see the session, and may change it before the handler runs", async () => {
    const lab = await startLab({
      filters: {
        work: {
          before: [
            async ({ session }) => {
              await session?.update({ level: 7 });
            },
          ],
        },
      },
      jobs: () => ({ ask: (_request, { session }) => text(session.uid ?? "", { number: session.data.level }) }),
    });
    const client = await enter(lab, "ann");
    expect(await lab.run(client.work.jobs.ask(text("")))).toEqual(text("ann", { number: 7 }));
  });

  it("refuse by throwing before: neither the next filter nor the handler runs, and nothing was executed", async () => {
    const seen: string[] = [];
    const lab = await startLab({
      filters: {
        work: {
          before: [
            () => {
              throw failure("REFUSED_HERE", "not you");
            },
            () => void seen.push("second filter"),
          ],
          after: [(_context, { failure: failed }) => void seen.push(`after ${failed?.name}`)],
        },
      },
      jobs: () => ({
        ask(request) {
          seen.push("handler");
          return request;
        },
      }),
    });
    const client = await enter(lab, "ann");
    expect(await refusal(lab, client.work.jobs.ask(text("")))).toMatchObject({
      name: "REFUSED_HERE",
      message: "not you",
      executed: "no",
    });
    expect(seen).toEqual(["after REFUSED_HERE"]);
  });

  it("that fail before are INTERNAL, and the log says more", async () => {
    const { log, lines } = memoryLog();
    const lab = await startLab(
      {
        filters: {
          work: {
            before: [
              () => {
                throw new Error("a secret");
              },
            ],
          },
        },
      },
      { log },
    );
    const client = await enter(lab, "ann");
    const refused = await refusal(lab, client.work.jobs.ask(text("")));
    expect(refused).toMatchObject({ name: "INTERNAL", executed: "no" });
    expect(lines.filter(({ level }) => level === ERROR)).toEqual([
      expect.objectContaining({ logId: refused.logId, err: expect.objectContaining({ message: "a secret" }) }),
    ]);
  });

  it("that fail afterwards change nothing, and are logged and counted", async () => {
    const { log, lines } = memoryLog();
    const seen: string[] = [];
    const lab = await startLab(
      {
        filters: {
          work: {
            after: [
              () => {
                throw new Error("after all");
              },
              () => void seen.push("second"),
            ],
          },
        },
      },
      { log },
    );
    const client = await enter(lab, "ann");
    expect(await lab.run(client.work.jobs.ask(text("hi")))).toMatchObject({ text: "hi" });
    expect(seen).toEqual(["second"]);
    expect(lines.filter(({ level }) => level === ERROR)).toEqual([
      expect.objectContaining({ msg: "an after filter threw", route: "work.jobs.ask" }),
    ]);
    expect(lab.server("work-1").core.counters.exceptions).toBe(1);
  });

  it("are done before the answer leaves", async () => {
    let open = () => {};
    const lab = await startLab({
      filters: {
        work: {
          after: [
            () =>
              new Promise<void>((resolve) => {
                open = resolve;
              }),
          ],
        },
      },
    });
    const client = await enter(lab, "ann");
    let answered = false;
    const asked = client.work.jobs.ask(text("")).then(() => {
      answered = true;
    });
    await lab.settle();
    expect(answered).toBe(false);
    open();
    await lab.run(asked);
  });

  it("say of a stub behind them that it did not run", async () => {
    const lab = await startLab({ filters: { work: { before: [() => {}] } } });
    const client = await enter(lab, "ann");
    expect(await refusal(lab, client.work.jobs.free(text("")))).toMatchObject({
      name: "NOT_IMPLEMENTED",
      executed: "no",
    });
  });

  it("that outlast the deadline end in TIMEOUT, and the handler never starts", async () => {
    let open = () => {};
    let ran = false;
    const lab = await startLab({
      filters: {
        work: {
          before: [
            () =>
              new Promise<void>((resolve) => {
                open = resolve;
              }),
          ],
        },
      },
      jobs: () => ({
        ask(request) {
          ran = true;
          return request;
        },
      }),
    });
    const client = await enter(lab, "ann");
    expect(await refusal(lab, client.work.jobs.ask(text("")))).toMatchObject({ name: "TIMEOUT" });
    open();
    await lab.settle();
    expect(ran).toBe(false);
  });

  it("keep the session's order", async () => {
    const seen: string[] = [];
    const lab = await startLab({
      filters: { work: recording(seen, "work", () => Promise.resolve()) },
    });
    const client = await enter(lab, "ann");
    await lab.run(Promise.all(["one", "two"].map((said) => client.work.jobs.ask(text(said)))));
    expect(seen.map((line) => line.replace("work work.jobs.ask ", ""))).toEqual([
      "before one",
      "after one",
      "before two",
      "after two",
    ]);
  });
});

describe("an error filter", () => {
  const throwing = {
    ask: () => {
      throw new RangeError("out of bounds");
    },
  };

  it("turns what a handler threw into what the client is told; the type's own is asked first", async () => {
    const asked: string[] = [];
    const everywhere: LabFilters = {
      error(error, { route }) {
        asked.push("everywhere");
        return failure("REFUSED_HERE", `${route}: ${(error as Error).message}`);
      },
    };
    const lab = await startLab({
      filters: {
        everywhere,
        work: {
          error(error) {
            asked.push("work");
            return (error as Error).message === "mine" ? failure("REFUSED_HERE", "mine alone") : undefined;
          },
        },
      },
      jobs: () => ({
        ...throwing,
        alone: () => {
          throw new Error("mine");
        },
      }),
    });
    const client = await enter(lab, "ann");
    expect(await refusal(lab, client.work.jobs.ask(text("")))).toMatchObject({
      name: "REFUSED_HERE",
      message: "work.jobs.ask: out of bounds",
      executed: "yes",
    });
    expect(asked).toEqual(["work", "everywhere"]);
    expect(await refusal(lab, client.work.jobs.alone(text("")))).toMatchObject({ message: "mine alone" });
    expect(asked).toEqual(["work", "everywhere", "work"]);
    expect(lab.server("work-1").core.counters.exceptions).toBe(0);
  });

  it("that has nothing to say leaves it as it is", async () => {
    const lab = await startLab({ filters: { everywhere: { error: () => undefined } }, jobs: () => throwing });
    const client = await enter(lab, "ann");
    expect(await refusal(lab, client.work.jobs.ask(text("")))).toMatchObject({ name: "INTERNAL" });
  });

  it("that throws itself is logged, and the next one asked", async () => {
    const { log, lines } = memoryLog();
    const lab = await startLab(
      {
        filters: {
          everywhere: { error: () => failure("REFUSED_HERE") },
          work: {
            error() {
              throw new Error("in the filter");
            },
          },
        },
        jobs: () => throwing,
      },
      { log },
    );
    const client = await enter(lab, "ann");
    expect(await refusal(lab, client.work.jobs.ask(text("")))).toMatchObject({ name: "REFUSED_HERE" });
    expect(lines.filter(({ level }) => level === ERROR).map(({ msg }) => msg)).toEqual(["an error filter threw"]);
  });

  it("is asked for what remotes throw, too", async () => {
    const lab = await startLab({
      filters: { work: { error: (error) => failure("REFUSED_HERE", (error as Error).message) } },
      own: (server) => ({ ask: (request, { session }) => server.rpc.work.jobs.call(request, session) }),
      jobs: () => ({
        call() {
          throw new Error("from the remote");
        },
      }),
    });
    const client = await enter(lab, "ann");
    expect(await refusal(lab, client.connector.own.ask(text("")))).toMatchObject({
      name: "REFUSED_HERE",
      message: "from the remote",
    });
  });
});
