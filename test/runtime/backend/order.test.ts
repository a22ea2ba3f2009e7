import { describe, expect, it } from "vitest";
import type { Text } from "../lab/generated/server/index.js";
import { enter, type Gateway, gateway, outcome, startLab, text } from "../lab/lab.js";

type Client = Awaited<ReturnType<typeof enter>>;

/** Every handler of `work.jobs` writes down when it begins and ends; those whose text is a name of a gate wait for it. */
async function startHeld() {
  const gates = new Map<string, Gateway<void>>();
  const seen: string[] = [];
  const hold = (name: string) => {
    const gate = gateway();
    gates.set(name, gate);
    return gate.open;
  };
  const run = (said: string, finish: () => Text): Text | Promise<Text> => {
    seen.push(`${said} begins`);
    const held = gates.get(said);
    if (held === undefined) {
      seen.push(`${said} ends`);
      return finish();
    }
    return held.promise.then(() => {
      seen.push(`${said} ends`);
      return finish();
    });
  };
  const handler = ({ text: said }: Text) => run(said, () => text(said));
  const lab = await startLab({
    jobs: () => ({
      ask: handler,
      alone: handler,
      other: handler,
      free: handler,
      async tell({ text: said }) {
        await run(said, () => text(said));
      },
    }),
  });
  const take = async () => {
    await lab.settle();
    return seen.splice(0);
  };
  return { lab, hold, take, client: await enter(lab, "ann") };
}

describe("order: session", () => {
  it("runs one session's requests one at a time, in the order sent", async () => {
    const { client, hold, take } = await startHeld();
    const [one, two] = [hold("one"), hold("two")];
    const answers = ["one", "two", "three"].map((said) => client.work.jobs.ask(text(said)));
    expect(await take()).toEqual(["one begins"]);
    one();
    expect(await take()).toEqual(["one ends", "two begins"]);
    two();
    expect(await take()).toEqual(["two ends", "three begins", "three ends"]);
    expect(await Promise.all(answers)).toEqual([text("one"), text("two"), text("three")]);
  });

  it("has notifies wait their turn with the requests", async () => {
    const { client, hold, take } = await startHeld();
    const told = hold("told");
    client.work.jobs.tell(text("told"));
    const asked = client.work.jobs.ask(text("asked"));
    expect(await take()).toEqual(["told begins"]);
    told();
    expect(await take()).toEqual(["told ends", "asked begins", "asked ends"]);
    await asked;
  });

  it("lets other sessions pass", async () => {
    const { lab, client, hold, take } = await startHeld();
    const open = hold("ann's");
    const slow = client.work.jobs.ask(text("ann's"));
    expect(await take()).toEqual(["ann's begins"]);
    const bob = await enter(lab, "bob");
    await lab.run(bob.work.jobs.ask(text("bob's")));
    expect(await take()).toEqual(["bob's begins", "bob's ends"]);
    open();
    await lab.run(slow);
  });

  it("goes on after a request that failed", async () => {
    const { client, take, lab } = await startHeld();
    const fails = outcome(client.work.jobs.small(text("not written")));
    const next = client.work.jobs.ask(text("next"));
    expect(await take()).toEqual(["next begins", "next ends"]);
    expect(await lab.run(fails)).toMatchObject({ name: "NOT_IMPLEMENTED" });
    expect(await next).toEqual(text("next"));
  });
});

describe("order: route", () => {
  const answersOf = (client: Client) => ({
    alone: (said: string) => client.work.jobs.alone(text(said)),
    other: (said: string) => client.work.jobs.other(text(said)),
    ask: (said: string) => client.work.jobs.ask(text(said)),
  });

  it("runs the requests of one route one at a time, and other routes beside them", async () => {
    const { client, hold, take } = await startHeld();
    const { alone, other, ask } = answersOf(client);
    const open = ["alone 1", "other 1", "ask 1"].map(hold);
    const answers = [
      alone("alone 1"),
      alone("alone 2"),
      other("other 1"),
      other("other 2"),
      ask("ask 1"),
      ask("ask 2"),
    ];
    expect(await take()).toEqual(["alone 1 begins", "other 1 begins", "ask 1 begins"]);
    open[1]!();
    expect(await take()).toEqual(["other 1 ends", "other 2 begins", "other 2 ends"]);
    open[0]!();
    open[2]!();
    expect(await take()).toEqual([
      "alone 1 ends",
      "ask 1 ends",
      "alone 2 begins",
      "alone 2 ends",
      "ask 2 begins",
      "ask 2 ends",
    ]);
    await Promise.all(answers);
  });
});

describe("order: none", () => {
  it("runs requests as they come, and answers them as they end", async () => {
    const { client, hold, take } = await startHeld();
    const open = ["one", "two"].map(hold);
    const done: string[] = [];
    const answers = ["one", "two", "three"].map((said) =>
      client.work.jobs.free(text(said)).then((answer) => done.push(answer.text)),
    );
    expect(await take()).toEqual(["one begins", "two begins", "three begins", "three ends"]);
    open[1]!();
    expect(await take()).toEqual(["two ends"]);
    open[0]!();
    expect(await take()).toEqual(["one ends"]);
    await Promise.all(answers);
    expect(done).toEqual(["three", "two", "one"]);
  });
});

describe("what waits for its turn", () => {
  it("is bounded: requests beyond are refused, notifies beyond are dropped", async () => {
    // Only notifies can pile up so far: requests are bounded by the session's flight.
    const { lab, client, hold, take } = await startHeld();
    const open = hold("first");
    const first = client.work.jobs.ask(text("first"));
    for (let index = 0; index < 300; index++) client.work.jobs.tell(text(`told ${index}`));
    const beyond = outcome(client.work.jobs.ask(text("beyond")));
    expect(await take()).toEqual(["first begins"]);
    expect(await lab.run(beyond)).toMatchObject({ name: "OVERLOADED", executed: "no" });
    expect(lab.server("work-1").core.counters.droppedNotifies).toBe(300 - 256);
    open();
    await lab.run(first);
    const rest = await take();
    expect(rest.at(-1)).toBe("told 255 ends");
  });
});
