import { describe, expect, it } from "vitest";
import { LabClient } from "../lab/generated/client-typescript/index.js";
import { Enter, type Text } from "../lab/generated/server/index.js";
import { crash, enter, gateway, outcome, refusal, startLab, text } from "../lab/lab.js";
import { encoded, failureOf, frameOf, RawClient } from "../lab/raw-client.js";

describe("a route that needs a user", () => {
  it("is UNAUTHENTICATED before the session is bound, and after it is unbound", async () => {
    let ran = 0;
    const lab = await startLab({
      jobs: () => ({
        ask(request) {
          ran++;
          return request;
        },
      }),
    });
    const client = await enter(lab, "");
    const refused = {
      name: "UNAUTHENTICATED",
      executed: "no",
      message: "work.jobs.ask needs a session that is bound to a user; it is not public",
    };
    expect(await refusal(lab, client.work.jobs.ask(text("")))).toMatchObject(refused);
    await lab.run(client.connector.login.enter({ uid: "ann", room: "", home: "", conflict: "" }));
    await lab.run(client.work.jobs.ask(text("")));
    await lab.run(client.connector.login.leave({}));
    expect(await refusal(lab, client.work.jobs.ask(text("")))).toMatchObject(refused);
    expect(ran).toBe(1);
  });

  it("does not if it is public", async () => {
    const lab = await startLab();
    const client = await enter(lab, "");
    expect(await lab.run(client.connector.own.ask(text("hi")))).toMatchObject({ text: "hi" });
  });
});

describe("routing", () => {
  it("is NO_ROUTE_KEY where the session or the message lacks the key, for every rule that needs one", async () => {
    const lab = await startLab();
    const client = await enter(lab, "");
    expect(await refusal(lab, client.work.jobs.open(text("")))).toMatchObject({
      name: "NO_ROUTE_KEY",
      executed: "no",
      message: "work.jobs.open is routed by uid, and the session is not bound to a uid",
    });
    const ann = await enter(lab, "ann");
    const messages = {
      rooms: 'rooms.here.where is routed by sessionData, and the session\'s field "room" is empty',
      pinned: 'pinned.here.where is routed by server, and the session\'s field "home" is empty',
      keyed: 'keyed.here.where is routed by messageField, and the message\'s field "key" is empty',
    } as const;
    for (const type of ["rooms", "pinned", "keyed"] as const) {
      const refused = await refusal(lab, ann[type].here.where(text("")));
      expect(refused).toMatchObject({ name: "NO_ROUTE_KEY", executed: "no", message: messages[type] });
    }
  });

  it("is NO_SERVER where no server of the type is ready", async () => {
    const lab = await startLab({}, { servers: { work: { count: 0 }, rooms: { count: 0 }, turn: { count: 0 } } });
    const ann = await enter(lab, "ann", { room: "lobby", home: "pinned-9" });
    const calls = {
      "work.jobs.ask": () => ann.work.jobs.ask(text("")),
      "rooms.here.where": () => ann.rooms.here.where(text("")),
      "turn.here.where": () => ann.turn.here.where(text("")),
      "pinned.here.where": () => ann.pinned.here.where(text("")),
    };
    for (const [route, call] of Object.entries(calls)) {
      expect(await refusal(lab, call())).toMatchObject({
        name: "NO_SERVER",
        executed: "no",
        message: `${route}: no server of type ${route.split(".")[0]} is ready`,
      });
    }
    expect(lab.servers.flatMap(({ core }) => core.calls.size)).toEqual(lab.servers.map(() => 0));
  });

  it("takes requests of a session to one server until it changes, and never moves it with something in flight", async () => {
    const held = gateway<Text>();
    const lab = await startLab(
      {
        rooms: (server) => ({
          where: ({ text: said }) =>
            said === "wait" ? held.promise.then(() => text("", { key: server.id })) : text("", { key: server.id }),
        }),
        own: () => ({
          async ask({ text: room }, { session }) {
            await session.update({ room });
            return text("");
          },
        }),
      },
      { servers: { rooms: { count: 5 } } },
    );
    const ann = await enter(lab, "ann", { room: "one" });
    const where = async (said = "") => (await lab.run(ann.rooms.here.where(text(said)))).key;
    const first = await where();
    expect([await where(), await where()]).toEqual([first, first]);
    // A room that is kept elsewhere.
    const rooms = Array.from({ length: 50 }, (_, index) => `room ${index}`);
    const probe = await enter(lab, "probe", { room: "one" });
    let other = "";
    for (const room of rooms) {
      await lab.run(probe.connector.own.ask(text(room)));
      if ((await lab.run(probe.rooms.here.where(text("")))).key !== first) {
        other = room;
        break;
      }
    }
    const waiting = ann.rooms.here.where(text("wait"));
    await lab.settle();
    await lab.run(ann.connector.own.ask(text(other)));
    const behind = ann.rooms.here.where(text(""));
    await lab.settle();
    held.open(text(""));
    expect((await lab.run(waiting)).key).toBe(first);
    expect((await lab.run(behind)).key).toBe(first);
    expect(await where()).not.toBe(first);
  });

  it("goes to another server once the one it went to has left", async () => {
    const lab = await startLab({}, { servers: { work: { count: 3 } } });
    const ann = await enter(lab, "ann");
    const { key: first } = await lab.run(ann.work.jobs.ask(text("")));
    await lab.run(lab.server(first).stop());
    await lab.settle();
    const { key: second } = await lab.run(ann.work.jobs.ask(text("")));
    expect(second).not.toBe(first);
  });

  it("is BACKEND_LOST for what a server had not answered when it went, and nothing of it is left", async () => {
    const lab = await startLab(
      { jobs: () => ({ ask: () => new Promise(() => {}) }) },
      { servers: { work: { count: 2 } } },
    );
    const ann = await enter(lab, "ann", { server: "connector-1" });
    const asked = [1, 2].map(() => outcome(ann.work.jobs.ask(text(""))));
    await lab.settle();
    const [session] = lab.server("connector-1").frontend!.sessions;
    const server = session!.firstUse!.peer.id;
    crash(lab, server);
    await lab.settle();
    const lost = {
      name: "BACKEND_LOST",
      executed: "unknown",
      message: `work.jobs.ask: ${server} was lost before it answered`,
    };
    expect(await Promise.all(asked)).toMatchObject([lost, lost]);
    expect([session!.inFlight, lab.server("connector-1").core.calls.size]).toEqual([0, 0]);
  });

  it("gives a draining server nothing new, but to whom its session names it", async () => {
    const lab = await startLab({}, { servers: { work: { count: 2 }, pinned: { count: 2 } } });
    const ann = await enter(lab, "ann", { home: "pinned-1" });
    const { key: first } = await lab.run(ann.work.jobs.ask(text("")));
    lab.server(first).drain();
    lab.server("pinned-1").drain();
    await lab.settle();
    expect((await lab.run(ann.work.jobs.ask(text("")))).key).not.toBe(first);
    expect((await lab.run(ann.pinned.here.where(text("")))).key).toBe("pinned-1");
  });
});

