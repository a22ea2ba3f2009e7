import { describe, expect, it } from "vitest";
import type { PushRoute } from "../../client/index.js";
import { Gap } from "../../wire/control.js";
import { ControlOffset } from "../../wire/control-id.js";
import { type Line, onChat, onTyping, say } from "./article-protocol.js";
import { connected, line, outcomeOf } from "./scripted-server.js";

describe("subscriptions", () => {
  it("hear their own kind of push, in order, until they are ended", async () => {
    const { connection, socket } = await connected();
    const chat: string[] = [];
    const typing: string[] = [];
    const end = connection.subscribe(onChat, ({ text }) => chat.push(text));
    connection.subscribe(onTyping, ({ text }) => typing.push(text));
    socket.push(2101, "a", 1);
    socket.push(2102, "b");
    socket.push(2101, "c", 2);
    end();
    end();
    socket.push(2101, "d", 3);
    expect(chat).toEqual(["a", "c"]);
    expect(typing).toEqual(["b"]);
  });

  it("outlive connections", async () => {
    const { connection, server, socket, timing } = await connected();
    const seen: string[] = [];
    connection.subscribe(onChat, ({ text }) => seen.push(text));
    socket.push(2101, "before", 1);
    socket.drop();
    await timing.settle(1000);
    server.last.push(2101, "after", 1);
    expect(seen).toEqual(["before", "after"]);
  });

  it("may be made and ended while a push is told", async () => {
    const { connection, socket } = await connected();
    const seen: string[] = [];
    const ends: (() => void)[] = [];
    const hear = (name: string) => connection.subscribe(onChat, ({ text }) => seen.push(`${name}:${text}`));
    connection.subscribe(onChat, ({ text }) => {
      seen.push(`first:${text}`);
      if (text !== "1") return;
      for (const end of ends) end();
      hear("new");
    });
    ends.push(hear("second"));
    const endsItself = connection.subscribe(onChat, ({ text }) => {
      seen.push(`third:${text}`);
      endsItself();
    });
    socket.push(2101, "1");
    socket.push(2101, "2");
    expect(seen).toEqual(["first:1", "third:1", "first:2", "new:2"]);
  });

  it("count each time, also with the same function", async () => {
    const { connection, socket } = await connected();
    let count = 0;
    const listener = () => count++;
    const end = connection.subscribe(onChat, listener);
    connection.subscribe(onChat, listener);
    socket.push(2101, "a");
    end();
    socket.push(2101, "b");
    expect(count).toBe(3);
  });

  it("may make calls, and close the connection", async () => {
    const { connection, socket, timing } = await connected();
    const seen: string[] = [];
    connection.subscribe(onChat, ({ text }) => {
      seen.push(text);
      void connection.request(say, { text: `heard ${text}` }).catch(() => {});
      if (text === "b") connection.close();
    });
    socket.push(2101, "a");
    await timing.settle();
    expect(socket.texts(say)).toEqual(["heard a"]);
    socket.push(2101, "b");
    socket.push(2101, "c");
    expect(seen).toEqual(["a", "b"]);
  });

  it("do not keep each other from hearing by throwing, and onError is told", async () => {
    const { connection, socket, errors, timing } = await connected();
    const seen: string[] = [];
    connection.subscribe(onChat, () => {
      throw new Error("mine");
    });
    connection.subscribe(onChat, () => {
      throw "a string";
    });
    connection.subscribe(onChat, async () => {
      throw new Error("promised");
    });
    connection.subscribe(onChat, ({ text }) => seen.push(text));
    connection.onState(() => {
      throw new Error("state");
    });
    socket.push(2101, "a");
    connection.close();
    await timing.settle();
    expect(seen).toEqual(["a"]);
    expect(errors.map(({ message }) => message)).toEqual(["mine", "a listener threw a string", "state", "promised"]);
    expect(connection.state.kind).toBe("closed");
  });

  it("throw where uncaught errors are reported when there is no onError, and after onError throws itself", async () => {
    for (const onError of [
      undefined,
      () => {
        throw new Error("mine");
      },
    ]) {
      const { connection, socket, timing } = await connected({ onError });
      connection.subscribe(onChat, () => {
        throw new Error("mine");
      });
      socket.push(2101, "a");
      expect(() => timing.advance()).toThrow("mine");
      expect(connection.state.kind).toBe("open");
    }
  });

  it("are for pushes of the schema only", async () => {
    const { connection } = await connected();
    const strange: PushRoute<Line> = { ...onChat, route: "chat.onStrange", messageId: 9 };
    expect(() => connection.subscribe(strange, () => {})).toThrow(
      "push chat.onStrange (9) is not in this client's description",
    );
  });
});

describe("a push", () => {
  it("nobody listens to is ignored, whatever its body; so is one of a newer schema", async () => {
    const { connection, socket, errors } = await connected();
    socket.push(2101, "a", 1);
    socket.push(4000, "b", 2);
    expect(connection.faults).toBe(0);
    expect(connection.state.kind).toBe("open");
    expect(errors).toEqual([]);
  });

  it("with the sequence number of a request is no answer", async () => {
    const { connection, socket, timing } = await connected();
    const request = outcomeOf(connection.request(say, { text: "" }));
    await timing.settle();
    socket.push(2101, "not for you", 2);
    socket.push(4000, "not for you", 2);
    await timing.settle();
    expect(request.settled).toBe(false);
  });

  it("that does not decode is counted and told to onError; the connection goes on", async () => {
    const { connection, socket, errors } = await connected();
    const seen: string[] = [];
    connection.subscribe(onChat, ({ text }) => seen.push(text));
    const bad = line(2101, 1, "abc");
    bad[bad.length - 1] = 0xff;
    socket.message(bad, line(2101, 2, "good"));
    expect(seen).toEqual(["good"]);
    expect(connection.faults).toBe(1);
    expect(errors[0]?.message).toBe("push chat.onChat does not decode: test.Line.text is no UTF-8");
    expect(connection.state.kind).toBe("open");
  });
});

describe("Gap", () => {
  it("is told to those who ask", async () => {
    const { connection, socket } = await connected();
    let gaps = 0;
    const end = connection.onGap(() => gaps++);
    socket.control(ControlOffset.GAP, Gap, Gap.create());
    end();
    socket.control(ControlOffset.GAP, Gap, Gap.create());
    expect(gaps).toBe(1);
  });
});
