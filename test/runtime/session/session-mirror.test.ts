import type { Session } from "gatesmith/runtime";
import { describe, expect, it } from "vitest";
import { LabClient } from "../lab/generated/client-typescript/index.js";
import type { SessionData } from "../lab/generated/server/index.js";
import { crash, enter, gateway, outcome, startLab, text } from "../lab/lab.js";

type LabSession = Session<SessionData>;

/** The session's data as one line. */
const told = ({ uid, data }: LabSession) => `${uid} ${data.room} ${data.level}`;

/** Backends that answer with what they know of the session, after doing what the test wants. */
async function startTelling(act: (session: LabSession, said: string, server: string) => unknown = () => {}) {
  const kept = new Map<string, LabSession>();
  const where = (server: { readonly id: string }) => ({
    async where({ text: said }: { text: string }, { session }: { session: LabSession }) {
      kept.set(server.id, session);
      await act(session, said, server.id);
      return text(told(session));
    },
  });
  const lab = await startLab({
    rooms: where,
    turn: where,
    own: () => ({
      async ask({ text: said }, { session }) {
        await act(session, said, "connector");
        return text(told(session));
      },
    }),
  });
  const ann = await enter(lab, "ann", { server: "connector-1", room: "lobby" });
  const ask = {
    rooms: async (said = "") => (await lab.run(ann.rooms.here.where(text(said)))).text,
    turn: async (said = "") => (await lab.run(ann.turn.here.where(text(said)))).text,
    own: async (said = "") => (await lab.run(ann.connector.own.ask(text(said)))).text,
  };
  return { lab, ann, ask, kept };
}

describe("a backend's mirror of a session", () => {
  it("has the session's id, uid, data and address from the first request on", async () => {
    const seen: unknown[] = [];
    const lab = await startLab({
      rooms: () => ({
        where(request, { session }) {
          const { id, uid, data, clientIp, closed } = session;
          seen.push({ id, uid, data, clientIp, closed });
          return request;
        },
      }),
    });
    const client = await lab.connect(LabClient, { server: "connector-2", address: "10.1.2.3" });
    await lab.run(client.connector.login.enter({ uid: "ann", room: "lobby", home: "x", conflict: "" }));
    await lab.run(client.rooms.here.where(text("")));
    const [session] = lab.server("connector-2").frontend!.sessions;
    expect(seen).toEqual([
      {
        id: session!.id,
        uid: "ann",
        data: { room: "lobby", home: "x", level: 0 },
        clientIp: "10.1.2.3",
        closed: false,
      },
    ]);
    expect(client.state).toMatchObject({ sessionId: session!.id });
  });

  it("is up to date ahead of every request that follows a change on the connector", async () => {
    const { ask } = await startTelling(async (session, said, server) => {
      if (server === "connector") await session.update({ level: Number(said) });
    });
    expect(await ask.rooms()).toBe("ann lobby 0");
    for (const level of [1, 2, 3]) {
      expect(await ask.own(`${level}`)).toBe(`ann lobby ${level}`);
      expect(await ask.rooms()).toBe(`ann lobby ${level}`);
      expect(await ask.turn()).toBe(`ann lobby ${level}`);
    }
  });

  it("changes at once where it is updated, and everywhere else before the next request", async () => {
    const { ask } = await startTelling((session, said, server) => {
      if (said !== "" && server === "rooms-1") {
        void session.update({ level: Number(said) });
        expect(session.data.level).toBe(Number(said));
      }
    });
    await ask.turn();
    expect(await ask.rooms("5")).toBe("ann lobby 5");
    expect(await ask.own()).toBe("ann lobby 5");
    expect(await ask.turn()).toBe("ann lobby 5");
  });

  it("applies an update on the connector before the answer leaves it", async () => {
    const { lab, ann } = await startTelling((session, _said, server) => {
      if (server === "rooms-1") void session.update({ level: 9 });
    });
    const [session] = lab.server("connector-1").frontend!.sessions;
    const levels: unknown[] = [];
    await lab.run(ann.rooms.here.where(text("")).then(() => levels.push(session!.data.level)));
    expect(levels).toEqual([9]);
  });

  it("merges the patches of two backends: each changes the fields it names", async () => {
    const { lab, ask, kept, ann } = await startTelling();
    await Promise.all([ask.rooms(), ask.turn()]);
    const [rooms, turn] = [kept.get("rooms-1")!, kept.get("turn-1")!];
    await lab.run(Promise.all([rooms.update({ room: "garden" }), turn.update({ level: 4 })]));
    const [session] = lab.server("connector-1").frontend!.sessions;
    expect(session!.data).toMatchObject({ room: "garden", level: 4 });
    expect(await ask.turn()).toBe("ann garden 4");
    expect(told(turn)).toBe("ann garden 4");
    expect(ann.state.kind).toBe("open");
  });

  it("keeps what it changed itself when an older state arrives from its owner", async () => {
    const { lab, ask, kept } = await startTelling(async (session, said, server) => {
      if (server === "connector") await session.update({ room: said });
    });
    await ask.rooms();
    const mirror = kept.get("rooms-1")!;
    const [session] = lab.server("connector-1").frontend!.sessions as unknown as LabSession[];
    // The update is on its way to the owner while the owner tells of a change of its own.
    const updated = mirror.update({ level: 6 });
    await session!.update({ room: "garden" });
    await lab.run(updated);
    expect(told(mirror)).toBe("ann garden 6");
    expect(session!.data).toMatchObject({ room: "garden", level: 6 });
  });

  it("refuses fields and values that the schema does not have", async () => {
    const { ask, kept, lab } = await startTelling();
    await ask.rooms();
    const mirror = kept.get("rooms-1")!;
    for (const patch of [{ rooom: "x" }, { level: "high" }]) {
      const update = async () => mirror.update(patch as Partial<SessionData>);
      expect(await lab.run(outcome(update()))).toMatchObject({ name: "INTERNAL" });
    }
    expect(told(mirror)).toBe("ann lobby 0");
  });
});

