import { describe, expect, it } from "vitest";
import { Executed } from "../../wire/control.js";
import { ErrorCode } from "../../wire/error-code.js";
import { ask, say, typing } from "./article-protocol.js";
import { connected, limits, outcomeOf } from "./scripted-server.js";

describe("a timeout", () => {
  it("comes a second after the route's deadline, so that the server's own answer wins", async () => {
    const { connection, socket, timing } = await connected();
    const slow = outcomeOf(connection.request(say, { text: "a" }));
    const other = outcomeOf(connection.request(ask, { text: "a" }));
    await timing.settle(2999);
    expect(other.settled).toBe(false);
    await timing.settle(1);
    expect(other.error).toMatchObject({
      name: "TIMEOUT",
      executed: "unknown",
      message: "chat.room.ask: no answer within 3000 ms",
    });
    await timing.settle(2999);
    expect(slow.settled).toBe(false);
    socket.refuse(socket.of(say)[0]!, ErrorCode.TIMEOUT, {
      message: "chat-1 did not answer",
      executed: Executed.UNKNOWN,
    });
    await timing.settle();
    expect(slow.error?.message).toBe("chat-1 did not answer");
  });

  it("is the connection's or the call's own when they say so", async () => {
    const { connection, timing } = await connected({ requestTimeout: 100 });
    const common = outcomeOf(connection.request(say, { text: "a" }));
    const own = outcomeOf(connection.request(say, { text: "a" }, { timeout: 200 }));
    await timing.settle(100);
    expect(common.settled).toBe(true);
    expect(own.settled).toBe(false);
    await timing.settle(100);
    expect(own.settled).toBe(true);
    await expect(connection.request(say, { text: "a" }, { timeout: 1 })).rejects.toThrow(
      "option timeout is 1: it must be a whole number of milliseconds from 10 to 86400000",
    );
  });

  it("lets late answers pass unnoticed, and later requests through", async () => {
    const { connection, socket, timing, errors } = await connected();
    const late = outcomeOf(connection.request(ask, { text: "a" }));
    await timing.settle(3000);
    expect(late.error?.name).toBe("TIMEOUT");
    const next = connection.request(ask, { text: "b" });
    await timing.settle();
    const [first, second] = socket.of(ask);
    socket.answer(first!, "too late");
    socket.refuse(first!, ErrorCode.TIMEOUT);
    socket.answer(second!, "in time");
    await expect(next).resolves.toEqual({ text: "in time" });
    expect(errors).toEqual([]);
    expect(connection.faults).toBe(0);
  });

  it("says that what was never sent was not executed", async () => {
    const { connection, socket, timing } = await connected({}, limits(1));
    const sent = outcomeOf(connection.request(say, { text: "a" }));
    const unsent = outcomeOf(connection.request(ask, { text: "b" }));
    connection.notify(typing, { text: "c" });
    await timing.settle(3000);
    expect(unsent.error).toMatchObject({
      name: "TIMEOUT",
      executed: "no",
      message: "chat.room.ask: it could not be sent within 3000 ms",
    });
    await timing.settle(3000);
    expect(sent.error).toMatchObject({ name: "TIMEOUT", executed: "unknown" });
    expect(socket.frames).toHaveLength(2);
  });

  it("of a notify that waits is the route's, and is told to onError", async () => {
    const { connection, timing, errors } = await connected({}, limits(1));
    void connection.request(say, { text: "a" }).catch(() => {});
    void connection.request(say, { text: "b" }).catch(() => {});
    connection.notify(typing, { text: "c" });
    await timing.settle(2999);
    expect(errors).toEqual([]);
    await timing.settle(1);
    expect(errors).toMatchObject([{ name: "TIMEOUT", executed: "no", route: "chat.room.typing" }]);
  });

  it("of a request in flight makes room for the next", async () => {
    const { connection, socket, timing } = await connected({}, limits(1));
    void connection.request(ask, { text: "a" }).catch(() => {});
    void connection.request(say, { text: "b" }).catch(() => {});
    await timing.settle(3000);
    expect(socket.texts(say)).toEqual(["b"]);
  });
});
