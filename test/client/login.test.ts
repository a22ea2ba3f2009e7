import { describe, expect, it } from "vitest";
import { CallError, type Line as ClientLine, Connection, type Login } from "../../client/index.js";
import { CloseCode } from "../../wire/close-code.js";
import { ErrorCode } from "../../wire/error-code.js";
import { ask, description, say, typing } from "./article-protocol.js";
import { outcomeOf, type ScriptedServer, ScriptedServer as Server } from "./scripted-server.js";

/** Starts to connect with a login; `texts` are what a socket's server got, requests for `ask` being the login's. */
function start(login: Login, prepare: (server: ScriptedServer) => void = () => {}) {
  const server = new Server();
  prepare(server);
  const { timing } = server;
  const options = { url: "ws://c/", dial: server.dial, timing };
  const opening = outcomeOf(Connection.open(description, options, login));
  return { server, timing, opening };
}

const name: Login = (line) => line.request(ask, { text: "ann" });

/** A client that has logged in. */
async function loggedIn(login: Login = name) {
  const { server, timing, opening } = start(login);
  await timing.settle();
  server.last.answer(server.last.of(ask)[0]!, "welcome");
  await timing.settle();
  const connection = opening.value!;
  return { server, timing, connection };
}

describe("a login", () => {
  it("comes before `connect` is done", async () => {
    const { server, timing, opening } = start(name);
    await timing.settle(100);
    expect(server.last.texts(ask)).toEqual(["ann"]);
    expect(opening.settled).toBe(false);
    server.last.answer(server.last.of(ask)[0]!, "welcome");
    await timing.settle();
    expect(opening.value!.state.kind).toBe("open");
  });

  it("goes ahead on every session that follows, and all other calls wait until it is done, in their order", async () => {
    const seen: string[] = [];
    const { server, timing, connection } = await loggedIn(async (line) => {
      seen.push((await line.request(ask, { text: "ann" })).text);
      line.notify(typing, { text: "ahead" });
    });
    connection.onState(({ kind }) => seen.push(kind));
    server.last.drop();
    const before = connection.request(say, { text: "before" });
    await timing.settle(2_000);
    const socket = server.last;
    expect(socket.texts(ask)).toEqual(["ann"]);
    const during = connection.request(say, { text: "during" });
    connection.notify(typing, { text: "later" });
    await timing.settle(10);
    expect([socket.texts(say), socket.texts(typing)]).toEqual([[], []]);
    socket.answer(socket.of(ask)[0]!, "again");
    await timing.settle();
    expect(socket.texts(typing)).toEqual(["ahead", "later"]);
    expect(socket.texts(say)).toEqual(["before", "during"]);
    for (const frame of socket.of(say)) socket.answer(frame, "ok");
    expect(await Promise.all([before, during])).toEqual([{ text: "ok" }, { text: "ok" }]);
    expect(seen).toEqual(["welcome", "waiting", "connecting", "again", "open"]);
  });

  it("of several steps takes its time, and calls that wait for it keep their deadlines", async () => {
    const { server, timing, connection } = await loggedIn();
    server.last.drop();
    const waits = outcomeOf(connection.request(say, { text: "" }, { timeout: 4_000 }));
    await timing.settle(5_000);
    expect(waits.error).toMatchObject({ name: "TIMEOUT", executed: "no" });
    expect(server.last.texts(say)).toEqual([]);
  });

  it("that fails for a reason that may pass is tried again on another connection", async () => {
    const { server, timing, opening } = start(name);
    await timing.settle();
    const first = server.last;
    first.refuse(first.of(ask)[0]!, ErrorCode.NO_SERVER, { message: "not yet" });
    await timing.settle();
    expect(first.closed).toEqual({ code: 1000, reason: "" });
    await timing.settle(1_000);
    expect(server.sockets).toHaveLength(2);
    server.last.answer(server.last.of(ask)[0]!, "welcome");
    await timing.settle();
    expect(opening.value!.state.kind).toBe("open");
  });

  it("that is refused closes the client for good, and says why", async () => {
    const { server, timing, opening } = start(name);
    await timing.settle();
    server.last.refuse(server.last.of(ask)[0]!, 1002, { message: "taken" });
    await timing.settle(60_000);
    expect(opening.error).toMatchObject({
      name: "ConnectError",
      message: "cannot connect to test: the login failed: taken",
      code: null,
    });
    expect(opening.error!.cause).toBeInstanceOf(CallError);
    expect(opening.error!.cause).toMatchObject({ name: "NAME_TAKEN" });
    expect(server.sockets).toHaveLength(1);
    expect(server.last.closed).not.toBeNull();
  });

  it("that throws by its own mistake does so, too, and what waits is rejected", async () => {
    let broken = false;
    const { server, timing, connection } = await loggedIn((line) => {
      if (broken) throw new TypeError("no password");
      return line.request(ask, { text: "ann" });
    });
    broken = true;
    server.last.drop(CloseCode.SERVER_LEAVING);
    const waits = outcomeOf(connection.request(say, { text: "" }));
    await timing.settle(5_000);
    expect(connection.state).toEqual({ kind: "closed", code: null, reason: "the login failed: no password" });
    expect(waits.error).toMatchObject({ name: "NO_SERVER", executed: "no" });
  });

  it("whose connection is lost begins anew, and what goes on of the old one goes ahead of nobody", async () => {
    const lines: ClientLine[] = [];
    const { server, timing, connection } = await loggedIn((line) => {
      lines.push(line);
      return line.request(ask, { text: `login ${lines.length}` });
    });
    server.last.drop();
    await timing.settle(1_000);
    server.last.drop();
    await timing.settle(1_000);
    expect(lines).toHaveLength(3);
    const socket = server.last;
    expect(socket.texts(ask)).toEqual(["login 3"]);
    void outcomeOf(lines[1]!.request(say, { text: "late" }));
    await timing.settle(10);
    expect(socket.texts(say)).toEqual([]);
    socket.answer(socket.of(ask)[0]!, "welcome");
    await timing.settle();
    expect(socket.texts(say)).toEqual(["late"]);
    expect(connection.state.kind).toBe("open");
    // A line that is kept is one like any other.
    void outcomeOf(lines[2]!.request(say, { text: "kept" }));
    await timing.settle();
    expect(socket.texts(say)).toEqual(["late", "kept"]);
    connection.close();
  });

  it("is over when the client is closed meanwhile", async () => {
    const { server, timing, opening } = start((line) => {
      line.close();
      return line.request(ask, { text: "" });
    });
    await timing.settle(1_000);
    expect(opening.error).toMatchObject({ name: "ConnectError" });
    expect(server.sockets).toHaveLength(1);
  });
});
