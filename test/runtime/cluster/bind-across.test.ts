import { inbox } from "gatesmith/testing";
import { describe, expect, it } from "vitest";
import { CloseCode } from "../../../wire/close-code.js";
import { ErrorCode } from "../../../wire/error-code.js";
import { type FarLab, startFarLab, WINDOW } from "../lab/far-lab.js";
import { CallError, type LabClient } from "../lab/generated/client-typescript/index.js";
import { outcome, type Parts, text } from "../lab/lab.js";

const FIVE = ["connector-1", "connector-2", "connector-3", "connector-4", "connector-5"];

const bind = (client: LabClient, uid: string, conflict: string) =>
  outcome(client.connector.login.enter({ uid, room: "", home: "", conflict }));

/** Uids that more than one session has, none of them by `allow`. */
function boundTwice(lab: FarLab): string[] {
  const seen = new Set<string>();
  const twice: string[] = [];
  for (const { frontend } of lab.of("connector")) {
    for (const { uid, sharesUser } of frontend!.sessions) {
      if (uid === null || sharesUser) continue;
      if (seen.has(uid)) twice.push(uid);
      seen.add(uid);
    }
  }
  return twice;
}

/** Waits until nothing is under way, then compares what homes know with what there is. */
async function atRest(lab: FarLab): Promise<void> {
  await lab.settle(3 * WINDOW);
  expect(lab.registered()).toEqual(lab.bound());
  for (const { core } of lab.servers.values()) {
    expect([core.id, core.homes.complete, core.homes.waiting, core.calls.size]).toEqual([core.id, true, 0, 0]);
  }
}

describe("binds of one uid on several connectors at once", () => {
  it("leave one session, by default the last, each with its turn", async () => {
    const lab = await startFarLab({}, { servers: [...FIVE, "work-1"], delay: [0, 30] });
    const clients = await Promise.all(Array.from({ length: 15 }, (_, index) => lab.connect(FIVE[index % 5]!)));
    const binds = clients.map((client) => bind(client, "ann", ""));
    for (let step = 0; step < 400; step++) {
      await lab.settle(5);
      expect(boundTwice(lab)).toEqual([]);
    }
    await lab.run(Promise.all(binds));
    expect(lab.bound()).toHaveLength(1);
    const closes = lab.of("connector").reduce((sum, { core }) => sum + core.counters.closesWith(CloseCode.REPLACED), 0);
    expect(closes).toBe(14);
    await atRest(lab);
  });

  it("with reject-new leave the one that won, and refuse the others", async () => {
    const lab = await startFarLab({}, { servers: [...FIVE, "work-1"], delay: [0, 30] });
    const clients = await Promise.all(FIVE.map((server) => lab.connect(server)));
    const ends = await lab.run(Promise.all(clients.map((client) => bind(client, "ann", "reject-new"))));
    const refused = ends.filter((end) => end instanceof CallError);
    expect(refused.map(({ code }) => code)).toEqual(Array(4).fill(ErrorCode.FORBIDDEN));
    expect(lab.bound()).toHaveLength(1);
    await atRest(lab);
  });

  it("with allow leave all; one that does not allow takes the uid from all of them", async () => {
    const lab = await startFarLab({}, { servers: [...FIVE, "work-1"], delay: [0, 30] });
    const clients = await Promise.all(FIVE.map((server) => lab.connect(server)));
    await lab.run(Promise.all(clients.map((client) => bind(client, "ann", "allow"))));
    expect(lab.bound()).toHaveLength(5);
    const last = await lab.connect("connector-3");
    expect(await lab.run(bind(last, "ann", ""))).not.toBeInstanceOf(CallError);
    expect(lab.bound()).toHaveLength(1);
    await atRest(lab);
  });

  it("are done when the backends that the old session used have seen its end", async () => {
    const ends: string[] = [];
    const parts: Parts = {
      jobs: (server) => ({ onSessionClosed: ({ uid }) => void ends.push(`${uid} on ${server.id}`) }),
      rooms: (server) => ({ onSessionClosed: ({ uid }) => void ends.push(`${uid} on ${server.id}`) }),
    };
    const lab = await startFarLab(parts, {
      servers: ["connector-1", "connector-2", "work-1", "rooms-1"],
      delay: [0, 60],
    });
    const old = await lab.enter("ann", "connector-1", { room: "attic" });
    await lab.run(old.work.jobs.ask(text("")));
    await lab.run(old.rooms.here.where(text("")));
    await lab.enter("ann", "connector-2");
    expect(ends.sort()).toEqual(["ann on rooms-1", "ann on work-1"]);
  });
});

describe("a uid whose home dies", () => {
  it("in the midst of binds has one owner at most, and can be bound again", async () => {
    for (const seed of [1, 2, 3, 4]) {
      const lab = await startFarLab({}, { servers: [...FIVE, "work-1"], delay: [0, 30], seed });
      const { router, userHomeType } = lab.server("connector-1").core;
      const uids = Array.from({ length: 60 }, (_, index) => `u${index}`);
      const moving = uids.filter((uid) => router.home(userHomeType, uid)!.id === "connector-5").slice(0, 8);
      const binds: Promise<unknown>[] = [];
      for (const uid of moving) {
        for (const server of FIVE.slice(0, 4)) binds.push(bind(await lab.connect(server), uid, ""));
      }
      await lab.settle(seed * 20);
      lab.kill("connector-5");
      for (let step = 0; step < 100; step++) {
        await lab.settle(150);
        expect(boundTwice(lab)).toEqual([]);
      }
      for (const end of await lab.run(Promise.all(binds))) {
        // A session that lost to a later one may have been closed before its own answer came.
        if (end instanceof CallError) {
          expect([ErrorCode.OUTCOME_UNKNOWN, ErrorCode.NO_SERVER, ErrorCode.TIMEOUT]).toContain(end.code);
        }
      }
      await atRest(lab);
      for (const uid of moving) await lab.enter(uid, "connector-2");
      expect(lab.bound().map((line) => line.split(" ")[0])).toEqual(expect.arrayContaining(moving));
      await atRest(lab);
    }
  });
});

