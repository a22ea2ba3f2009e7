import { hostname } from "node:os";
import { inbox } from "gatesmith/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { Broadcast, Reach, ServerStatus, SessionKick } from "../../../runtime/bus/cluster-messages.js";
import { Operation } from "../../../runtime/bus/envelope.js";
import type { LocalHub } from "../../../runtime/bus/local-bus.js";
import { SUPERVISOR } from "../../../runtime/cluster/peer.js";
import { Administrator } from "../../../runtime/operate/administrator.js";
import { NO_SESSION } from "../../../runtime/session/session-reference.js";
import { Slab } from "../../../wire/slab.js";
import { manifest, Text } from "../lab/generated/server/index.js";
import { connectorOf, enter, gateway, type Lab, outcome, startLab, text, workOf } from "../lab/lab.js";
import { memoryLog } from "../lab/memory-log.js";

/** An administrator of a cluster in memory. */
async function administer(lab: Lab, as?: typeof SUPERVISOR): Promise<Administrator> {
  const bus = Reflect.get(lab.server("work-1"), "bus") as object;
  const hub = Reflect.get(bus, "hub") as LocalHub;
  const administrator = new Administrator({ as, timing: lab.timing });
  administrator.attach(hub.join(administrator.self, administrator));
  onTestFinished(async () => {
    await lab.run(administrator.close());
    await lab.settle();
  });
  await lab.settle();
  return administrator;
}

const serverOf = (administrator: Administrator, id: string) => administrator.servers.find((one) => one.id === id)!;

function encoded(message: Text): Uint8Array {
  const slab = new Slab();
  Text.encode(message, slab);
  return slab.bytes.slice(0, slab.length);
}

