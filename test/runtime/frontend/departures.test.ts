/** How a draining frontend's clients leave it: asked in batches, or closed when nothing of theirs is in flight; on virtual time. */
import { describe, expect, it } from "vitest";
import { GoAway } from "../../../wire/control.js";
import { LabClient } from "../lab/generated/client-typescript/index.js";
import { manifest } from "../lab/generated/server/index.js";
import { enter, gateway, type Lab, type LabOptions, outcome, startLab, text } from "../lab/lab.js";
import { controlId, decoded, RawClient, textOf } from "../lab/raw-client.js";

const sessionsOf = (lab: Lab, id = "connector-1") => lab.server(id).frontend!.sessions;

/** Connects clients that say nothing of themselves. */
const crowd = (lab: Lab, size: number) =>
  Promise.all(Array.from({ length: size }, () => RawClient.open(lab, "connector-1")));

const movesOf = (client: RawClient) =>
  client.frames.filter(({ messageId }) => messageId === controlId("GO_AWAY")).map(({ body }) => decoded(GoAway, body));

/** A client's requests for `connector.own.ask` wait until the test says so. */
function slow() {
  const answer = gateway();
  const own = () => ({
    async ask({ text: said }: { readonly text: string }) {
      if (said === "slow") await answer.promise;
      return text(said);
    },
  });
  return { parts: { own }, answer: () => answer.open() };
}

