import { describe, expect, it } from "vitest";
import { ConnectError, Connection } from "../../client/index.js";
import { VirtualTiming } from "../../testing/virtual-timing.js";
import { CloseCode } from "../../wire/close-code.js";
import { Kick, Ping, Pong } from "../../wire/control.js";
import { ControlOffset } from "../../wire/control-id.js";
import { ErrorCode } from "../../wire/error-code.js";
import type { Timing } from "../../wire/timing.js";
import { CONTROL_ID, description, onChat, say } from "./article-protocol.js";
import { encodeFrame, failureFrame } from "./frames.js";
import { connected, line, outcomeOf, ScriptedServer } from "./scripted-server.js";

describe("the handshake", () => {
  it("says Hello first, with sequence 1, the schema's hash and version, and the ticket", async () => {
    const { socket, timing } = await connected({ ticket: "let-me-in" });
    expect(socket.frames).toHaveLength(1);
    const [frame] = socket.frames;
    expect(frame).toMatchObject({ messageId: CONTROL_ID, sequence: 1, serverType: 0, wallClock: timing.wallClock() });
    expect(socket.hello()).toMatchObject({ schemaHash: "0123456789abcdef", version: 3, ticket: "let-me-in" });
    expect(socket.hello().client).toMatch(/^gatesmith typescript client/);
  });

  it("opens with Welcome, and not before", async () => {
    const server = new ScriptedServer();
    server.behaviour = "open";
    const opening = outcomeOf(
      Connection.open(description, { url: "ws://c/", dial: server.dial, timing: server.timing }),
    );
    await server.timing.settle(50);
    expect(opening.settled).toBe(false);
    server.last.welcome({ sessionId: "s-9" });
    await server.timing.settle();
    expect(opening.value?.state).toEqual({ kind: "open", url: "ws://c/", sessionId: "s-9", resumed: false });
  });

  it("gives up an attempt that is not welcomed in time, and makes another", async () => {
    const server = new ScriptedServer();
    server.behaviour = "open";
    const options = { url: "ws://c/", dial: server.dial, timing: server.timing, handshakeTimeout: 500 };
    const opening = outcomeOf(Connection.open(description, options));
    await server.timing.settle(500);
    expect(server.sockets[0]!.closed).toEqual({ code: 1000, reason: "" });
    server.behaviour = "welcome";
    await server.timing.settle(1000);
    expect(server.sockets).toHaveLength(2);
    expect(opening.value?.state.kind).toBe("open");
  });

  it("rejects when nothing came of connectTimeout, with the last reason", async () => {
    const server = new ScriptedServer();
    server.behaviour = "refuse";
    const options = { url: "ws://c/", dial: server.dial, timing: server.timing, connectTimeout: 5000 };
    const opening = outcomeOf(Connection.open(description, options));
    await server.timing.settle(5000);
    expect(opening.error).toBeInstanceOf(ConnectError);
    expect(opening.error).toMatchObject({
      code: 1006,
      message: "cannot connect to test: ws://c/ did not open (code 1006)",
    });
    expect(server.sockets.length).toBeGreaterThan(2);
    expect(server.timing.pendingTimers).toBe(0);
  });

  it("makes one attempt when connectTimeout is 0", async () => {
    const server = new ScriptedServer();
    server.behaviour = "refuse";
    const options = { url: "ws://c/", dial: server.dial, timing: server.timing, connectTimeout: 0 };
    const opening = outcomeOf(Connection.open(description, options));
    await server.timing.settle(60_000);
    expect(opening.error).toBeInstanceOf(ConnectError);
    expect(server.sockets).toHaveLength(1);
  });

  it("tells why the server refused Hello, and does not come back when the close code says so", async () => {
    const server = new ScriptedServer();
    server.behaviour = "open";
    const opening = outcomeOf(
      Connection.open(description, { url: "ws://c/", dial: server.dial, timing: server.timing }),
    );
    await server.timing.settle();
    const message = "this client's schema 3 is older than 5";
    server.last.message(failureFrame(description, CONTROL_ID, 1, ErrorCode.FORBIDDEN, { message }));
    server.last.drop(CloseCode.INCOMPATIBLE);
    await server.timing.settle(60_000);
    expect(opening.error).toMatchObject({ code: CloseCode.INCOMPATIBLE });
    expect(opening.error?.message).toContain(message);
    expect(server.sockets).toHaveLength(1);
    expect(server.timing.pendingTimers).toBe(0);
  });

  it.each([
    ["understands the client's schema", { understood: true, schemaHash: "ffffffffffffffff", version: 4 }],
    ["has a schema that the client understands", { schemaHash: "00000000000000aa", version: 2 }],
    ["has the client's own schema", { schemaHash: "0123456789abcdef", version: 3 }],
    ["does not say what it has", {}],
  ])("opens when the server %s", async (_, fields) => {
    const server = new ScriptedServer();
    server.behaviour = "open";
    const opening = outcomeOf(
      Connection.open(description, { url: "ws://c/", dial: server.dial, timing: server.timing }),
    );
    await server.timing.settle();
    server.last.welcome(fields);
    await server.timing.settle();
    expect(opening.value?.state.kind).toBe("open");
  });

  it("ends for good when neither side understands the other's schema", async () => {
    const server = new ScriptedServer();
    server.behaviour = "open";
    const opening = outcomeOf(
      Connection.open(description, { url: "ws://c/", dial: server.dial, timing: server.timing }),
    );
    await server.timing.settle();
    server.last.welcome({ schemaHash: "ffffffffffffffff", version: 2 });
    await server.timing.settle(60_000);
    expect(opening.error).toBeInstanceOf(ConnectError);
    expect(opening.error).toMatchObject({
      code: CloseCode.INCOMPATIBLE,
      message:
        "cannot connect to test: test, schema 0123456789abcdef of version 3, is not compatible with the server's, ffffffffffffffff of version 2",
    });
    expect(server.last.closed?.code).toBe(CloseCode.INCOMPATIBLE);
    expect(server.sockets).toHaveLength(1);
    expect(server.timing.pendingTimers).toBe(0);
  });

  it("ends for good when a server that came back has another schema", async () => {
    const { connection, socket, server, timing } = await connected();
    const states: string[] = [];
    connection.onState((state) => states.push(state.kind));
    server.behaviour = "open";
    socket.drop(1006);
    await timing.settle(5_000);
    server.last.welcome({ schemaHash: "ffffffffffffffff", version: 4 });
    await timing.settle(60_000);
    expect(states).toEqual(["waiting", "connecting", "closed"]);
    expect(connection.state).toMatchObject({ kind: "closed", code: CloseCode.INCOMPATIBLE });
    expect(server.sockets).toHaveLength(2);
  });

  it("can be called off while it is going on", async () => {
    const server = new ScriptedServer();
    server.behaviour = "open";
    const controller = new AbortController();
    const options = { url: "ws://c/", dial: server.dial, timing: server.timing, signal: controller.signal };
    const opening = outcomeOf(Connection.open(description, options));
    await server.timing.settle();
    controller.abort();
    await server.timing.settle(60_000);
    expect(opening.error?.message).toBe("cannot connect to test: closed by the client");
    expect(server.last.closed).toEqual({ code: 1000, reason: "" });
    expect(server.sockets).toHaveLength(1);
    expect(server.timing.pendingTimers).toBe(0);
    const late = Connection.open(description, { ...options, dial: () => expect.unreachable() });
    await expect(late).rejects.toThrow("closed by the client");
  });
});

