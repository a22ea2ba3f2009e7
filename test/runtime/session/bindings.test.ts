import fc from "fast-check";
import type { BindOptions, Session } from "gatesmith/runtime";
import { inbox } from "gatesmith/testing";
import { describe, expect, it } from "vitest";
import { LabClient } from "../lab/generated/client-typescript/index.js";
import type { SessionData } from "../lab/generated/server/index.js";
import { crash, enter, type Lab, outcome, startLab, text, workOf } from "../lab/lab.js";

type LabSession = Session<SessionData>;

/** Sessions of a connector in the order in which they connected. */
const sessionsOf = (lab: Lab, id: string) => [...lab.server(id).frontend!.sessions] as unknown as LabSession[];

/** A connected client that is not bound, and its session. */
async function connect(lab: Lab, server: string) {
  const before = new Set(sessionsOf(lab, server));
  const client = await lab.connect(LabClient, { server });
  const session = sessionsOf(lab, server).find((one) => !before.has(one))!;
  return { client, session };
}

/** A uid whose home is this connector. */
function uidAt(lab: Lab, server: string): string {
  const { router, userHomeType } = lab.server("connector-1").core;
  for (let index = 0; ; index++) {
    if (router.home(userHomeType, `user ${index}`)?.id === server) return `user ${index}`;
  }
}

/** Lets promises move on, and nothing else. */
async function microtasks(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await null;
}

const HOMES = ["connector-1", "connector-2"];

describe.each(HOMES)("a bind whose home is %s", (home) => {
  it("kicks the session that has the uid, by default, on whatever connector it is", async () => {
    const lab = await startLab();
    const uid = uidAt(lab, home);
    const [one, two, three] = [
      await connect(lab, "connector-1"),
      await connect(lab, "connector-2"),
      await connect(lab, "connector-2"),
    ];
    await lab.run(one.session.bind(uid));
    expect(one.session.uid).toBe(uid);
    await lab.run(two.session.bind(uid));
    await lab.settle();
    expect([one.session.closed, two.session.uid]).toEqual([true, uid]);
    expect(one.client.state).toEqual({ kind: "closed", code: 4502, reason: "the same user came again" });
    await lab.run(three.session.bind(uid, { conflict: "kick-old" }));
    await lab.settle();
    expect([two.session.closed, three.session.uid]).toEqual([true, uid]);
  });

  it("is refused with reject-new, and disturbs nobody", async () => {
    const lab = await startLab();
    const uid = uidAt(lab, home);
    const [one, two] = [await connect(lab, "connector-1"), await connect(lab, "connector-2")];
    await lab.run(one.session.bind(uid));
    expect(await lab.run(outcome(two.session.bind(uid, { conflict: "reject-new" })))).toMatchObject({
      name: "FORBIDDEN",
      message: `uid ${uid} is bound to another session`,
    });
    expect([one.session.uid, one.session.closed, two.session.uid, two.session.closed]).toEqual([
      uid,
      false,
      null,
      false,
    ]);
    one.client.close();
    await lab.settle();
    await lab.run(two.session.bind(uid, { conflict: "reject-new" }));
    expect(two.session.uid).toBe(uid);
  });

  it("leaves both with allow", async () => {
    const lab = await startLab();
    const uid = uidAt(lab, home);
    const [one, two] = [await connect(lab, "connector-1"), await connect(lab, "connector-2")];
    await lab.run(one.session.bind(uid));
    await lab.run(two.session.bind(uid, { conflict: "allow" }));
    expect([one.session.uid, two.session.uid]).toEqual([uid, uid]);
    const heard = [inbox(one.client.work.onText).messages, inbox(two.client.work.onText).messages];
    workOf(lab).push.onText.toUser(uid, text("both"));
    await lab.settle();
    expect(heard.map((messages) => messages.length)).toEqual([1, 1]);
  });

  it("is taken back by unbind: of its own session, and of no other that has the uid", async () => {
    const lab = await startLab();
    const uid = uidAt(lab, home);
    const [one, two, three] = [
      await connect(lab, "connector-1"),
      await connect(lab, "connector-2"),
      await connect(lab, "connector-1"),
    ];
    await lab.run(one.session.bind(uid));
    await lab.run(two.session.bind(uid, { conflict: "allow" }));
    await lab.run(one.session.unbind());
    expect([one.session.uid, two.session.uid]).toEqual([null, uid]);
    await lab.run(one.session.unbind());
    const heard = inbox(two.client.work.onText).messages;
    workOf(lab).push.onText.toUser(uid, text("two"));
    await lab.settle();
    expect(heard).toHaveLength(1);
    expect(await lab.run(outcome(three.session.bind(uid, { conflict: "reject-new" })))).toMatchObject({
      name: "FORBIDDEN",
    });
    await lab.run(two.session.unbind());
    await lab.run(three.session.bind(uid, { conflict: "reject-new" }));
    expect(three.session.uid).toBe(uid);
  });

  it.each(["kick-old", "reject-new"] as const)(
    "gives the uid to one of two that ask at once, with %s",
    async (conflict) => {
      const lab = await startLab();
      const uid = uidAt(lab, home);
      const both = [await connect(lab, "connector-1"), await connect(lab, "connector-2")];
      const ends = await lab.run(Promise.all(both.map(({ session }) => outcome(session.bind(uid, { conflict })))));
      await lab.settle();
      const bound = both.filter(({ session }) => session.uid === uid && !session.closed);
      expect(bound).toHaveLength(1);
      const loser = both.find((one) => one !== bound[0])!;
      expect(loser.session.closed).toBe(conflict === "kick-old");
      expect(ends.filter((end) => end === undefined).length).toBeGreaterThanOrEqual(1);
      const heard = inbox(bound[0]!.client.work.onText).messages;
      workOf(lab).push.onText.toUser(uid, text("who?"));
      await lab.settle();
      expect(heard).toHaveLength(1);
    },
  );

  it("does not kick a session that has given the uid back meanwhile", async () => {
    const lab = await startLab();
    const uid = uidAt(lab, home);
    const [one, two] = [await connect(lab, "connector-1"), await connect(lab, "connector-2")];
    await lab.run(one.session.bind(uid));
    const bound = two.session.bind(uid);
    // The claim arrives, and the home sends its kick; what gives the uid back is on its way when that arrives.
    lab.timing.advance();
    await microtasks();
    const given = one.session.unbind();
    await lab.run(Promise.all([bound, given]));
    await lab.settle();
    expect([one.session.closed, two.session.uid]).toEqual([false, uid]);
  });

  it("outlives its home", async () => {
    const lab = await startLab({}, { servers: { connector: { count: 3 } } });
    const { router, userHomeType } = lab.server("connector-3").core;
    const uid = Array.from({ length: 1_000 }, (_, index) => `user ${index}`).find(
      (one) => router.home(userHomeType, one)?.id === home,
    )!;
    const [one, two] = [await connect(lab, "connector-3"), await connect(lab, "connector-3")];
    await lab.run(one.session.bind(uid));
    await lab.run(lab.server(home).stop());
    await lab.settle();
    expect(await lab.run(outcome(two.session.bind(uid, { conflict: "reject-new" })))).toMatchObject({
      name: "FORBIDDEN",
    });
    await lab.run(two.session.bind(uid));
    await lab.settle();
    expect([one.session.closed, two.session.uid]).toEqual([true, uid]);
  });
});

