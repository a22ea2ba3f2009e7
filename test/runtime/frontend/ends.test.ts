import { describe, expect, it } from "vitest";
import { LabClient } from "../lab/generated/client-typescript/index.js";
import { description } from "../lab/generated/client-typescript/routes.js";
import { Connection, type ConnectOptions } from "../lab/generated/client-typescript/runtime/index.js";
import { manifest } from "../lab/generated/server/index.js";
import { connectorOf, enter, outcome, startLab, text, workOf } from "../lab/lab.js";
import { controlId, failureOf, frameOf, kickOf, RawClient, welcomeOf } from "../lab/raw-client.js";

const sessionsOf = (lab: Awaited<ReturnType<typeof startLab>>, id = "connector-1") => lab.server(id).frontend!.sessions;

describe("Hello", () => {
  it("is answered by Welcome with what the client must know", async () => {
    const lab = await startLab({}, { limits: { inFlight: 5, frameBytes: 2_048 } });
    const client = await RawClient.connect(lab);
    await client.hello({}, 17);
    const [frame] = client.take();
    expect(frame).toMatchObject({ messageId: controlId("HELLO"), sequence: 17, error: null });
    const [session] = sessionsOf(lab);
    expect(welcomeOf(frame!)).toEqual({
      sessionId: session!.id,
      resumeToken: "",
      heartbeat: 10_000,
      timeout: 25_000,
      serverTime: BigInt(lab.timing.wallClock()),
      limits: { inFlight: 5, frameBytes: 2_048 },
      resumed: false,
      schemaHash: manifest.schemaHash,
      version: 3,
      understood: true,
    });
  });

  it("that does not come in time closes the connection, whatever else comes", async () => {
    const lab = await startLab({}, { limits: { helloTimeout: 3_000 } });
    const client = await RawClient.connect(lab);
    await lab.settle(2_500);
    await client.ask(1111, 1);
    expect(client.closed).toBeNull();
    await lab.settle(2_000);
    expect(client.closed).toEqual({ code: 4002, reason: "no Hello within 3000 ms" });
    expect(sessionsOf(lab).size).toBe(0);
  });

  it("of a client older than the oldest is refused for good", async () => {
    const lab = await startLab();
    const client = await RawClient.connect(lab);
    await client.hello({ version: 1 });
    expect(client.closed).toEqual({ code: 4503, reason: expect.stringContaining("update the client") });
    expect(client.take()).toEqual([]);
    const ofVersion = (version: number) => ({
      connect: (options: ConnectOptions) => Connection.open({ ...description, version }, options),
    });
    await expect(lab.connect(ofVersion(1))).rejects.toMatchObject({ name: "ConnectError", code: 4503 });
    expect((await lab.connect(ofVersion(2))).state.kind).toBe("open");
  });

  it("that does not decode is BAD_BODY", async () => {
    const lab = await startLab();
    const client = await RawClient.connect(lab);
    await client.say(frameOf({ messageId: controlId("HELLO"), sequence: 1 }, Uint8Array.of(0xff, 0xff)));
    expect(client.take()).toMatchObject([{ error: "BAD_BODY" }]);
    await client.hello({}, 2);
    expect(client.take()).toMatchObject([{ error: null }]);
  });
});

describe("silence", () => {
  it("ends a session after the heartbeat's timeout, and anything heard puts it off", async () => {
    const lab = await startLab();
    const client = await RawClient.open(lab);
    await lab.settle(20_000);
    await client.ask(1111, 2);
    await lab.settle(20_000);
    expect(client.closed).toBeNull();
    await lab.settle(7_000);
    expect(client.closed).toEqual({ code: 4001, reason: "nothing heard within 25000 ms" });
    expect(kickOf(client.take().at(-1)!)).toEqual({ code: 4001, reason: "nothing heard within 25000 ms" });
    expect(sessionsOf(lab).size).toBe(0);
  });

  it("does not come over a generated client, which keeps its heartbeat", async () => {
    const lab = await startLab();
    const ann = await enter(lab, "ann", { server: "connector-1" });
    await lab.settle(300_000);
    expect(ann.state.kind).toBe("open");
    expect(sessionsOf(lab).size).toBe(1);
  });

  it("of a network that is lost ends both sides, each by its own patience, and the client comes back", async () => {
    const lab = await startLab();
    const ann = await enter(lab, "ann", { server: "connector-1" });
    const states: string[] = [];
    ann.onState(({ kind }) => states.push(kind));
    const network = lab.networkOf(ann);
    network.freeze();
    await lab.settle(60_000);
    expect(states.slice(0, 3)).toEqual(["waiting", "connecting", "open"]);
    expect(network.opened).toBe(2);
    expect(sessionsOf(lab).size).toBe(1);
    // The new session is not bound: the server knows nothing of the one before.
    expect(await lab.run(outcome(ann.work.jobs.ask(text(""))))).toMatchObject({ name: "UNAUTHENTICATED" });
  });
});