describe("clients of a draining connector", () => {
  it("are asked to move in batches, once each, at some time before the next batch", async () => {
    const lab = await startLab({}, { limits: { drainBatch: 10, drainInterval: 1_000 } });
    const clients = await crowd(lab, 25);
    void lab.server("connector-1").drain();
    const asked: number[] = [];
    for (let second = 0; second < 5; second++) {
      await lab.settle(10);
      asked.push(clients.filter((client) => movesOf(client).length > 0).length);
      await lab.settle(990);
    }
    expect(asked).toEqual([10, 20, 25, 25, 25]);
    const moves = clients.flatMap(movesOf);
    expect(moves).toHaveLength(25);
    for (const move of moves) {
      expect(move).toMatchObject({ reason: "the server is leaving", connector: "" });
      expect(move.after).toBeLessThan(1_000);
    }
    expect(new Set(moves.map(({ after }) => after)).size).toBeGreaterThan(10);
  });

  it("are asked in larger batches when the others would take half of the time", async () => {
    const lab = await startLab({}, { limits: { drainBatch: 1, drainInterval: 1_000, drainTimeout: 8_000 } });
    const clients = await crowd(lab, 40);
    void lab.server("connector-1").drain();
    const asked: number[] = [];
    for (let second = 0; second < 4; second++) {
      await lab.settle(10);
      asked.push(clients.filter((client) => movesOf(client).length > 0).length);
      await lab.settle(990);
    }
    expect(asked).toEqual([10, 20, 30, 40]);
  });

  it("that do not go are served until the time is over, and then closed to come back", async () => {
    const lab = await startLab({}, { limits: { drainTimeout: 5_000 } });
    const [client] = await crowd(lab, 1);
    const drained = lab.drain("connector-1");
    await lab.settle(4_000);
    client!.take();
    await client!.ask(1111, 2, { text: "still here" });
    expect(client!.take().map(textOf)).toMatchObject([{ text: "still here" }]);
    await lab.run(drained);
    await lab.settle();
    expect(client!.closed).toEqual({ code: 4000, reason: "the server is stopping" });
  });

  it("move by themselves, log in again, and lose no request: neither one in flight nor one made meanwhile", async () => {
    const { parts, answer } = slow();
    const lab = await startLab(parts, { limits: { drainInterval: 100 } });
    const login = (client: LabClient) => client.connector.login.enter({ uid: "ann", room: "", home: "", conflict: "" });
    const ann = await lab.connect(LabClient, { uid: "ann", login });
    const states: string[] = [];
    ann.onState(({ kind }) => states.push(kind));
    await lab.settle(20_000);
    const before = lab.servers.find(
      ({ frontend, core }) => core.type.name === "connector" && frontend!.sessions.size > 0,
    )!;
    const after = before.core.id === "connector-1" ? "connector-2" : "connector-1";
    const inFlight = outcome(ann.connector.own.ask(text("slow")));
    await lab.settle();
    const drained = lab.drain(before.core.id);
    await lab.settle(200);
    const meanwhile = Array.from({ length: 20 }, (_, index) => outcome(ann.work.jobs.ask(text(`${index}`))));
    await lab.settle(200);
    expect(sessionsOf(lab, before.core.id).size).toBe(1);
    answer();
    expect(await lab.run(inFlight)).toMatchObject({ text: "slow" });
    expect(await lab.run(Promise.all(meanwhile))).toMatchObject(meanwhile.map((_, index) => ({ text: `${index}` })));
    await lab.run(drained);
    expect(states).toEqual(["connecting", "open"]);
    expect(sessionsOf(lab, after).size).toBe(1);
    expect([...sessionsOf(lab, after)].map(({ uid }) => uid)).toEqual(["ann"]);
  });

  it("that connect once everybody knows are turned away to come back, and asked to move before", async () => {
    const lab = await startLab({}, { limits: { drainTimeout: 10_000 } });
    const [stays] = await crowd(lab, 1);
    void lab.server("connector-1").drain();
    const early = await RawClient.open(lab, "connector-1");
    await lab.settle(1_000);
    const late = await RawClient.connect(lab, "connector-1");
    expect(late.closed).toEqual({ code: 4000, reason: "the server is leaving" });
    expect([stays!, early].map(({ closed }) => closed)).toEqual([null, null]);
    expect(movesOf(stays!)).toHaveLength(1);
  });

  it("keep their users, whose home is another connector at once, and give them back", async () => {
    const lab = await startLab({}, { limits: { drainTimeout: 20_000 } });
    const { router, userHomeType } = lab.server("work-1").core;
    const uids = Array.from({ length: 20 }, (_, index) => `user ${index}`);
    const clients = await Promise.all(uids.map((uid) => enter(lab, uid, { server: "connector-2" })));
    const homes = () => new Set(uids.map((uid) => router.home(userHomeType, uid)!.id));
    expect(homes()).toEqual(new Set(["connector-1", "connector-2"]));
    void lab.server("connector-1").drain();
    await lab.settle(500);
    expect(homes()).toEqual(new Set(["connector-2"]));
    const again = await enter(lab, uids[0]!, { server: "connector-2" });
    await lab.settle();
    expect(clients[0]!.state).toMatchObject({ kind: "closed", code: 4502 });
    expect(again.state.kind).toBe("open");
  });
});

describe("clients that know no GoAway", () => {
  const [main] = manifest.protocols;
  const foreign: LabOptions["manifest"] = {
    protocols: [{ ...main!, control: { kind: "foreign", heartbeat: null, kick: null, login: null, timeout: 0 } }],
  };

  it("are closed when nothing of theirs is in flight, in batches", async () => {
    const { parts, answer } = slow();
    const lab = await startLab(parts, { manifest: foreign, limits: { drainBatch: 3, drainInterval: 300 } });
    const clients = await Promise.all(Array.from({ length: 5 }, () => RawClient.connect(lab, "connector-1")));
    await clients[0]!.ask(1111, 1, { text: "slow" });
    const drained = lab.drain("connector-1");
    await lab.settle(200);
    const closed = () => clients.map((client) => client.closed?.code ?? 0);
    expect(closed()).toEqual([0, 4000, 4000, 0, 0]);
    await lab.settle(300);
    expect(closed()).toEqual([0, 4000, 4000, 4000, 4000]);
    answer();
    await lab.run(drained);
    expect(clients[0]!.take().map(textOf)).toMatchObject([{ text: "slow" }]);
    expect(clients[0]!.closed).toEqual({ code: 4000, reason: "the server is leaving" });
  });
});
