import { describe, expect, it, vi } from "vitest";
import { Connection, type ConnectionState, type LocateAttempt } from "../../client/index.js";
import { VirtualTiming } from "../../testing/virtual-timing.js";
import { CloseCode } from "../../wire/close-code.js";
import { GoAway, Ping } from "../../wire/control.js";
import { ControlOffset } from "../../wire/control-id.js";
import { ask, description, say, typing } from "./article-protocol.js";
import { connected, limits, outcomeOf, ScriptedServer } from "./scripted-server.js";

const delays = (states: readonly ConnectionState[]) =>
  states.flatMap((state) => (state.kind === "waiting" ? [state.delay] : []));

/** The delays that full jitter draws from this seed. */
function drawn(bounds: readonly number[], seed = 1): number[] {
  const timing = new VirtualTiming({ seed });
  return bounds.map((bound) => Math.floor((timing.random() / 2 ** 32) * (bound + 1)));
}

describe("a lost connection", () => {
  it("comes back after pauses that double, with full jitter, up to the longest", async () => {
    const { server, socket, timing, states } = await connected();
    server.behaviour = "refuse";
    socket.drop();
    await timing.settle(300_000);
    const bounds = [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000];
    expect(delays(states).slice(0, 8)).toEqual(drawn(bounds));
    expect(drawn(bounds)).toEqual([368, 163, 3282, 5610, 2398, 15_946, 16_068, 24_123]);
    const attempts = states.flatMap((state) => (state.kind === "connecting" ? [state.attempt] : []));
    expect(attempts.slice(0, 4)).toEqual([1, 2, 3, 4]);
    server.behaviour = "welcome";
    await timing.settle(30_000);
    expect(states.at(-1)?.kind).toBe("open");
  });

  it("takes the bounds it is given", async () => {
    const { server, socket, timing, states } = await connected({ backoff: { first: 100, longest: 250 } });
    server.behaviour = "refuse";
    socket.drop();
    await timing.settle(5000);
    expect(delays(states).slice(0, 5)).toEqual(drawn([100, 200, 250, 250, 250]));
  });

  it("starts to count anew only after a connection that lasted", async () => {
    const { server, socket, timing, states } = await connected();
    timing.advance(9_999);
    socket.drop();
    const [first] = delays(states);
    await timing.settle(first);
    expect(states.at(-1)?.kind).toBe("open");
    timing.advance(9_999);
    server.last.drop();
    await timing.settle(2000);
    timing.advance(10_000);
    server.last.drop();
    const attempts = states.flatMap((state) => (state.kind === "waiting" ? [state.attempt] : []));
    expect(attempts).toEqual([1, 2, 1]);
  });

  it("rejects what was in flight at once, and never sends it again", async () => {
    const { connection, server, socket, timing } = await connected();
    const lost = outcomeOf(connection.request(say, { text: "once" }));
    await timing.settle();
    socket.drop(1006);
    await timing.settle();
    expect(lost.error).toMatchObject({
      name: "OUTCOME_UNKNOWN",
      executed: "unknown",
      route: "chat.room.say",
      message: "chat.room.say: the connection was lost before the answer came (the connection was closed (code 1006))",
    });
    await timing.settle(5000);
    expect(server.sockets).toHaveLength(2);
    expect(server.last.frames.map(({ sequence }) => sequence)).toEqual([1]);
  });

  it("keeps what was not sent, and sends it in order to the next connector, after what its listener calls", async () => {
    const { connection, server, socket, timing } = await connected();
    socket.drop();
    const first = connection.request(say, { text: "first" });
    connection.notify(typing, { text: "second" });
    void connection.request(say, { text: "third" }).catch(() => {});
    connection.onState(({ kind }) => {
      if (kind === "open") void connection.request(say, { text: "who I am" }).catch(() => {});
    });
    await timing.settle(1000);
    const { frames } = server.last;
    expect(frames.slice(1).map(({ body }) => new TextDecoder().decode(body))).toEqual([
      "who I am",
      "first",
      "second",
      "third",
    ]);
    server.last.answer(frames[2]!, "ok");
    await expect(first).resolves.toEqual({ text: "ok" });
  });

  it("holds back what was not sent until its listener has logged in again, however many requests that takes", async () => {
    const { connection, server, socket, timing } = await connected({}, limits(1));
    connection.onState(async ({ kind }) => {
      if (kind !== "open") return;
      await connection.request(ask, { text: "log in" });
      await Promise.all(["enter", "subscribe"].map((text) => connection.request(ask, { text })));
    });
    socket.drop();
    void connection.request(say, { text: "first" }).catch(() => {});
    connection.notify(typing, { text: "second" });
    await timing.settle(1000);
    const sent = () => server.last.frames.slice(1).map(({ body }) => new TextDecoder().decode(body));
    for (const expected of [
      ["log in"],
      ["log in", "enter"],
      ["log in", "enter", "subscribe"],
      ["log in", "enter", "subscribe", "first", "second"],
    ]) {
      expect(sent().slice(0, expected.length)).toEqual(expected);
      server.last.answer(server.last.frames[expected.length]!, "");
      await timing.settle();
    }
    expect(sent()).toEqual(["log in", "enter", "subscribe", "first", "second"]);
  });

  it("sends it all the same when the listener fails, and tells onError; not when the connection is lost meanwhile", async () => {
    const { connection, server, socket, timing, errors } = await connected();
    connection.onState(async ({ kind }) => {
      if (kind === "open") await connection.request(ask, { text: "log in" });
    });
    socket.drop();
    const first = outcomeOf(connection.request(say, { text: "first" }, { timeout: 60_000 }));
    await timing.settle(1000);
    const [, lost] = server.sockets;
    lost!.drop();
    await timing.settle(2000);
    expect(lost!.texts(say)).toEqual([]);
    expect(errors).toMatchObject([{ name: "OUTCOME_UNKNOWN", route: "chat.room.ask" }]);
    expect(server.sockets).toHaveLength(3);
    expect(server.last.texts(say)).toEqual([]);
    server.last.refuse(server.last.of(ask)[0]!, 1002);
    await timing.settle();
    expect(errors[1]).toMatchObject({ name: "NAME_TAKEN" });
    expect(server.last.texts(say)).toEqual(["first"]);
    expect(first.settled).toBe(false);
  });

  it("lets what waits time out as not executed", async () => {
    const { connection, server, socket, timing } = await connected();
    server.behaviour = "refuse";
    socket.drop();
    const waiting = outcomeOf(connection.request(say, { text: "" }));
    await timing.settle(6000);
    expect(waiting.error).toMatchObject({ name: "TIMEOUT", executed: "no" });
  });

  it("is a new session with sequence numbers, and pushes, counted anew", async () => {
    const { server, socket, timing, connection } = await connected();
    socket.push(2101, "x", 9);
    socket.drop();
    server.welcomeFields = { sessionId: "session-2" };
    await timing.settle(1000);
    expect(connection.state).toMatchObject({ kind: "open", sessionId: "session-2", resumed: false });
    expect(server.last.hello().resume).toBeUndefined();
    await timing.settle(10_000);
    const [ping] = server.last.controls(ControlOffset.PING);
    expect(ping!.decode(Ping)).toEqual({ ackedSequence: 1, ackedPush: 0 });
  });

  it("can be closed while it waits", async () => {
    const { connection, server, socket, timing } = await connected();
    socket.drop();
    const waiting = outcomeOf(connection.request(say, { text: "" }));
    connection.close();
    await timing.settle(60_000);
    expect(waiting.error).toMatchObject({ name: "NO_SERVER", executed: "no" });
    expect(server.sockets).toHaveLength(1);
    expect(timing.pendingTimers).toBe(0);
  });

  it("can be closed by a listener of any state, and every listener hears the states in their order", async () => {
    for (const kind of ["waiting", "connecting", "open"] as const) {
      const { connection, server, socket, timing } = await connected();
      const heard: [string[], string[]] = [[], []];
      connection.onState((state) => {
        heard[0].push(state.kind);
        if (state.kind === kind) connection.close();
      });
      connection.onState((state) => heard[1].push(state.kind));
      const request = outcomeOf(connection.request(say, { text: "" }));
      socket.drop();
      await timing.settle(60_000);
      expect(heard[0].at(-1)).toBe("closed");
      expect(heard[0]).toContain(kind);
      expect(heard[1]).toEqual(heard[0]);
      expect(request.settled).toBe(true);
      expect(timing.pendingTimers).toBe(0);
      expect(server.last.closed !== null || server.last === socket).toBe(true);
    }
  });
});

