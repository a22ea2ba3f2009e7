import { describe, expect, it } from "vitest";
import { CallError } from "../../client/index.js";
import { BodyError } from "../../wire/body-error.js";
import { CloseCode } from "../../wire/close-code.js";
import { Executed } from "../../wire/control.js";
import { ControlOffset } from "../../wire/control-id.js";
import { ErrorCode } from "../../wire/error-code.js";
import { ask, CONTROL_ID, description, Line, onChat, say, typing, upload } from "./article-protocol.js";
import { encodeFrame, failureFrame } from "./frames.js";
import { connected, limits, line, outcomeOf } from "./scripted-server.js";

describe("a request", () => {
  it("carries its route's id and server type, the clock, and the next sequence number", async () => {
    const { connection, socket, timing } = await connected();
    timing.advance(1234);
    connection.notify(typing, { text: "" });
    const request = connection.request(say, { text: "hi" });
    await timing.settle();
    expect(socket.frames.slice(1)).toMatchObject([
      { messageId: 2003, sequence: 2, serverType: 103, wallClock: timing.wallClock() },
      { messageId: 2001, sequence: 3, serverType: 103, wallClock: timing.wallClock() },
    ]);
    expect(socket.texts(say)).toEqual(["hi"]);
    socket.answer(socket.of(say)[0]!, "said");
    await expect(request).resolves.toEqual({ text: "said" });
    expect(timing.pendingTimers).toBe(2);
  });

  it("gets its own answer, in whatever order answers come", async () => {
    const { connection, socket, timing } = await connected();
    const requests = ["a", "b", "c"].map((text, index) => connection.request(index === 1 ? ask : say, { text }));
    await timing.settle();
    const [a, b, c] = socket.frames.slice(1);
    socket.answer(c!, "C");
    socket.answer(a!, "A");
    socket.answer(b!, "B");
    expect(await Promise.all(requests)).toEqual([{ text: "A" }, { text: "B" }, { text: "C" }]);
  });

  it("leaves with the others of its tick in one message", async () => {
    const { connection, socket, timing } = await connected();
    for (const text of ["a", "b", "c"]) void connection.request(say, { text }).catch(() => {});
    connection.notify(typing, { text: "d" });
    expect(socket.messages).toHaveLength(1);
    await timing.settle();
    expect(socket.messages).toHaveLength(2);
    expect(socket.frames).toHaveLength(5);
  });

  it("is answered from a message of several frames, also beside pushes", async () => {
    const { connection, socket, timing } = await connected();
    const seen: string[] = [];
    connection.subscribe(onChat, ({ text }) => seen.push(text));
    const requests = ["a", "b"].map((text) => connection.request(say, { text }));
    await timing.settle();
    socket.message(line(2101, 1, "x"), line(2001, 2, "A"), line(2101, 2, "y"), line(2001, 3, "B"), line(2101, 3, "z"));
    expect(seen).toEqual(["x", "y", "z"]);
    expect(await Promise.all(requests)).toEqual([{ text: "A" }, { text: "B" }]);
  });

  it("never makes a message larger than the server takes", async () => {
    const { connection, socket, timing } = await connected({}, limits(64, 100));
    const bodies = ["a".repeat(50), "b".repeat(10), "c".repeat(20), "d".repeat(1)];
    for (const text of bodies) void connection.request(say, { text }).catch(() => {});
    await timing.settle();
    // Frames are 24 bytes longer than their bodies: 74, 34, 44, 25.
    expect(socket.messages.slice(1).map(({ length }) => length)).toEqual([74, 78, 25]);
    expect(socket.texts(say)).toEqual(bodies);
  });

  it("is refused when its frame is larger than the server takes, or its body than its route", async () => {
    const { connection, socket, timing } = await connected({}, limits(64, 5000));
    await expect(connection.request(say, { text: "a".repeat(4097) })).rejects.toMatchObject({
      name: "TOO_LARGE",
      code: ErrorCode.TOO_LARGE,
      executed: "no",
      message: "chat.room.say: the body has 4097 bytes, the route takes 4096",
    });
    await expect(connection.request(upload, { text: "a".repeat(4977) })).rejects.toMatchObject({
      name: "TOO_LARGE",
      executed: "no",
    });
    void connection.request(upload, { text: "a".repeat(4976) }).catch(() => {});
    await timing.settle();
    expect(socket.frames).toHaveLength(2);
    expect(socket.messages[1]).toHaveLength(5000);
  });

  it("rejects with a BodyError when a value does not fit, and sends nothing", async () => {
    const { connection, socket, timing } = await connected();
    const request = connection.request(say, { text: 7 } as unknown as Line);
    await expect(request).rejects.toBeInstanceOf(BodyError);
    expect(() => connection.notify(typing, { text: 7 } as unknown as Line)).toThrow("test.Line.text is 7");
    const next = connection.request(say, { text: "next" });
    await timing.settle();
    expect(socket.frames.slice(1).map(({ sequence }) => sequence)).toEqual([2]);
    socket.answer(socket.frames[1]!, "ok");
    await next;
  });

  it("sends what its message was when it was called, however long it waits", async () => {
    const { connection, socket, timing } = await connected({}, limits(1));
    const first = connection.request(say, { text: "first" });
    const message = { text: "as it was" };
    void connection.request(say, message).catch(() => {});
    message.text = "changed";
    await timing.settle();
    socket.answer(socket.of(say)[0]!, "");
    await first;
    await timing.settle();
    expect(socket.texts(say)).toEqual(["first", "as it was"]);
  });
});