describe("a session", () => {
  it("has one uid at a time, and the same again is no change", async () => {
    const lab = await startLab();
    const { session } = await connect(lab, "connector-1");
    await lab.run(session.bind("ann"));
    await lab.run(session.bind("ann"));
    expect(await lab.run(outcome(session.bind("bob")))).toMatchObject({
      name: "FORBIDDEN",
      message: `session ${session.id} is bound to ann; unbind it first`,
    });
    await lab.run(session.unbind());
    await lab.run(session.bind("bob"));
    expect(session.uid).toBe("bob");
  });

  it("is bound by one at a time", async () => {
    const lab = await startLab();
    const { session } = await connect(lab, "connector-1");
    const [first, second] = await lab.run(Promise.all([session.bind("ann"), outcome(session.bind("bob"))]));
    expect(first).toBeUndefined();
    expect(second).toMatchObject({ name: "FORBIDDEN" });
    expect(session.uid).toBe("ann");
  });

  it.each(["", "x".repeat(257), 7, null])("is not bound to %j", async (uid) => {
    const lab = await startLab();
    const { session } = await connect(lab, "connector-1");
    expect(await lab.run(outcome(session.bind(uid as string)))).toMatchObject({ name: "INTERNAL" });
    expect(session.uid).toBeNull();
  });

  it("that is over takes no uid, and takes none away", async () => {
    const lab = await startLab();
    const [one, two] = [await connect(lab, "connector-1"), await connect(lab, "connector-2")];
    await lab.run(two.session.bind("ann"));
    one.client.close();
    await lab.settle();
    expect(await lab.run(outcome(one.session.bind("ann")))).toMatchObject({ name: "OUTCOME_UNKNOWN" });
    await lab.settle();
    expect([two.session.uid, two.session.closed]).toEqual(["ann", false]);
  });

  it("that ends while it is being bound leaves nothing at the uid's home", async () => {
    const lab = await startLab();
    const [one, two] = [await connect(lab, "connector-1"), await connect(lab, "connector-2")];
    const binding = outcome(one.session.bind("ann"));
    lab.networkOf(one.client).cut();
    expect(await lab.run(binding)).toMatchObject({ name: "OUTCOME_UNKNOWN" });
    await lab.settle();
    await lab.run(two.session.bind("ann", { conflict: "reject-new" }));
    expect(two.session.uid).toBe("ann");
  });

  it("carries its uid as a number where the internal header has room for one", async () => {
    const lab = await startLab();
    const { session } = await connect(lab, "connector-1");
    const numbers: [string, bigint][] = [
      ["17", 17n],
      ["18446744073709551615", 18446744073709551615n],
      ["18446744073709551616", 0n],
      ["ann", 0n],
      ["-1", 0n],
    ];
    for (const [uid, expected] of numbers) {
      await lab.run(session.bind(uid));
      const { userIdHigh, userIdLow } = session as unknown as { userIdHigh: number; userIdLow: number };
      expect((BigInt(userIdHigh) << 32n) | BigInt(userIdLow)).toBe(expected);
      await lab.run(session.unbind());
    }
  });
});