describe("a kick", () => {
  it("says why, ends the session with its code, and the client does not come back", async () => {
    const lab = await startLab({
      own: () => ({
        async ask(request, { session }) {
          await session.kick("you said too much");
          return request;
        },
      }),
    });
    const ann = await enter(lab, "ann", { server: "connector-1" });
    const asked = await lab.run(outcome(ann.connector.own.ask(text(""))));
    expect(asked).toMatchObject({ name: "OUTCOME_UNKNOWN" });
    expect(ann.state).toEqual({ kind: "closed", code: 4501, reason: "you said too much" });
    await lab.settle(60_000);
    expect(sessionsOf(lab).size).toBe(0);
  });

  it("reaches the client as a frame before the close", async () => {
    const lab = await startLab({
      own: () => ({
        async ask(request, { session }) {
          await session.kick("bye");
          return request;
        },
      }),
    });
    const client = await RawClient.open(lab);
    await client.ask(1111, 2);
    expect(client.take().map((frame) => [frame.messageId, kickOf(frame)])).toEqual([
      [controlId("KICK"), { code: 4501, reason: "bye" }],
    ]);
    expect(client.closed).toEqual({ code: 4501, reason: "bye" });
  });

  it("of a user ends all sessions of the user, wherever they are, and nobody else's", async () => {
    const lab = await startLab();
    const ann1 = await enter(lab, "ann", { server: "connector-1", conflict: "allow" });
    const ann2 = await enter(lab, "ann", { server: "connector-2", conflict: "allow" });
    const bob = await enter(lab, "bob", { server: "connector-1" });
    await lab.run(workOf(lab).kickUser("ann", "enough"));
    await lab.settle();
    for (const ann of [ann1, ann2]) expect(ann.state).toEqual({ kind: "closed", code: 4501, reason: "enough" });
    expect(bob.state.kind).toBe("open");
    await lab.run(connectorOf(lab).kickUser("nobody"));
  });
});

describe("a full server", () => {
  it("refuses further clients, who come back when there is room", async () => {
    const lab = await startLab({}, { limits: { sessions: 1 } });
    const ann = await enter(lab, "ann", { server: "connector-1" });
    const raw = await RawClient.connect(lab);
    expect(raw.closed).toEqual({ code: 4004, reason: "this server holds at most 1 sessions" });
    const bob = lab.connect(LabClient, { uid: "bob", server: "connector-1", connectTimeout: 60_000 });
    await lab.settle(1_000);
    ann.close();
    expect((await lab.run(bob)).state.kind).toBe("open");
  });
});

describe("an end", () => {
  it("frees the slot: an old handle never reaches the client that uses it next", async () => {
    const kept: { kick(reason: string): Promise<void>; update(patch: object): Promise<void>; closed: boolean }[] = [];
    const lab = await startLab({
      own: () => ({
        ask(request, { session }) {
          kept.push(session);
          return request;
        },
      }),
      jobs: (server) => ({
        ask(request, { session }) {
          kept.push(session);
          return text(server.id, { key: request.text });
        },
      }),
    });
    const ann = await enter(lab, "ann", { server: "connector-1" });
    await lab.run(ann.connector.own.ask(text("")));
    await lab.run(ann.work.jobs.ask(text("")));
    const [before] = sessionsOf(lab);
    ann.close();
    await lab.settle();
    const bob = await enter(lab, "bob", { server: "connector-1" });
    await lab.run(bob.work.jobs.ask(text("")));
    const [after] = sessionsOf(lab);
    expect(after!.slot).toBe(before!.slot);
    expect(after!.id).not.toBe(before!.id);
    const [onConnector, onBackend] = kept;
    for (const old of [onConnector!, onBackend!]) {
      expect(old.closed).toBe(true);
      await lab.run(outcome(old.kick("wrong one")));
      expect(await lab.run(outcome(old.update({ level: 9 })))).toMatchObject({ name: "OUTCOME_UNKNOWN" });
    }
    const push = workOf(lab).push.onText;
    let heard = 0;
    bob.work.onText(() => heard++);
    push.toSession(onBackend as never, text("for ann"));
    await lab.settle();
    expect(heard).toBe(0);
    expect(bob.state.kind).toBe("open");
    expect(after!.data).toMatchObject({ level: 0 });
  });

  it("of the client's own is no error of anybody", async () => {
    const lab = await startLab();
    const ann = await enter(lab, "ann", { server: "connector-1" });
    ann.close();
    await lab.settle();
    expect(sessionsOf(lab).size).toBe(0);
    expect(lab.server("connector-1").core.counters).toMatchObject({ strikeOuts: 0, exceptions: 0, strayFrames: 0 });
  });

  it("by a failure of Hello's refusal leaves no answer behind", async () => {
    const lab = await startLab();
    const client = await RawClient.open(lab);
    await client.hello({}, 2);
    expect(failureOf(client.take()[0]!).message).toBe("Hello was said already");
  });
});