describe("a failure", () => {
  it.each([
    [1002, "NAME_TAKEN", Executed.YES, "yes"],
    [ErrorCode.UNAUTHENTICATED, "UNAUTHENTICATED", Executed.NO, "no"],
    [ErrorCode.INTERNAL, "INTERNAL", Executed.UNKNOWN, "unknown"],
    [4711, "ERROR_4711", Executed.NO, "no"],
    [1001, "ROOM_FULL", 99, "unknown"],
  ])("with code %i is a CallError called %s", async (code, name, executed, expected) => {
    const { connection, socket, timing } = await connected();
    const request = outcomeOf(connection.request(say, { text: "a" }));
    await timing.settle();
    socket.refuse(socket.of(say)[0]!, code, { message: "because", executed, logId: "log-7" });
    await timing.settle();
    expect(request.error).toBeInstanceOf(CallError);
    expect(request.error).toMatchObject({
      code,
      name,
      message: "because",
      executed: expected,
      route: "chat.room.say",
      logId: "log-7",
    });
    expect(timing.pendingTimers).toBe(2);
  });

  it("without a message says at least what failed", async () => {
    const { connection, socket, timing } = await connected();
    const request = outcomeOf(connection.request(say, { text: "a" }));
    await timing.settle();
    socket.refuse(socket.of(say)[0]!, ErrorCode.NO_SERVER);
    await timing.settle();
    expect(request.error?.message).toBe("chat.room.say failed with NO_SERVER");
  });

  it("under no route's id finds its request by the sequence number", async () => {
    const { connection, socket, timing, errors } = await connected();
    const request = outcomeOf(connection.request(say, { text: "a" }));
    await timing.settle();
    const id = CONTROL_ID - ControlOffset.FAILURE;
    socket.message(
      failureFrame(description, id, 2, ErrorCode.UNKNOWN_MESSAGE, { message: "no such route", executed: Executed.NO }),
    );
    socket.message(failureFrame(description, id, 0, ErrorCode.BAD_FRAME, { message: "half a frame" }));
    await timing.settle();
    expect(request.error).toMatchObject({ name: "UNKNOWN_MESSAGE", executed: "no", route: "chat.room.say" });
    expect(errors).toMatchObject([{ name: "BAD_FRAME", message: "half a frame", route: "" }]);
  });

  it("of a notify is told to onError", async () => {
    const { connection, socket, timing, errors } = await connected();
    connection.notify(typing, { text: "" });
    await timing.settle();
    socket.refuse(socket.of(typing)[0]!, ErrorCode.RATE_LIMITED, { executed: Executed.NO });
    expect(errors).toMatchObject([{ name: "RATE_LIMITED", route: "chat.room.typing", executed: "no" }]);
  });

  it("whose body does not decode is a failure all the same", async () => {
    const { connection, socket, timing } = await connected();
    const request = outcomeOf(connection.request(say, { text: "a" }));
    await timing.settle();
    const body = { text: "\u0007\u0007\u0007" };
    const frame = { messageId: say.messageId, sequence: 2, errorCode: 1002, codec: Line, body };
    socket.message(encodeFrame(description, frame));
    await timing.settle();
    expect(request.error).toMatchObject({ name: "NAME_TAKEN", executed: "unknown" });
    expect(connection.faults).toBe(1);
    expect(connection.state.kind).toBe("open");
  });
});

describe("close", () => {
  it("sends the notifies that were made, rejects what is not answered, and is final", async () => {
    const { connection, socket, timing, states, server } = await connected({}, limits(1));
    const sent = outcomeOf(connection.request(say, { text: "a" }));
    connection.notify(typing, { text: "on my way out" });
    const waiting = outcomeOf(connection.request(say, { text: "b" }));
    connection.close();
    connection.close();
    await timing.settle(60_000);
    expect(socket.texts(typing)).toEqual(["on my way out"]);
    expect(socket.closed).toEqual({ code: 1000, reason: "" });
    expect(sent.error).toMatchObject({ name: "OUTCOME_UNKNOWN", executed: "unknown" });
    expect(waiting.error).toMatchObject({ name: "NO_SERVER", executed: "no" });
    expect(states).toEqual([{ kind: "closed", code: null, reason: "closed by the client" }]);
    expect(connection.state).toBe(states[0]);
    expect(server.sockets).toHaveLength(1);
    expect(timing.pendingTimers).toBe(0);
  });

  it("makes later notifies go to onError", async () => {
    const { connection, errors } = await connected();
    connection.close();
    connection.notify(typing, { text: "" });
    expect(errors).toMatchObject([{ name: "NO_SERVER", executed: "no", route: "chat.room.typing" }]);
  });

  it("happens once, also when onError closes again at the first notify that was not sent", async () => {
    const { connection, socket, states } = await connected({ onError: () => connection.close() }, limits(1));
    socket.drop();
    connection.notify(typing, { text: "a" });
    connection.notify(typing, { text: "b" });
    connection.close();
    expect(states.map(({ kind }) => kind)).toEqual(["waiting", "closed"]);
  });

  it("is deaf to what the socket still reports", async () => {
    const { connection, socket, timing, states } = await connected();
    const seen: string[] = [];
    connection.subscribe(onChat, ({ text }) => seen.push(text));
    connection.close();
    socket.push(onChat.messageId, "late");
    socket.message(new Uint8Array([1, 2, 3]));
    socket.drop(CloseCode.KICKED);
    await timing.settle(60_000);
    expect(seen).toEqual([]);
    expect(states).toHaveLength(1);
    expect(connection.faults).toBe(0);
  });
});
