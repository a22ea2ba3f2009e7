import { describe, expect, it } from "vitest";
import { hashText, rendezvous } from "../../../runtime/cluster/rendezvous.js";
import { ErrorCode } from "../../../wire/error-code.js";
import { Slab } from "../../../wire/slab.js";
import { SessionData, Text } from "../lab/generated/server/index.js";
import { text } from "../lab/lab.js";
import { directory, tables } from "./directory.js";

const session = (fields: Partial<SessionData> = {}, uid: string | null = null) => ({
  uid,
  data: { ...SessionData.create(), ...fields },
});

/** A directory with five servers of a type, and the rule of that type as a function of a session. */
function fiveOf(name: string) {
  const world = directory();
  const { index, entry } = world.type(name);
  for (let number = 1; number <= 5; number++) world.announce(`${name}-${number}`);
  const choose = (of: ReturnType<typeof session> | null) => world.router.choose(entry, index, of)?.id ?? null;
  return { ...world, index, choose };
}

describe("a rule of routing", () => {
  it("uid: the rendezvous winner of the uid", () => {
    const { choose, view, index, router } = fiveOf("work");
    for (const uid of ["ann", "bob", "天真"]) {
      expect(choose(session({}, uid))).toBe(rendezvous(hashText(uid), view.ready(index))!.id);
    }
    for (const unbound of [session(), session({}, ""), null]) {
      expect(choose(unbound)).toBeNull();
      expect(router.code).toBe(ErrorCode.NO_ROUTE_KEY);
    }
  });

  it("sessionData: sessions with the same value meet, and none does without one", () => {
    const { choose, router } = fiveOf("rooms");
    const rooms = Array.from({ length: 100 }, (_, number) => `room ${number}`);
    const homes = rooms.map((room) => choose(session({ room, level: 1 }, "ann")));
    expect(rooms.map((room) => choose(session({ room, level: 2 }, "bob")))).toEqual(homes);
    expect(new Set(homes).size).toBe(5);
    expect(choose(session({ room: "" }, "ann"))).toBeNull();
    expect(router.code).toBe(ErrorCode.NO_ROUTE_KEY);
    expect(choose(null)).toBeNull();
  });

  it("server: the server the session names, also while it drains, and no other", () => {
    const { choose, router, announce, leave } = fiveOf("pinned");
    expect(choose(session({ home: "pinned-4" }))).toBe("pinned-4");
    announce("pinned-4", { state: "draining" });
    expect(choose(session({ home: "pinned-4" }))).toBe("pinned-4");
    leave("pinned-4");
    expect(choose(session({ home: "pinned-4" }))).toBeNull();
    expect(router.code).toBe(ErrorCode.NO_SERVER);
    announce("work-1");
    for (const home of ["work-1", "constructor", "pinned-9"]) {
      expect(choose(session({ home }))).toBeNull();
      expect(router.code).toBe(ErrorCode.NO_SERVER);
    }
    expect(choose(session())).toBeNull();
    expect(router.code).toBe(ErrorCode.NO_ROUTE_KEY);
  });

  it("messageField: the winner of the field's bytes in the encoded message", () => {
    const { router, index, view } = fiveOf("keyed");
    const { scanKey } = tables.routes.find(({ handler }) => handler.route === "keyed.here.where")!.handler;
    const choose = (message: Text) => {
      const slab = new Slab();
      slab.length = 7;
      Text.encode(message, slab);
      return router.chooseByMessage(index, scanKey!, slab, 7, slab.length);
    };
    for (const key of ["a", "b", "c"]) {
      const winner = rendezvous(hashText(key), view.ready(index));
      expect(choose(text("one", { key, number: 1 }))).toBe(winner);
      expect(choose(text("", { key, payload: new Uint8Array(2000) }))).toBe(winner);
    }
    expect(choose(text("no key"))).toBeNull();
    expect(router.code).toBe(ErrorCode.NO_ROUTE_KEY);
  });

  it("roundRobin: one after the other", () => {
    const { choose } = fiveOf("turn");
    const turns = Array.from({ length: 10 }, () => choose(null));
    expect(new Set(turns.slice(0, 5)).size).toBe(5);
    expect(turns.slice(5)).toEqual(turns.slice(0, 5));
  });

  it("leastLoaded: by what was announced, and by what was given since", () => {
    const { choose, announce } = fiveOf("least");
    for (let number = 1; number <= 5; number++) announce(`least-${number}`, { load: 10 * number });
    expect(choose(null)).toBe("least-1");
    announce("least-3", { load: 2 });
    expect([choose(null), choose(null)]).toEqual(["least-3", "least-3"]);
    announce("least-5", { load: 5 });
    expect([choose(null), choose(null), choose(null)]).toEqual(["least-3", "least-3", "least-5"]);
  });

  it("finds nobody where nobody is ready", () => {
    const { router, type } = directory();
    const bound = session({ room: "lobby", home: "pinned-1" }, "ann");
    for (const name of ["work", "rooms", "pinned", "turn", "least"]) {
      const { entry, index } = type(name);
      expect(router.choose(entry, index, bound)).toBeNull();
      expect(router.code).toBe(ErrorCode.NO_SERVER);
    }
  });
});

describe("whoever names a server or a key", () => {
  it("reaches that server of that type", () => {
    const { router, index } = fiveOf("work");
    expect(router.byId("work-2", index)?.id).toBe("work-2");
    expect(router.byId("work-6", index)).toBeNull();
    expect(router.code).toBe(ErrorCode.NO_SERVER);
  });

  it("does not reach a server that is starting", () => {
    const { router, announce, index } = fiveOf("work");
    announce("work-9", { state: "starting" });
    expect(router.byId("work-9", index)).toBeNull();
  });

  it("reaches the key's winner", () => {
    const { router, index, view } = fiveOf("work");
    expect(router.chooseByKey(index, "k")).toBe(rendezvous(hashText("k"), view.ready(index)));
    expect(router.home(index, "k")).toBe(router.chooseByKey(index, "k"));
    expect(router.chooseByKey(index, "")).toBeNull();
    expect(router.code).toBe(ErrorCode.NO_ROUTE_KEY);
  });
});

describe("a route that began in a later version", () => {
  it("goes by every rule to servers that have it only", () => {
    const { manifest } = tables;
    for (const name of ["work", "rooms", "turn", "least"]) {
      const { router, announce, type } = directory();
      const { index, entry } = type(name);
      for (let number = 1; number <= 4; number++)
        announce(`${name}-${number}`, { version: manifest.version + (number % 2) });
      const chosen = (since: number) =>
        Array.from({ length: 60 }, (_, n) => router.choose(entry, index, session({ room: `${n}` }, `${n}`), since)?.id);
      expect(new Set(chosen(manifest.version)).size).toBe(4);
      expect(new Set(chosen(manifest.version + 1))).toEqual(new Set([`${name}-1`, `${name}-3`]));
      expect(chosen(manifest.version + 2)).toEqual(chosen(manifest.version + 2).fill(undefined));
      expect(router.code).toBe(ErrorCode.NO_SERVER);
      expect([router.byId(`${name}-2`, index, manifest.version + 1), router.chooseByKey(index, "a", 99)]).toEqual([
        null,
        null,
      ]);
      expect(router.byId(`${name}-1`, index, manifest.version + 1)?.id).toBe(`${name}-1`);
    }
  });
});