describe("a bind that kicks", () => {
  it("is done when the backends that the old session used have heard of its end", async () => {
    const seen: string[] = [];
    const lab = await startLab({
      jobs: () => ({ onSessionClosed: (session) => void seen.push(`${session.uid} closed`) }),
    });
    const old = await enter(lab, "ann", { server: "connector-1" });
    await lab.run(old.work.jobs.ask(text("")));
    const next = await connect(lab, "connector-2");
    const bound = next.session.bind("ann").then(() => seen.push("bound"));
    await lab.run(bound);
    expect(seen).toEqual(["ann closed", "bound"]);
  });

  it("is done, too, when the old session's connector goes at that moment", async () => {
    const lab = await startLab({}, { servers: { connector: { count: 3 } } });
    const uid = uidAt(lab, "connector-3");
    const [one, two] = [await connect(lab, "connector-1"), await connect(lab, "connector-2")];
    await lab.run(one.session.bind(uid));
    const bound = two.session.bind(uid);
    lab.timing.advance();
    await microtasks();
    crash(lab, "connector-1");
    await lab.run(bound);
    expect(two.session.uid).toBe(uid);
  });
});

describe("however sessions come, bind, unbind and go", () => {
  it("a uid has one session at most, and nothing is left of the others", async () => {
    const conflict = fc.constantFrom<BindOptions["conflict"]>("kick-old", "reject-new");
    const action = fc.oneof(
      fc.record({ do: fc.constant("bind" as const), who: fc.nat(5), uid: fc.nat(1), conflict }),
      fc.record({ do: fc.constantFrom("unbind" as const, "cut" as const, "wait" as const), who: fc.nat(5) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 30 }), async (actions) => {
        const lab = await startLab();
        const all = [];
        for (let index = 0; index < 6; index++) all.push(await connect(lab, HOMES[index % 2]!));
        for (const one of actions) {
          const { session, client } = all[one.who]!;
          if (one.do === "bind") void outcome(session.bind(`user ${one.uid}`, { conflict: one.conflict }));
          else if (one.do === "unbind") void outcome(session.unbind());
          else if (one.do === "cut") lab.networkOf(client).cut();
          else await lab.settle(1);
        }
        await lab.settle(100);
        for (const uid of ["user 0", "user 1"]) {
          const owners = all.filter(({ session }) => session.uid === uid && !session.closed);
          expect(owners.length).toBeLessThanOrEqual(1);
          const heard = all.map(({ client }) => inbox(client.work.onText).messages);
          workOf(lab).push.onText.toUser(uid, text(""));
          await lab.settle();
          expect(heard.map((messages) => messages.length)).toEqual(all.map((one) => (owners.includes(one) ? 1 : 0)));
          if (owners.length > 0) continue;
          const late = await connect(lab, "connector-1");
          await lab.run(late.session.bind(uid, { conflict: "reject-new" }));
        }
        await lab.stop();
      }),
      { numRuns: 40 },
    );
  });
});
