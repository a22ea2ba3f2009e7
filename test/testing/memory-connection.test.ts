import { describe, expect, it } from "vitest";
import type { FrontendSocket } from "../../runtime/frontend/frontend-socket.js";
import type { SocketReceiver } from "../../runtime/frontend/socket-receiver.js";
import type { FrontendSession } from "../../runtime/session/frontend-session.js";
import { MemoryConnection } from "../../testing/memory-connection.js";
import { VirtualTiming } from "../../testing/virtual-timing.js";

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const textOf = (what: Uint8Array) => Buffer.from(what).toString();

/** Both ends of a connection, and what each was told; nothing may be told from inside a call. */
function connect(accepts = true) {
  const timing = new VirtualTiming();
  const session = {} as FrontendSession;
  const seen: string[] = [];
  let calling = 0;
  const note = (what: string) => {
    if (calling > 0) throw new Error(`${what} came from inside a call`);
    seen.push(what);
  };
  let server: FrontendSocket | null = null;
  const kept: { client: Uint8Array[]; server: Uint8Array[] } = { client: [], server: [] };
  const receiver = {
    opened(socket: FrontendSocket) {
      note("server opened");
      server = socket;
      if (accepts) return session;
      socket.close(4004, "full");
      return null;
    },
    received(of: FrontendSession, message: ArrayBuffer) {
      expect(of).toBe(session);
      const view = new Uint8Array(message);
      kept.server.push(view);
      note(`server got ${textOf(view)}`);
    },
    drained: () => note("drained"),
    closed: () => note("server closed"),
  } as unknown as SocketReceiver;
  const connection = new MemoryConnection(
    timing,
    receiver,
    {
      opened: () => note("client opened"),
      received(message) {
        kept.client.push(message);
        note(`client got ${textOf(message)}`);
      },
      closed: (code, reason) => note(`client closed ${code} ${reason}`),
    },
    "10.0.0.7",
  );
  const inside = <T>(call: () => T): T => {
    calling++;
    try {
      return call();
    } finally {
      calling--;
    }
  };
  const { client } = connection;
  return {
    timing,
    connection,
    kept,
    get server() {
      return server!;
    },
    take() {
      timing.advance();
      return seen.splice(0);
    },
    down: (text: string) => inside(() => server!.send(bytes(text))),
    up: (text: string) => inside(() => client.send(bytes(text))),
    closeServer: (code: number, reason: string) => inside(() => server!.close(code, reason)),
    closeClient: (code: number, reason: string) => inside(() => client.close(code, reason)),
    inside,
  };
}

/** A connection that is open. */
function open() {
  const ends = connect();
  expect(ends.take()).toEqual(["server opened", "client opened"]);
  return ends;
}

describe("a connection in memory", () => {
  it("opens at the server first, which sees the client's address", () => {
    expect(open().server.remoteAddress).toBe("10.0.0.7");
  });

  it("carries messages both ways in order, none from inside the call that sends it", () => {
    const { up, down, take } = open();
    up("a");
    expect(down("1")).toBe(true);
    up("b");
    expect(down("2")).toBe(true);
    expect(take()).toEqual(["server got a", "client got 1", "server got b", "client got 2"]);
  });

  it("copies what is sent, and takes its buffers back after each delivery", () => {
    const { server, kept, take } = open();
    const message = bytes("before");
    server.send(message);
    message.fill(0);
    expect(take()).toEqual(["client got before"]);
    expect([...new Set(kept.client[0])]).toEqual([0xdd]);
  });

  it("is refused by a server that has no room, with its code", () => {
    const { take } = connect(false);
    expect(take()).toEqual(["server opened", "client opened", "client closed 4004 full"]);
  });

  it("closed by the server delivers what was sent before, then the code", () => {
    const { down, closeServer, up, take } = open();
    down("last");
    closeServer(4501, "bye");
    down("never");
    up("never");
    closeServer(4000, "again");
    expect(take()).toEqual(["client got last", "server closed", "client closed 4501 bye"]);
  });

  it("closed by the client delivers what was sent before", () => {
    const { up, closeClient, down, take } = open();
    up("last");
    closeClient(1000, "done");
    up("never");
    down("never");
    expect(take()).toEqual(["server got last", "client closed 1000 done", "server closed"]);
  });

  it("that is cut loses what is under way, and both ends notice once", () => {
    const { up, down, connection, take } = open();
    up("lost");
    down("lost");
    connection.cut();
    connection.cut();
    expect(take().sort()).toEqual(["client closed 1006 ", "server closed"]);
    down("never");
    expect(take()).toEqual([]);
  });

  it("that is cut before it opens is never opened", () => {
    const { connection, take } = connect();
    connection.cut();
    expect(take()).toEqual(["client closed 1006 "]);
  });
});

describe("a client that does not read", () => {
  it("lets the server's messages wait in its socket, which says so, until it reads again", () => {
    const { down, server, connection, take } = open();
    connection.pause();
    expect(down("123")).toBe(false);
    expect(down("45")).toBe(false);
    expect(server.buffered()).toBe(5);
    expect(take()).toEqual([]);
    connection.resume();
    expect(server.buffered()).toBe(0);
    expect(take()).toEqual(["client got 123", "client got 45", "drained"]);
    expect(down("6")).toBe(true);
    expect(take()).toEqual(["client got 6"]);
  });

  it("hears of nothing to drain when nothing has waited", () => {
    const { connection, take } = open();
    connection.pause();
    connection.resume();
    connection.resume();
    expect(take()).toEqual([]);
  });

  it("may still send", () => {
    const { up, connection, take } = open();
    connection.pause();
    up("hello");
    expect(take()).toEqual(["server got hello"]);
  });

  it("hears of the server's close when it reads again, after what had waited", () => {
    const { down, closeServer, connection, take } = open();
    connection.pause();
    down("one");
    closeServer(4003, "too slow");
    expect(take()).toEqual(["server closed"]);
    connection.resume();
    expect(take()).toEqual(["client got one", "client closed 4003 too slow"]);
  });
});

describe("a network that freezes", () => {
  it("carries nothing, and tells nobody", () => {
    const { up, down, connection, closeServer, take } = open();
    connection.freeze();
    up("lost");
    expect(down("lost")).toBe(false);
    expect(take()).toEqual([]);
    closeServer(4001, "silence");
    expect(take()).toEqual(["server closed"]);
  });

  it("lets a client that gives up leave without the server's knowing", () => {
    const { closeClient, connection, take } = open();
    connection.freeze();
    closeClient(1000, "");
    expect(take()).toEqual(["client closed 1000 "]);
    connection.cut();
    expect(take()).toEqual(["server closed"]);
  });
});