describe("an administrator", () => {
  it("meets every server, and is told how each is", async () => {
    const lab = await startLab();
    const ann = await enter(lab, "ann", { server: "connector-2" });
    for (let count = 0; count < 3; count++) await lab.run(ann.work.jobs.ask(text("?")));
    const administrator = await administer(lab);
    const ids = lab.servers.map(({ core }) => core.id).sort();
    expect(administrator.servers.map(({ id }) => id)).toEqual(ids);
    await lab.settle(2_000);
    const statusOf = (id: string) =>
      lab.run(administrator.ask(serverOf(administrator, id), Operation.STATUS, null, ServerStatus, "status"));
    const status = await statusOf("connector-2");
    expect(status).toMatchObject({
      id: "connector-2",
      type: "connector",
      pid: process.pid,
      host: hostname(),
      state: 1,
      sessions: 1,
      running: 0,
      schemaHash: manifest.schemaHash,
      version: 3,
      uptime: lab.timing.now(),
    });
    expect([...status.servers].sort()).toEqual(ids);
    expect(status.memory).toBeGreaterThan(1_000_000);
    // Entering and three more, within the few samples that there are.
    expect((status.requestsPerSecond * lab.timing.now()) / 1_000).toBeCloseTo(4);
    expect(await statusOf("work-1")).toMatchObject({ id: "work-1", type: "work", sessions: 0 });
    lab.server("work-1").drain();
    expect(await statusOf("work-1")).toMatchObject({ state: 2, running: 0 });
  });

  it("pushes to every session of a connector", async () => {
    const lab = await startLab();
    const clients = [
      await enter(lab, "ann", { server: "connector-1" }),
      await enter(lab, "", { server: "connector-1" }),
      await enter(lab, "bob", { server: "connector-2" }),
    ];
    const heard = clients.map((client) => inbox(client.work.onText).messages);
    const administrator = await administer(lab);
    const push = (id: string, message: Broadcast) =>
      administrator.ask(
        serverOf(administrator, id),
        Operation.BROADCAST,
        { codec: Broadcast, message },
        Reach,
        "broadcast",
      );
    const message = { route: "work.onText", body: encoded(text("hear, hear")) };
    expect(await lab.run(push("connector-1", message))).toEqual({ sessions: 2 });
    await lab.settle();
    expect(heard.map((lines) => lines.map((line) => line.text))).toEqual([["hear, hear"], ["hear, hear"], []]);
    const refused = (id: string, wrong: Partial<Broadcast>) => lab.run(outcome(push(id, { ...message, ...wrong })));
    expect(await refused("connector-1", { route: "work.onTxt" })).toMatchObject({
      name: "UNKNOWN_MESSAGE",
      message: "connector-1 has no push work.onTxt; its schema is version 3",
    });
    expect(await refused("connector-1", { body: Uint8Array.of(0xff, 0xff) })).toMatchObject({ name: "BAD_BODY" });
    expect(await refused("work-1", {})).toMatchObject({ name: "FORBIDDEN", message: "work-1 has no clients" });
    await lab.settle();
    expect(heard.map((lines) => lines.length)).toEqual([1, 1, 0]);
  });

  it("ends a user's sessions wherever they are, by any server, and hears how many there were", async () => {
    const lab = await startLab();
    const ann1 = await enter(lab, "ann", { server: "connector-1", conflict: "allow" });
    const ann2 = await enter(lab, "ann", { server: "connector-2", conflict: "allow" });
    const bob = await enter(lab, "bob", { server: "connector-1" });
    const administrator = await administer(lab);
    const kick = (uid: string) => {
      const request = { codec: SessionKick, message: { uid, code: 0, reason: "enough" } };
      const server = serverOf(administrator, "work-1");
      return lab.run(administrator.ask(server, Operation.KICK_EVERYWHERE, request, Reach, "kick"));
    };
    expect(await kick("ann")).toEqual({ sessions: 2 });
    await lab.settle();
    for (const ann of [ann1, ann2]) expect(ann.state).toEqual({ kind: "closed", code: 4501, reason: "enough" });
    expect(bob.state.kind).toBe("open");
    expect(await kick("nobody")).toEqual({ sessions: 0 });
  });

  it("cannot end a server that shares its process with others", async () => {
    const lab = await startLab();
    const administrator = await administer(lab);
    for (const operation of [Operation.DRAIN, Operation.STOP]) {
      const asked = administrator.ask(serverOf(administrator, "work-1"), operation, null, null, "end");
      expect(await lab.run(outcome(asked))).toMatchObject({
        name: "FORBIDDEN",
        message: "work-1 shares its process with other servers, and ends with them",
      });
    }
  });

  it("comes and goes unnoticed, with requests under way", async () => {
    const { log, lines } = memoryLog();
    const answer = gateway();
    const lab = await startLab({ jobs: () => ({ ask: (request) => answer.promise.then(() => request) }) }, { log });
    const ann = await enter(lab, "ann", { server: "connector-1" });
    const asked = ann.work.jobs.ask(text("still there?"));
    await lab.settle();
    const picture = () =>
      lab.servers.map(({ core: { view, counters } }) => ({
        version: view.version,
        all: [...view.all()].map(({ id }) => id),
        stray: counters.strayFrames,
      }));
    const [before, said] = [picture(), lines.length];
    let changes = 0;
    for (const { core } of lab.servers) core.view.onChange(() => changes++);
    const administrator = await administer(lab);
    const from = lab.server("work-1").core.view.peer(administrator.self.incarnation)!;
    expect(from).toMatchObject({ administrates: true, typeIndex: -1, alive: true });
    const request = administrator.ask(serverOf(administrator, "work-1"), Operation.STATUS, null, ServerStatus, "?");
    expect(await lab.run(request)).toMatchObject({ id: "work-1", running: 1 });
    expect(
      connectorOf(lab)
        .servers()
        .map(({ id }) => id),
    ).not.toContain(administrator.self.id);
    await lab.run(administrator.close());
    await lab.settle();
    expect(from.alive).toBe(false);
    expect(lab.server("work-1").core.view.peer(administrator.self.incarnation)).toBeUndefined();
    expect(picture()).toEqual(before);
    expect(lines.slice(said)).toEqual([]);
    expect(changes).toBe(0);
    answer.open();
    expect(await lab.run(asked)).toMatchObject({ text: "still there?" });
  });

  it("alone may administer: what another server asks is taken for a mistake, as is its own part in the work", async () => {
    const lab = await startLab();
    const { core } = lab.server("connector-1");
    const work = core.view.named("work-1")!;
    const { counters } = lab.server("work-1").core;
    const asked = core.operations.ask(work, Operation.STATUS, NO_SESSION, null, ServerStatus, "status");
    expect(await lab.run(outcome(asked))).toMatchObject({ name: "TIMEOUT" });
    expect(counters.strayFrames).toBe(1);
    const administrator = await administer(lab);
    const request = { codec: SessionKick, message: { uid: "ann", code: 4000, reason: "" } };
    const server = serverOf(administrator, "work-1");
    const wrong = administrator.ask(server, Operation.KICK_USER, request, null, "kick");
    expect(await lab.run(outcome(wrong))).toMatchObject({ name: "TIMEOUT" });
    expect(counters.strayFrames).toBe(2);
  });

  it("finds supervisors, which answer it and no server", async () => {
    const lab = await startLab();
    const supervisor = await administer(lab, SUPERVISOR);
    supervisor.serve(Operation.STOP, () => ({ codec: Reach, message: { sessions: 7 } }));
    const administrator = await administer(lab);
    expect(administrator.supervisors.map(({ id }) => id)).toEqual([supervisor.self.id]);
    expect(supervisor.servers.map(({ id }) => id)).toEqual(administrator.servers.map(({ id }) => id));
    const work = serverOf(administrator, "work-1");
    const { supervisors } = await lab.run(administrator.ask(work, Operation.STATUS, null, ServerStatus, "status"));
    expect(supervisors).toEqual([supervisor.self.id]);
    const [peer] = administrator.supervisors;
    expect(await lab.run(administrator.ask(peer!, Operation.STOP, null, Reach, "stop"))).toEqual({ sessions: 7 });
    const gone = administrator.change();
    await lab.run(supervisor.close());
    await lab.run(gone);
    expect(administrator.supervisors).toEqual([]);
    expect(workOf(lab).servers().length).toBe(lab.servers.length);
  });
});