describe("the heartbeat", () => {
  it("says Ping at every interval of Welcome, with sequence 0 and what has arrived", async () => {
    const { socket, timing, connection } = await connected();
    const request = connection.request(say, { text: "a" });
    await timing.settle();
    socket.answer(socket.of(say)[0]!, "b");
    await request;
    void connection.request(say, { text: "never answered" }, { timeout: 15_000 }).catch(() => {});
    socket.push(onChat.messageId, "x", 7);
    socket.push(onChat.messageId, "y", 0);
    await timing.settle(10_000);
    const [ping] = socket.controls(ControlOffset.PING);
    expect(ping!.sequence).toBe(0);
    expect(ping!.decode(Ping)).toEqual({ ackedSequence: 2, ackedPush: 7 });
    socket.control(ControlOffset.PING, Pong, Pong.create());
    await timing.settle(10_000);
    expect(socket.controls(ControlOffset.PING)).toHaveLength(2);
    expect(socket.controls(ControlOffset.PING)[1]!.decode(Ping)).toEqual({ ackedSequence: 3, ackedPush: 7 });
  });

  it("drops a server that is silent for its timeout, to the millisecond", async () => {
    const { socket, timing, states } = await connected();
    await timing.settle(4_000);
    socket.push(onChat.messageId, "a sign of life");
    await timing.settle(24_999);
    expect(socket.closed).toBeNull();
    await timing.settle(1);
    expect(socket.closed?.code).toBe(CloseCode.HEARTBEAT_TIMEOUT);
    expect(states[0]).toMatchObject({ kind: "waiting", code: null, reason: "the server was silent for 25000 ms" });
  });

  it("reads what has arrived before it judges, after the machine slept", async () => {
    const virtual = new VirtualTiming();
    const arrived: (() => void)[] = [];
    // What the platform does: input that waited while the machine slept comes after the timer, and before what the timer deferred.
    const timing: Timing = {
      now: () => virtual.now(),
      wallClock: () => virtual.wallClock(),
      random: () => virtual.random(),
      after: (milliseconds, task) => virtual.after(milliseconds, task),
      defer: (task) =>
        virtual.defer(() => {
          for (const deliver of arrived.splice(0)) deliver();
          task();
        }),
    };
    const server = new ScriptedServer(virtual);
    server.welcomeFields = { heartbeat: 0 };
    const opening = Connection.open(description, { url: "ws://c/", dial: server.dial, timing });
    await virtual.settle();
    await opening;
    virtual.advance(24_999);
    arrived.push(() => server.last.push(onChat.messageId, "was here in time"));
    await virtual.settle(1);
    expect(server.last.closed).toBeNull();
    await virtual.settle(25_000);
    expect(server.last.closed?.code).toBe(CloseCode.HEARTBEAT_TIMEOUT);
  });

  it("does without when the server wants none", async () => {
    const { socket, timing } = await connected({}, (server) => {
      server.welcomeFields = { heartbeat: 0, timeout: 0 };
    });
    await timing.settle(3_600_000);
    expect(socket.frames).toHaveLength(1);
    expect(socket.closed).toBeNull();
  });
});

