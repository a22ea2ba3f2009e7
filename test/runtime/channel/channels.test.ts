import fc from "fast-check";
import { inbox } from "gatesmith/testing";
import { describe, expect, it } from "vitest";
import type { ChannelHome } from "../../../runtime/channel/channel-home.js";
import type { FrontendSession } from "../../../runtime/session/frontend-session.js";
import type { LabClient } from "../lab/generated/client-typescript/index.js";
import { crash, enter, type Lab, outcome, type Parts, startLab, text, workOf } from "../lab/lab.js";

/** `ask` with "join x", "leave x" or "say x": what a test has a session do. */
const parts: Parts = {
  jobs: (server) => ({
    ask(request, { session }) {
      const [what, name = ""] = request.text.split(" ");
      if (what === "join") server.channel(name).join(session);
      else if (what === "leave") server.channel(name).leave(session);
      else server.push.onText.toChannel(name, text(request.text));
      return request;
    },
  }),
};

const tell = (lab: Lab, client: LabClient, what: string) => lab.run(client.work.jobs.ask(text(what)));

/** How many channels the servers there are keep, where it is any. */
const homes = (lab: Lab) =>
  lab.servers
    .filter((server) => !Reflect.get(Reflect.get(server, "bus"), "closed"))
    .map((server) => (Reflect.get(server, "channelHome") as ChannelHome).size)
    .filter((size) => size > 0);

const heardBy = (client: LabClient) => inbox(client.work.onText).messages;

describe("a channel", () => {
  it("reaches its members on every connector, and nobody else", async () => {
    const lab = await startLab(parts, { servers: { work: { count: 3 } } });
    const clients = [];
    for (const [index, uid] of ["a", "b", "c", "d"].entries()) {
      clients.push(await enter(lab, uid, { server: `connector-${(index % 2) + 1}` }));
    }
    for (const client of clients.slice(0, 3)) await tell(lab, client, "join lobby");
    const heard = clients.map(heardBy);
    for (const server of ["work-1", "work-2", "work-3"]) {
      workOf(lab, server).push.onText.toChannel("lobby", text(server));
      await lab.settle();
    }
    expect(heard.map((messages) => messages.map(({ text: by }) => by))).toEqual([
      ["work-1", "work-2", "work-3"],
      ["work-1", "work-2", "work-3"],
      ["work-1", "work-2", "work-3"],
      [],
    ]);
  });

  it("is joined once, however often", async () => {
    const lab = await startLab(parts);
    const ann = await enter(lab, "ann");
    const heard = heardBy(ann);
    for (let count = 0; count < 3; count++) await tell(lab, ann, "join lobby");
    await tell(lab, ann, "say lobby");
    await lab.settle();
    expect(heard).toHaveLength(1);
    await tell(lab, ann, "leave lobby");
    await tell(lab, ann, "say lobby");
    await tell(lab, ann, "leave lobby");
    await lab.settle();
    expect(heard).toHaveLength(1);
    expect(homes(lab)).toEqual([]);
  });

  it("reaches whoever has just joined: a publish follows the join", async () => {
    const lab = await startLab(
      {
        jobs: (server) => ({
          ask(request, { session }) {
            const channel = server.channel(request.text);
            channel.join(session);
            server.push.onText.toChannel(request.text, text("welcome"));
            channel.leave(session);
            server.push.onText.toChannel(request.text, text("not for you"));
            return request;
          },
        }),
      },
      { servers: { work: { count: 3 } } },
    );
    const ann = await enter(lab, "ann");
    const heard = heardBy(ann);
    // Homes of these channels are on all three servers.
    for (let index = 0; index < 12; index++) await tell(lab, ann, `channel ${index}`);
    await lab.settle();
    expect(heard.map(({ text: what }) => what)).toEqual(Array.from({ length: 12 }, () => "welcome"));
    expect(homes(lab)).toEqual([]);
  });

  it("lists its members, wherever they are", async () => {
    const lab = await startLab(parts, { servers: { work: { count: 2 } } });
    const clients = [
      await enter(lab, "ann", { server: "connector-1" }),
      await enter(lab, "bob", { server: "connector-2" }),
    ];
    for (const client of clients) await tell(lab, client, "join lobby");
    const ids = clients.map(({ state }) => (state.kind === "open" ? state.sessionId : ""));
    for (const server of ["work-1", "work-2"]) {
      const { members, missing } = await lab.run(workOf(lab, server).channel("lobby").members());
      expect([...members].sort((one, other) => (one.uid! < other.uid! ? -1 : 1))).toEqual([
        { session: ids[0], uid: "ann" },
        { session: ids[1], uid: "bob" },
      ]);
      expect(missing).toEqual([]);
    }
    expect(await lab.run(workOf(lab).channel("empty").members())).toEqual({ members: [], missing: [] });
  });

  it("says which connectors did not answer", async () => {
    const lab = await startLab(parts);
    const clients = [
      await enter(lab, "ann", { server: "connector-1" }),
      await enter(lab, "bob", { server: "connector-2" }),
    ];
    for (const client of clients) await tell(lab, client, "join lobby");
    const asked = workOf(lab).channel("lobby").members();
    crash(lab, "connector-2");
    expect(await lab.run(asked)).toMatchObject({ members: [{ uid: "ann" }], missing: ["connector-2"] });
    await lab.settle();
    expect(await lab.run(workOf(lab).channel("lobby").members())).toMatchObject({ missing: [] });
  });

  it("loses a member that disconnects, and is forgotten with the last one", async () => {
    const lab = await startLab(parts);
    const [ann, bob] = [await enter(lab, "ann"), await enter(lab, "bob")];
    await tell(lab, ann, "join lobby");
    await tell(lab, bob, "join lobby");
    expect(homes(lab)).toEqual([1]);
    ann.close();
    await lab.settle();
    expect((await lab.run(workOf(lab).channel("lobby").members())).members).toMatchObject([{ uid: "bob" }]);
    lab.networkOf(bob).cut();
    await lab.settle();
    expect(homes(lab)).toEqual([]);
  });

  it("is another one for another server type, and for another name", async () => {
    const lab = await startLab(parts);
    const ann = await enter(lab, "ann");
    const heard = heardBy(ann);
    for (const name of ["constructor", "__proto__", "lobby"]) await tell(lab, ann, `join ${name}`);
    for (const name of ["constructor", "__proto__", "toString", "Lobby"]) await tell(lab, ann, `say ${name}`);
    await lab.settle();
    expect(heard.map(({ text: what }) => what)).toEqual(["say constructor", "say __proto__"]);
  });

  it.each(["", "x".repeat(257), 7])("has a name, not %j", async (name) => {
    const lab = await startLab();
    expect(() => workOf(lab).channel(name as string)).toThrow("a channel's name has 1 to 256 characters");
  });

  it("takes sessions only, and no session that is over", async () => {
    let kept: unknown;
    const lab = await startLab({
      jobs: () => ({
        ask(request, { session }) {
          kept = session;
          return request;
        },
      }),
    });
    expect(() =>
      workOf(lab)
        .channel("lobby")
        .join({} as never),
    ).toThrow("join and leave take a session");
    const ann = await enter(lab, "ann");
    await tell(lab, ann, "");
    ann.close();
    await lab.settle();
    workOf(lab)
      .channel("lobby")
      .join(kept as never);
    await lab.settle();
    expect(homes(lab)).toEqual([]);
  });
});