describe("limits", () => {
  it("of rate: RATE_LIMITED over it, per session and route, and not executed", async () => {
    let ran = 0;
    const lab = await startLab({
      jobs: () => ({
        rated(request) {
          ran++;
          return request;
        },
      }),
    });
    const [ann, bob] = [await enter(lab, "ann"), await enter(lab, "bob")];
    const ask = (client: typeof ann) => lab.run(outcome(client.work.jobs.rated(text("now"))));
    const name = (end: unknown) => (end as { name?: string }).name ?? "answered";
    const ends = [await ask(ann), await ask(ann), await ask(ann), await ask(ann)].map(name);
    expect(ends).toEqual(["answered", "answered", "answered", "RATE_LIMITED"]);
    expect(await lab.run(outcome(ann.work.jobs.rated(text(""))))).toMatchObject({
      executed: "no",
      message: "work.jobs.rated: more than 2 requests a second",
    });
    expect(name(await ask(bob))).toBe("answered");
    expect(name(await lab.run(outcome(ann.work.jobs.ask(text("")))))).toBe("answered");
    await lab.settle(500);
    expect([await ask(ann), await ask(ann)].map(name)).toEqual(["answered", "RATE_LIMITED"]);
    expect(ran).toBe(5);
  });

  it("of rate, `over: drop`: nothing is said, and it is counted", async () => {
    const heard: string[] = [];
    const lab = await startLab({ jobs: () => ({ dropped: ({ text: said }) => void heard.push(said) }) });
    const ann = await enter(lab, "ann", { server: "connector-1" });
    const before = lab.networkOf(ann).received;
    for (let index = 0; index < 5; index++) ann.work.jobs.dropped(text(`${index}`));
    await lab.settle();
    expect(heard).toEqual(["0", "1"]);
    expect(lab.networkOf(ann).received).toBe(before);
    expect(lab.server("connector-1").core.counters.droppedNotifies).toBe(3);
    await lab.settle(1_000);
    ann.work.jobs.dropped(text("later"));
    await lab.settle();
    expect(heard).toEqual(["0", "1", "later"]);
  });

  it("of rate, for a notify: the client is told through onError", async () => {
    const errors: unknown[] = [];
    const lab = await startLab({ jobs: () => ({ refused() {} }) });
    const ann = await lab.connect(LabClient, { uid: "ann", onError: (error) => void errors.push(error) });
    await lab.run(ann.connector.login.enter({ uid: "ann", room: "", home: "", conflict: "" }));
    ann.work.jobs.refused(text("one"));
    ann.work.jobs.refused(text("two"));
    await lab.settle();
    expect(errors).toEqual([expect.objectContaining({ name: "RATE_LIMITED", route: "work.jobs.refused" })]);
  });

  it("of requests in flight: the 65th is OVERLOADED, not executed, and there is room again after an answer", async () => {
    const held = Array.from({ length: 65 }, () => gateway<Text>());
    let ran = 0;
    const handler = () => held[ran++]!.promise;
    // A generated client keeps to what Welcome says, and would let the 65th wait.
    const lab = await startLab({ jobs: () => ({ free: handler }), own: () => ({ ask: handler }) });
    const client = await RawClient.open(lab);
    const OWN_ASK = 1111;
    for (let index = 0; index < 64; index++) await client.ask(OWN_ASK, 2 + index);
    expect(client.take()).toEqual([]);
    // Handlers of one session run one at a time: the others wait, and are in flight all the same.
    expect(ran).toBe(1);
    await client.ask(OWN_ASK, 66);
    const [refused] = client.take();
    expect(refused).toMatchObject({ messageId: OWN_ASK, sequence: 66, error: "OVERLOADED" });
    expect(failureOf(refused!).message).toBe(
      "connector.own.ask: 64 requests of this session wait for answers; at most 64 may",
    );
    held[0]!.open(text("first"));
    await lab.settle();
    expect(client.take()).toMatchObject([{ sequence: 2, error: null }]);
    await client.ask(OWN_ASK, 67);
    expect(client.take()).toEqual([]);
    await client.ask(OWN_ASK, 68);
    expect(client.take()).toMatchObject([{ sequence: 68, error: "OVERLOADED" }]);
  });

  it("of requests in flight, for those that backends answer", async () => {
    const held: ((answer: Text) => void)[] = [];
    const lab = await startLab(
      { jobs: () => ({ free: () => new Promise<Text>((resolve) => held.push(resolve)) }) },
      { limits: { inFlight: 3 } },
    );
    const client = await RawClient.open(lab);
    const enterBody = encoded(Enter, { uid: "ann", room: "", home: "", conflict: "" });
    await client.say(frameOf({ messageId: 1101, sequence: 2 }, enterBody));
    client.take();
    for (let sequence = 3; sequence <= 6; sequence++) await client.ask(2010, sequence);
    expect(held).toHaveLength(3);
    expect(client.take()).toMatchObject([{ sequence: 6, error: "OVERLOADED" }]);
    held[1]!(text("second"));
    await lab.settle();
    await client.ask(2010, 7);
    expect(held).toHaveLength(4);
    expect(client.take()).toMatchObject([{ sequence: 4, error: null }]);
  });

  it("of a link between servers: OVERLOADED, not executed, and nothing is left of it", async () => {
    const lab = await startLab({ jobs: () => ({ ask: () => text("") }) }, { limits: { linkBytes: 65_536 } });
    const ann = await enter(lab, "ann", { server: "connector-1" });
    const [session] = lab.server("connector-1").frontend!.sessions;
    const large = text("", { payload: new Uint8Array(30_000) });
    const ask = () => lab.run(outcome(ann.work.jobs.ask(large)));
    const ends = (await Promise.all([ask(), ask(), ask()])).map((end) => (end as { name?: string }).name ?? "answered");
    expect(ends).toEqual(["answered", "answered", "OVERLOADED"]);
    expect({ session: session!.inFlight, calls: lab.server("connector-1").core.calls.size }).toEqual({
      session: 0,
      calls: 0,
    });
    expect(await ask()).toEqual(text(""));
  });
});
