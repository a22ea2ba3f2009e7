import { inbox } from "gatesmith/testing";
import { describe, expect, it } from "vitest";
import type { LabClient } from "../lab/generated/client-typescript/index.js";
import type { Text } from "../lab/generated/server/index.js";
import { connectorOf, enter, startLab, text, workOf } from "../lab/lab.js";

const heardBy = (client: LabClient) => inbox(client.work.onText).messages;
const said = (messages: readonly Text[]) => messages.map(({ text: what }) => what);

describe("a push reaches", () => {
  it("one session, from the backend that serves it, and no other of the user", async () => {
    const lab = await startLab({
      jobs: (server) => ({
        ask(request, { session }) {
          server.push.onText.toSession(session, text("you"));
          return request;
        },
      }),
    });
    const [one, two] = [
      await enter(lab, "ann", { server: "connector-1", conflict: "allow" }),
      await enter(lab, "ann", { server: "connector-2", conflict: "allow" }),
    ];
    const heard = [heardBy(one), heardBy(two)];
    await lab.run(two.work.jobs.ask(text("")));
    await lab.settle();
    expect(heard.map(said)).toEqual([[], ["you"]]);
  });

  it("every session of a user, wherever they are", async () => {
    const lab = await startLab();
    const clients = [
      await enter(lab, "ann", { server: "connector-1", conflict: "allow" }),
      await enter(lab, "ann", { server: "connector-2", conflict: "allow" }),
      await enter(lab, "ann", { server: "connector-2", conflict: "allow" }),
      await enter(lab, "bob", { server: "connector-2" }),
    ];
    const heard = clients.map(heardBy);
    workOf(lab).push.onText.toUser("ann", text("all of you"));
    await lab.settle();
    expect(heard.map((messages) => messages.length)).toEqual([1, 1, 1, 0]);
  });

  it("every open session of the cluster, bound or not", async () => {
    const lab = await startLab();
    const clients = [
      await enter(lab, "ann", { server: "connector-1" }),
      await enter(lab, "", { server: "connector-2" }),
      await enter(lab, "bob", { server: "connector-2" }),
    ];
    const heard = clients.map(heardBy);
    workOf(lab).push.onText.toEveryone(text("to all"));
    await lab.settle();
    expect(heard.map(said)).toEqual([["to all"], ["to all"], ["to all"]]);
  });

  it("a connector's own sessions, and those of other connectors, from a connector", async () => {
    const lab = await startLab({
      own: (server) => ({
        ask(request, { session }) {
          server.push.onOwn.toSession(session, text("yours"));
          server.push.onOwn.toUser("bob", text("bob's"));
          server.push.onOwn.toEveryone(text("all"));
          return request;
        },
      }),
    });
    const [ann, bob] = [
      await enter(lab, "ann", { server: "connector-1" }),
      await enter(lab, "bob", { server: "connector-2" }),
    ];
    const heard = [ann, bob].map((client) => inbox(client.connector.onOwn).messages);
    await lab.run(ann.connector.own.ask(text("")));
    await lab.settle();
    expect(heard.map(said)).toEqual([["yours", "all"], expect.arrayContaining(["bob's", "all"])]);
  });

  it("nobody, where there is nobody: it is counted, and no error", async () => {
    const lab = await startLab();
    const ann = await enter(lab, "ann", { server: "connector-1" });
    workOf(lab).push.onText.toUser("nobody", text(""));
    workOf(lab).push.onText.toChannel("empty", text(""));
    await lab.settle();
    const dropped = lab.servers.reduce((sum, { core }) => sum + core.counters.droppedPushes, 0);
    expect(dropped).toBe(1);
    expect(ann.state.kind).toBe("open");
  });

  it("no session that is over", async () => {
    let kept: unknown;
    const lab = await startLab({
      jobs: () => ({
        ask(request, { session }) {
          kept = session;
          return request;
        },
      }),
    });
    const ann = await enter(lab, "ann", { server: "connector-1" });
    await lab.run(ann.work.jobs.ask(text("")));
    ann.close();
    await lab.settle();
    workOf(lab).push.onText.toSession(kept as never, text("too late"));
    await lab.settle();
    expect(lab.server("connector-1").core.counters.droppedPushes).toBe(1);
  });

  it("no one by a thing that is no session", async () => {
    const lab = await startLab();
    expect(() => workOf(lab).push.onText.toSession({ id: "x" } as never, text(""))).toThrow(
      "work.onText.toSession: the first argument must be a session",
    );
  });
});