describe("finding a connector", () => {
  it("asks anew before every attempt, and says how many failed", async () => {
    const asked: LocateAttempt[] = [];
    const locate = vi.fn((attempt: LocateAttempt) => {
      asked.push(attempt);
      return Promise.resolve(`ws://connector-${asked.length}/`);
    });
    const { server, socket, timing } = await connected({ locate, uid: "ann" });
    server.behaviour = "refuse";
    socket.drop();
    await timing.settle(1000);
    server.behaviour = "welcome";
    await timing.settle(2000);
    expect(asked.map(({ uid, attempt, connector }) => [uid, attempt, connector])).toEqual([
      ["ann", 0, ""],
      ["ann", 1, ""],
      ["ann", 2, ""],
    ]);
    expect(server.sockets.map(({ url }) => url)).toEqual([
      "ws://connector-1/",
      "ws://connector-2/",
      "ws://connector-3/",
    ]);
  });

  it("is tried again when it fails, with the reason in the state", async () => {
    let works = true;
    const locate = () => {
      if (!works) throw new Error("the gate at http://gate/ answered 503 NO_SERVER: no connector is alive");
      return "ws://c/";
    };
    const { socket, timing, states } = await connected({ locate });
    works = false;
    socket.drop();
    await timing.settle(delays(states)[0]);
    expect(states.at(-1)).toMatchObject({
      kind: "waiting",
      attempt: 2,
      code: null,
      reason: "the gate at http://gate/ answered 503 NO_SERVER: no connector is alive",
    });
    works = true;
    await timing.settle(3000);
    expect(states.at(-1)?.kind).toBe("open");
  });

  it("is called off at the handshake's deadline, and what it finds later is not used", async () => {
    const server = new ScriptedServer();
    const signals: AbortSignal[] = [];
    const late: ((url: string) => void)[] = [];
    const locate = ({ signal }: LocateAttempt) => {
      signals.push(signal);
      return new Promise<string>((resolve) => late.push(resolve));
    };
    const { dial, timing } = server;
    const opening = outcomeOf(
      Connection.open(description, { locate, dial, timing, handshakeTimeout: 300, connectTimeout: 0 }),
    );
    await timing.settle(299);
    expect(signals[0]!.aborted).toBe(false);
    await timing.settle(1);
    expect(signals[0]!.aborted).toBe(true);
    late[0]!("ws://c/");
    await timing.settle(60_000);
    expect(opening.error?.message).toBe("cannot connect to test: not welcomed within 300 ms");
    expect(server.sockets).toHaveLength(0);
  });

  it("is tried again when the address cannot be dialled", async () => {
    const server = new ScriptedServer();
    const dial = () => {
      throw new SyntaxError("Invalid URL: nonsense");
    };
    const { timing } = server;
    const opening = outcomeOf(
      Connection.open(description, { locate: () => "nonsense", dial, timing, connectTimeout: 0 }),
    );
    await timing.settle();
    expect(opening.error?.message).toBe("cannot connect to test: Invalid URL: nonsense");
  });
});

