import { describe, expect, it } from "vitest";
import { Connection } from "../../client/index.js";
import { description, say, typing, upload } from "./article-protocol.js";
import { connected, limits, line, outcomeOf, ScriptedServer } from "./scripted-server.js";

describe("requests in flight", () => {
  it("are never more than Welcome allows; the others go in order as answers come, notifies among them", async () => {
    const { connection, socket, timing } = await connected({}, limits(2));
    for (const text of ["a", "b", "c", "d"]) void connection.request(say, { text }).catch(() => {});
    connection.notify(typing, { text: "e" });
    void connection.request(say, { text: "f" }).catch(() => {});
    await timing.settle();
    const sent = () =>
      socket.frames
        .slice(1)
        .map((frame) => new TextDecoder().decode(frame.body))
        .join("");
    expect(sent()).toBe("ab");
    socket.answer(socket.frames[2]!, "");
    await timing.settle();
    expect(sent()).toBe("abc");
    socket.message(line(2001, socket.frames[1]!.sequence, ""), line(2001, socket.frames[3]!.sequence, ""));
    await timing.settle();
    expect(sent()).toBe("abcdef");
    expect(socket.frames.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it("are 64 when Welcome does not say", async () => {
    const { connection, socket, timing } = await connected({}, (server) => {
      server.welcomeFields = { limits: undefined };
    });
    for (let count = 0; count < 70; count++) void connection.request(say, { text: "" }).catch(() => {});
    await timing.settle();
    expect(socket.of(say)).toHaveLength(64);
  });

  it("have at most 256 waiting behind them, with 1 MiB", async () => {
    const { connection, timing } = await connected({}, limits(1));
    const outcomes = Array.from({ length: 258 }, () => outcomeOf(connection.request(say, { text: "" })));
    await timing.settle();
    expect(outcomes.filter(({ settled }) => settled)).toHaveLength(1);
    expect(outcomes.at(-1)!.error).toMatchObject({ name: "OVERLOADED", executed: "no" });
    await timing.settle(6000);

    const text = "a".repeat(600_000);
    const large = [0, 1, 2].map(() => outcomeOf(connection.request(upload, { text })));
    await timing.settle();
    expect(large.map(({ error }) => error?.name)).toEqual(["TOO_LARGE", "TOO_LARGE", "TOO_LARGE"]);
    const first = outcomeOf(connection.request(say, { text: "holds the others up" }));
    const waiting = [0, 1].map(() => outcomeOf(connection.request(upload, { text })));
    await timing.settle();
    expect(first.settled).toBe(false);
    expect(waiting.map(({ error }) => error?.name)).toEqual([undefined, "OVERLOADED"]);
  });

  it("do not hold up notifies for ever when nothing leaves any more", async () => {
    const { connection, socket, timing, errors } = await connected();
    socket.buffered = 1024 * 1024;
    connection.notify(typing, { text: "the last that fits" });
    connection.notify(typing, { text: "one too many" });
    await timing.settle();
    expect(socket.texts(typing)).toEqual(["the last that fits"]);
    expect(errors).toMatchObject([{ name: "OVERLOADED", executed: "no" }]);
  });
});

describe("sequence numbers", () => {
  it("of a narrow field come round, skip 0, and wait for a number that is still in use", async () => {
    const server = new ScriptedServer();
    const narrow = { ...description, request: { ...description.request, sequenceBytes: 1 } };
    const opening = Connection.open(narrow, { url: "ws://c/", dial: server.dial, timing: server.timing });
    await server.timing.settle();
    const connection = await opening;
    const socket = server.last;
    const oldest = outcomeOf(connection.request(say, { text: "oldest" }, { timeout: 1_000_000 }));
    for (let count = 0; count < 254; count++) connection.notify(typing, { text: "" });
    void connection.request(say, { text: "takes its number" }).catch(() => {});
    await server.timing.settle();
    expect(socket.frames.map(({ sequence }) => sequence)).toEqual([
      ...Array.from({ length: 255 }, (_, index) => index + 1),
      1,
    ]);
    expect(oldest.settled).toBe(false);
    socket.answer(socket.of(say)[0]!, "");
    await server.timing.settle();
    expect(socket.frames.at(-1)).toMatchObject({ messageId: 2001, sequence: 2 });
  });
});