describe("the home of a channel", () => {
  it("moves when its server drains or goes, and members stay", async () => {
    const lab = await startLab(parts, { servers: { work: { count: 3 } } });
    const [ann, bob] = [
      await enter(lab, "ann", { server: "connector-1" }),
      await enter(lab, "bob", { server: "connector-2" }),
    ];
    const names = Array.from({ length: 9 }, (_, index) => `channel${index}`);
    for (const name of names) {
      await tell(lab, ann, `join ${name}`);
      await tell(lab, bob, `join ${name}`);
    }
    const heard = [heardBy(ann), heardBy(bob)];
    const sayAll = async () => {
      for (const name of names) workOf(lab, "work-3").push.onText.toChannel(name, text(name));
      await lab.settle();
      return heard.map((messages) => messages.length);
    };
    expect(await sayAll()).toEqual([9, 9]);
    lab.server("work-1").drain();
    await lab.settle();
    expect(await sayAll()).toEqual([18, 18]);
    await lab.run(lab.server("work-2").stop());
    await lab.settle();
    expect(await sayAll()).toEqual([27, 27]);
    ann.close();
    bob.close();
    await lab.settle();
    expect(homes(lab)).toEqual([]);
  });

  it("misses no member that joins while others leave, home or not", async () => {
    const names = ["one", "two"];
    const action = fc.oneof(
      { weight: 8, arbitrary: fc.record({ do: fc.constantFrom("join", "leave"), who: fc.nat(3), name: fc.nat(1) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("cut"), who: fc.nat(3) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("wait") }) },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constantFrom("drain", "stop"), which: fc.constantFrom("work-1", "work-2") }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
        const lab = await startLab(parts, { servers: { work: { count: 3 }, turn: { count: 1 } } });
        const clients: LabClient[] = [];
        for (let who = 0; who < 4; who++)
          clients.push(await enter(lab, `user ${who}`, { server: `connector-${(who % 2) + 1}` }));
        const expected = names.map(() => new Set<number>());
        // One server that stays asks for everybody: what it sends stays in order.
        const sessions = new Map<number, never>();
        for (const [who, client] of clients.entries()) {
          const { sessionId } = client.state as { sessionId: string };
          const owner = lab.servers.find(({ frontend }) =>
            [...(frontend?.sessions ?? [])].some(({ id }) => id === sessionId),
          )!;
          sessions.set(who, [...owner.frontend!.sessions].find(({ id }) => id === sessionId) as never);
        }
        const work = workOf(lab, "work-3");
        const stopping: Promise<unknown>[] = [];
        for (const one of actions) {
          if (one.do === "wait") await lab.settle(1);
          else if ("which" in one) {
            if (one.do === "drain") lab.server(one.which).drain();
            else stopping.push(outcome(lab.server(one.which).stop()));
            // Until everybody has seen it, two servers may both think they are home: order between them is not promised.
            await lab.settle(1);
          } else if ("name" in one) {
            const channel = work.channel(names[one.name]!);
            if (one.do === "join") channel.join(sessions.get(one.who)!);
            else channel.leave(sessions.get(one.who)!);
            const gone = (sessions.get(one.who) as unknown as { closed: boolean }).closed;
            if (one.do === "join" && !gone) expected[one.name]!.add(one.who);
            else expected[one.name]!.delete(one.who);
          } else if ("who" in one) {
            lab.networkOf(clients[one.who]!).cut();
            await lab.settle();
            for (const members of expected) members.delete(one.who);
          }
        }
        await lab.settle(200);
        for (const [index, name] of names.entries()) {
          const { members } = await lab.run(work.channel(name).members());
          expect(members.map(({ uid }) => uid).sort()).toEqual(
            [...expected[index]!].sort().map((who) => `user ${who}`),
          );
        }
        const heard = clients.map(heardBy);
        for (const name of names) work.push.onText.toChannel(name, text(name));
        await lab.settle();
        expect(heard.map((messages) => messages.length)).toEqual(
          clients.map((_, who) => expected.filter((members) => members.has(who)).length),
        );
        for (const client of clients) client.close();
        await lab.settle(200);
        expect(homes(lab)).toEqual([]);
        await Promise.all(stopping);
        await lab.stop();
      }),
      { numRuns: 50 },
    );
  });

  it("counts every join while homes change, and forgets a channel everywhere when its last member has gone", async () => {
    const names = ["one", "two", "three"];
    const action = fc.oneof(
      { weight: 8, arbitrary: fc.record({ do: fc.constant("join"), who: fc.nat(7), name: fc.nat(2) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant("cut"), who: fc.nat(7) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("tick", "settle") }) },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constantFrom("drain", "stop"), which: fc.constantFrom("work-1", "work-2") }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
        const lab = await startLab(parts, { servers: { work: { count: 3 } } });
        const clients: { client: LabClient; session: FrontendSession }[] = [];
        for (let who = 0; who < 8; who++) {
          const server = `connector-${(who % 2) + 1}`;
          const client = await enter(lab, `user ${who}`, { server });
          clients.push({ client, session: [...lab.server(server).frontend!.sessions].at(-1)! });
        }
        const joined = names.map(() => new Set<number>());
        const stopping: Promise<unknown>[] = [];
        for (const one of actions) {
          if ("name" in one) {
            const { session } = clients[one.who]!;
            if (!session.closed) joined[one.name]!.add(one.who);
            workOf(lab, "work-3")
              .channel(names[one.name]!)
              .join(session as never);
          } else if ("which" in one) {
            if (one.do === "drain") lab.server(one.which).drain();
            else stopping.push(outcome(lab.server(one.which).stop()));
          } else if ("who" in one) {
            lab.networkOf(clients[one.who]!.client).cut();
          } else if (one.do === "tick") {
            lab.timing.advance();
          } else {
            await lab.settle(1);
          }
        }
        await lab.settle(500);
        for (const [index, name] of names.entries()) {
          const expected = [...joined[index]!].filter((who) => !clients[who]!.session.closed);
          const { members } = await lab.run(workOf(lab, "work-3").channel(name).members());
          expect(members.map(({ uid }) => uid).sort()).toEqual(expected.sort().map((who) => `user ${who}`));
        }
        for (const { client } of clients) client.close();
        await lab.settle(500);
        expect(homes(lab)).toEqual([]);
        await Promise.all(stopping);
        await lab.stop();
      }),
      { numRuns: 60 },
    );
  });
});