describe("GoAway", () => {
  const goAway = (after: number, connector = "connector-2") => ({ after, connector, reason: "deploy" });

  it("moves the client after the time it says, to where it says, without a pause", async () => {
    const asked: string[] = [];
    const locate = ({ connector }: LocateAttempt) => {
      asked.push(connector);
      return "ws://c/";
    };
    const { server, socket, timing, states } = await connected({ locate });
    await timing.settle(20_000);
    socket.control(ControlOffset.GO_AWAY, GoAway, goAway(3000));
    await timing.settle(2999);
    expect(socket.closed).toBeNull();
    await timing.settle(1);
    expect(socket.closed).toEqual({ code: 1000, reason: "" });
    expect(server.sockets).toHaveLength(2);
    expect(states.map(({ kind }) => kind)).toEqual(["connecting", "open"]);
    expect(asked).toEqual(["", "connector-2"]);
  });

  it("lets requests in flight finish, and new ones wait for the new connection", async () => {
    const { connection, server, socket, timing } = await connected();
    await timing.settle(20_000);
    const inFlight = outcomeOf(connection.request(say, { text: "in flight" }));
    await timing.settle();
    socket.control(ControlOffset.GO_AWAY, GoAway, goAway(0));
    await timing.settle(100);
    const later = connection.request(say, { text: "later" });
    await timing.settle(100);
    expect(socket.closed).toBeNull();
    expect(socket.texts(say)).toEqual(["in flight"]);
    socket.answer(socket.of(say)[0]!, "done");
    await timing.settle();
    expect(inFlight.value).toEqual({ text: "done" });
    expect(socket.closed).not.toBeNull();
    expect(server.last.texts(say)).toEqual(["later"]);
    server.last.answer(server.last.of(say)[0]!, "ok");
    await expect(later).resolves.toEqual({ text: "ok" });
  });

  it("waits for them five seconds at most", async () => {
    const { connection, server, socket, timing } = await connected();
    await timing.settle(20_000);
    const inFlight = outcomeOf(connection.request(say, { text: "" }, { timeout: 60_000 }));
    await timing.settle();
    socket.control(ControlOffset.GO_AWAY, GoAway, goAway(0));
    await timing.settle(4999);
    expect(inFlight.settled).toBe(false);
    await timing.settle(1);
    expect(inFlight.error).toMatchObject({ name: "OUTCOME_UNKNOWN", executed: "unknown" });
    expect(server.sockets).toHaveLength(2);
  });

  it("right after Welcome is followed with a pause, so that nobody is sent round in a circle", async () => {
    const { socket, timing, states } = await connected();
    socket.control(ControlOffset.GO_AWAY, GoAway, goAway(0));
    await timing.settle();
    expect(states).toMatchObject([{ kind: "waiting", attempt: 1, reason: "the server asked the client to move" }]);
    expect(socket.closed).not.toBeNull();
  });

  it("is overtaken by the server's close", async () => {
    const { server, socket, timing, states } = await connected();
    await timing.settle(20_000);
    socket.control(ControlOffset.GO_AWAY, GoAway, goAway(10_000));
    socket.drop(CloseCode.SERVER_LEAVING);
    await timing.settle(20_000);
    expect(server.sockets).toHaveLength(2);
    expect(states.map(({ kind }) => kind)).toEqual(["waiting", "connecting", "open"]);
  });
});