describe("a kick", () => {
  const kick = (code: number, reason: string) => ({ code, reason });

  it("ends the client when its code does not come back, with the server's reason", async () => {
    const { socket, timing, states, connection } = await connected();
    const request = outcomeOf(connection.request(say, { text: "a" }));
    await timing.settle();
    socket.control(ControlOffset.KICK, Kick, kick(CloseCode.REPLACED, "ann came from elsewhere"));
    await timing.settle(60_000);
    expect(states).toEqual([{ kind: "closed", code: CloseCode.REPLACED, reason: "ann came from elsewhere" }]);
    expect(request.error).toMatchObject({ name: "OUTCOME_UNKNOWN", executed: "unknown" });
    expect(socket.closed?.code).toBe(1000);
    expect(timing.pendingTimers).toBe(0);
    const late = connection.request(say, { text: "b" });
    await expect(late).rejects.toMatchObject({ name: "NO_SERVER", executed: "no" });
    await expect(late).rejects.toThrow(
      "chat.room.say: it was not sent: the client is closed (ann came from elsewhere)",
    );
  });

  it("is obeyed with a come-back code by coming back", async () => {
    const { socket, timing, states, server } = await connected();
    socket.control(ControlOffset.KICK, Kick, kick(CloseCode.FULL, "no room"));
    expect(states[0]).toMatchObject({ kind: "waiting", code: CloseCode.FULL, reason: "no room" });
    await timing.settle(1000);
    expect(server.sockets).toHaveLength(2);
    expect(connectedAgain(states)).toBe(true);
  });

  it("ends what follows it in the same message", async () => {
    const { socket, connection } = await connected();
    const seen: string[] = [];
    connection.subscribe(onChat, ({ text }) => seen.push(text));
    const frame = encodeFrame(description, {
      messageId: CONTROL_ID - ControlOffset.KICK,
      sequence: 0,
      codec: Kick,
      body: kick(CloseCode.KICKED, ""),
    });
    socket.message(line(onChat.messageId, 1, "before"), frame, line(onChat.messageId, 2, "after"));
    expect(seen).toEqual(["before"]);
    expect(connection.state).toEqual({ kind: "closed", code: CloseCode.KICKED, reason: "kicked with code 4501" });
  });

  it.each([
    CloseCode.BAD_TRAFFIC,
    CloseCode.KICKED,
    CloseCode.REPLACED,
    CloseCode.INCOMPATIBLE,
    CloseCode.REFUSED,
    4999,
  ])("is not needed: the close code %i alone ends the client", async (code) => {
    const { socket, timing, server, connection } = await connected();
    socket.drop(code, "go");
    await timing.settle(60_000);
    expect(connection.state).toEqual({
      kind: "closed",
      code,
      reason: `the connection was closed (code ${code}): go`,
    });
    expect(server.sockets).toHaveLength(1);
  });

  it.each([1000, 1001, 1006, 1011, CloseCode.SERVER_LEAVING, CloseCode.SLOW_CONSUMER, 4499])(
    "is not meant by the close code %i",
    async (code) => {
      const { socket, timing, server, states } = await connected();
      socket.drop(code);
      await timing.settle(1000);
      expect(server.sockets).toHaveLength(2);
      expect(connectedAgain(states)).toBe(true);
    },
  );
});

function connectedAgain(states: readonly { readonly kind: string }[]): boolean {
  return states.map(({ kind }) => kind).join() === "waiting,connecting,open";
}