describe("a connector that dies with a user's session", () => {
  it("leaves the uid free as soon as that is known, and no trace of it", async () => {
    const lab = await startFarLab({}, { servers: [...FIVE, "work-1"] });
    for (let index = 0; index < 20; index++) await lab.enter(`u${index}`, "connector-5");
    const waiting = await Promise.all(Array.from({ length: 20 }, () => lab.connect("connector-1")));
    lab.kill("connector-5");
    // Some while it is not known yet: they wait, or are refused, and are never two.
    const early = waiting.slice(0, 10).map((client, index) => bind(client, `u${index}`, ""));
    await lab.settle(3 * WINDOW);
    await lab.run(Promise.all(early));
    for (const [index, client] of waiting.entries()) {
      if (index >= 10) expect(await lab.run(bind(client, `u${index}`, "reject-new"))).not.toBeInstanceOf(CallError);
    }
    await atRest(lab);
  });
});

describe("what is meant for a user", () => {
  it("goes to the connectors of the user's sessions, by way of the home, and to no other", async () => {
    const lab = await startFarLab({}, { servers: [...FIVE, "work-1"] });
    const clients = [
      await lab.enter("ann", "connector-1", { conflict: "allow" }),
      await lab.enter("ann", "connector-2", { conflict: "allow" }),
      await lab.enter("bob", "connector-3"),
    ];
    const heard = clients.map((client) => inbox(client.work.onText).messages);
    const { router, userHomeType } = lab.server("connector-1").core;
    const home = router.home(userHomeType, "ann")!.id;
    const packetsOf = () =>
      lab.of("connector").map(({ core, ...server }) => [core.id, countersOf(server).packetsIn] as const);
    const during = async (act: () => unknown) => {
      await lab.settle(500);
      const before = new Map(packetsOf());
      act();
      await lab.settle(500);
      return packetsOf()
        .filter(([id, count]) => count > before.get(id)!)
        .map(([id]) => id)
        .sort();
    };
    const concerned = [...new Set(["connector-1", "connector-2", home])].sort();
    expect(await during(() => lab.work().push.onText.toUser("ann", text("hello")))).toEqual(concerned);
    expect(heard.map(({ length }) => length)).toEqual([1, 1, 0]);
    expect(await during(() => lab.work().kickUser("ann"))).toEqual(expect.arrayContaining(concerned));
    expect(lab.bound().map((line) => line.split(" ")[0])).toEqual(["bob"]);
    await atRest(lab);
  });
});

function countersOf(server: object): { readonly packetsIn: number } {
  return (Reflect.get(server, "bus") as { counters: { packetsIn: number } }).counters;
}

describe("whatever users and servers do", () => {
  for (const seed of [11, 12, 13, 14, 1018, 1054, 1091]) {
    it(`a uid has one owner, and homes know what there is (seed ${seed})`, async () => {
      const lab = await startFarLab(
        {},
        { servers: ["connector-1", "connector-2", "connector-3", "work-1"], delay: [0, 40], seed },
      );
      const chance = (below: number) => lab.timing.random() % below;
      const clients: LabClient[] = [];
      let number = 3;
      for (let step = 0; step < 250; step++) {
        const connectors = lab.of("connector").map(({ core }) => core.id);
        const what = chance(100);
        if (what < 25 && clients.length < 60) {
          const open = lab.of("connector").filter(({ state }) => state === "ready");
          clients.push(await lab.connect(open[chance(open.length)]!.core.id));
        } else if (what < 75 && clients.length > 0) {
          const conflict = ["", "", "reject-new", "allow"][chance(4)]!;
          void bind(clients[chance(clients.length)]!, `u${chance(6)}`, conflict);
        } else if (what < 83 && clients.length > 0) {
          void outcome(clients[chance(clients.length)]!.connector.login.leave({}));
        } else if (what < 88 && clients.length > 0) {
          clients.splice(chance(clients.length), 1)[0]!.close();
        } else if (what < 91) {
          void outcome(lab.work().kickUser(`u${chance(6)}`));
        } else if (what < 93 && connectors.length < 6) {
          await lab.run(lab.start(`connector-${++number}`));
        } else if (what < 94 && connectors.length > 2) {
          lab.kill(connectors[chance(connectors.length - 1) + 1]!);
        } else if (what < 95 && connectors.length > 2) {
          void lab.server(connectors[chance(connectors.length - 1) + 1]!).drain();
        } else if (what < 97) {
          const [from, to] = [chance(connectors.length), chance(connectors.length)];
          if (from !== to) lab.hub.lose(connectors[from]!, connectors[to]!);
        }
        await lab.settle(chance(120));
        expect(boundTwice(lab)).toEqual([]);
      }
      await atRest(lab);
    });
  }
});