describe("a backend", () => {
  it("binds a session, and takes the user from it", async () => {
    const { lab, ask, kept } = await startTelling();
    await ask.rooms();
    const mirror = kept.get("rooms-1")!;
    await lab.run(mirror.unbind());
    expect(mirror.uid).toBeNull();
    const [session] = lab.server("connector-1").frontend!.sessions;
    expect(session!.uid).toBeNull();
    await lab.run(mirror.bind("bob"));
    expect([mirror.uid, session!.uid]).toEqual(["bob", "bob"]);
    expect(await ask.turn()).toBe("bob lobby 0");
  });

  it("binds by the same rules as a connector", async () => {
    const { lab, ask, kept } = await startTelling();
    const bob = await enter(lab, "bob", { server: "connector-2" });
    await ask.rooms();
    const mirror = kept.get("rooms-1")!;
    await lab.run(mirror.unbind());
    expect(await lab.run(outcome(mirror.bind("bob", { conflict: "reject-new" })))).toMatchObject({ name: "FORBIDDEN" });
    expect(await lab.run(outcome(mirror.bind(7 as unknown as string)))).toMatchObject({ name: "INTERNAL" });
    expect(mirror.uid).toBeNull();
    await lab.run(mirror.bind("bob"));
    await lab.settle();
    expect([mirror.uid, bob.state.kind]).toEqual(["bob", "closed"]);
  });

  it("kicks a session", async () => {
    const { lab, ann, ask, kept } = await startTelling();
    await ask.rooms();
    const mirror = kept.get("rooms-1")!;
    await lab.run(mirror.kick("out"));
    await lab.settle();
    expect(ann.state).toEqual({ kind: "closed", code: 4501, reason: "out" });
    expect(mirror.closed).toBe(true);
  });

  it("kicks a session that a bad reason was given for, too, and harms nobody by it", async () => {
    const { lab, ann, ask, kept } = await startTelling();
    const bob = await enter(lab, "bob", { server: "connector-1", room: "lobby" });
    await ask.rooms();
    const mirror = kept.get("rooms-1")!;
    const bad = outcome(mirror.kick(17 as unknown as string));
    const asked = [bob.rooms.here.where(text("")), ann.rooms.here.where(text(""))].map(outcome);
    expect(await lab.run(bad)).toMatchObject({ name: "INTERNAL" });
    expect(await lab.run(Promise.all(asked))).toEqual([text("bob lobby 0"), text("ann lobby 0")]);
  });

  it("is told that a session is over, which can do nothing any more", async () => {
    const { lab, ann, ask, kept } = await startTelling();
    await ask.rooms();
    const mirror = kept.get("rooms-1")!;
    ann.close();
    await lab.settle();
    expect(mirror.closed).toBe(true);
    for (const act of [mirror.bind("x"), mirror.unbind(), mirror.update({ level: 1 }), mirror.kick()]) {
      expect(await lab.run(outcome(act))).toMatchObject({ name: "OUTCOME_UNKNOWN", executed: "no" });
    }
  });

  it("hears that what it asked for has an unknown outcome when the connector dies", async () => {
    const { lab, ask, kept } = await startTelling();
    await ask.rooms();
    const mirror = kept.get("rooms-1")!;
    const bound = outcome(mirror.bind("bob"));
    crash(lab, "connector-1");
    expect(await lab.run(bound)).toMatchObject({ name: "OUTCOME_UNKNOWN" });
    await lab.settle();
    expect(mirror.closed).toBe(true);
  });

  it("keeps the session of a request that is still running when its connection is lost", async () => {
    const held = gateway();
    const seen: unknown[] = [];
    const lab = await startLab({
      rooms: () => ({
        async where(request, { session }) {
          await held.promise;
          seen.push(session.uid, session.closed, await outcome(session.update({ level: 1 })));
          return request;
        },
      }),
    });
    const ann = await enter(lab, "ann", { room: "lobby" });
    void outcome(ann.rooms.here.where(text("")));
    await lab.settle();
    lab.networkOf(ann).cut();
    await lab.settle();
    held.open();
    await lab.settle();
    expect(seen).toEqual(["ann", true, expect.objectContaining({ name: "OUTCOME_UNKNOWN" })]);
  });
});