describe("the order of pushes", () => {
  it("is that of sending, and one sent before the answer arrives before it", async () => {
    const lab = await startLab({
      jobs: (server) => ({
        async ask(request, { session }) {
          for (const what of ["1", "2", "3"]) server.push.onText.toSession(session, text(what));
          await Promise.resolve();
          server.push.onText.toSession(session, text("4"));
          return request;
        },
      }),
      own: (server) => ({
        async ask(request, { session }) {
          server.push.onOwn.toSession(session, text("1"));
          await Promise.resolve();
          server.push.onOwn.toSession(session, text("2"));
          return request;
        },
      }),
    });
    const ann = await enter(lab, "ann");
    const order: string[] = [];
    ann.work.onText(({ text: what }) => order.push(what));
    ann.connector.onOwn(({ text: what }) => order.push(`own ${what}`));
    await lab.run(ann.work.jobs.ask(text("")).then(() => order.push("answer")));
    await lab.run(ann.connector.own.ask(text("")).then(() => order.push("own answer")));
    expect(order).toEqual(["1", "2", "3", "4", "answer", "own 1", "own 2", "own answer"]);
  });

  it("holds for a thousand of them, and they come in few messages", async () => {
    const lab = await startLab();
    const ann = await enter(lab, "ann");
    const heard = heardBy(ann);
    const before = lab.networkOf(ann).received;
    for (let index = 0; index < 1_000; index++) workOf(lab).push.onText.toUser("ann", text(`${index}`));
    await lab.settle();
    expect(said(heard)).toEqual(Array.from({ length: 1_000 }, (_, index) => `${index}`));
    expect(lab.networkOf(ann).received - before).toBe(1);
  });
});

describe("what a push says", () => {
  it("must be the message the schema says: the sender is told, and what it sends next arrives whole", async () => {
    const lab = await startLab();
    const ann = await enter(lab, "ann");
    const heard = heardBy(ann);
    const { onText } = workOf(lab).push;
    onText.toUser("ann", text("one"));
    const bad = { ...text(""), number: "seven" } as unknown as Text;
    for (const send of [
      () => onText.toUser("ann", bad),
      () => onText.toEveryone(bad),
      () => onText.toChannel("c", bad),
    ]) {
      expect(send).toThrow("lab.Text.number");
    }
    onText.toUser("ann", text("two"));
    await lab.settle();
    expect(said(heard)).toEqual(["one", "two"]);
    expect(() => connectorOf(lab).push.onOwn.toUser("ann", bad)).toThrow("lab.Text.number");
  });
});

describe("a push that a handler sends before it answers arrives before the answer", () => {
  /** What reaches a client, by what it is. */
  async function orderOf(parts: Parameters<typeof startLab>[0], servers: Record<string, { count: number }>) {
    const lab = await startLab(parts, { servers: { connector: { count: 1 }, ...servers } });
    const ann = await enter(lab, "ann", { server: "connector-1" });
    const order: string[] = [];
    ann.work.onText(({ text: what }) => order.push(what));
    ann.connector.onOwn(({ text: what }) => order.push(what));
    return { lab, ann, order };
  }

  it("to a channel whose home is the handler's server, joined in the same handler", async () => {
    const { lab, ann, order } = await orderOf(
      {
        jobs: (server) => ({
          ask(request, { session }) {
            const channel = server.channel("lobby");
            channel.join(session);
            server.push.onText.toChannel("lobby", text("published"));
            channel.leave(session);
            server.push.onText.toChannel("lobby", text("not for you"));
            return request;
          },
        }),
      },
      {},
    );
    await lab.run(ann.work.jobs.ask(text("")).then(() => order.push("answer")));
    await lab.settle();
    expect(order).toEqual(["published", "answer"]);
  });

  it("by every way from a connector to its own client, without the bus", async () => {
    const { lab, ann, order } = await orderOf(
      {
        own: (server) => ({
          ask(request, { session }) {
            const channel = server.channel("lobby");
            channel.join(session);
            server.push.onOwn.toSession(session, text("session"));
            server.push.onOwn.toUser("ann", text("user"));
            server.push.onOwn.toChannel("lobby", text("channel"));
            server.push.onOwn.toEveryone(text("everyone"));
            return request;
          },
        }),
      },
      {},
    );
    const bus = Reflect.get(lab.server("connector-1"), "bus") as { counters: { packetsOut: number } };
    const before = bus.counters.packetsOut;
    await lab.run(ann.connector.own.ask(text("")).then(() => order.push("answer")));
    expect(bus.counters.packetsOut).toBe(before);
    expect(order).toEqual(["session", "user", "channel", "everyone", "answer"]);
  });
});
