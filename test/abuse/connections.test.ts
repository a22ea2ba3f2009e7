/** Connections that are opened and abused rather than used: each ends with its code, is counted, and leaves nothing behind. */
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CloseCode } from "../../wire/close-code.js";
import { ErrorCode } from "../../wire/error-code.js";
import { Executed, enterFrame, helloFrame, Id, pingFrame, readFailure } from "./frames.js";
import { leftovers } from "./leftovers.js";
import { RawClient } from "./raw-client.js";
import { type RealCluster, startReal, unrated } from "./real-cluster.js";
import { Witness } from "./witness.js";

const MOST_SESSIONS = 40;

let cluster: RealCluster;
let witness: Witness;
let url: string;
let port: number;

beforeAll(async () => {
  cluster = await startReal({
    run: unrated,
    limits: { helloTimeout: 1_500, sessions: MOST_SESSIONS, frameBytes: 4_096 },
  });
  url = cluster.url("connector-1");
  port = Number(new URL(url).port);
  witness = await Witness.start(url);
});

afterAll(async () => {
  await witness.stop();
  await until(() => Object.keys(leftovers(cluster)).length === 0);
  expect(leftovers(cluster)).toEqual({});
  await cluster.stop();
});

/** Looks again each time the event loop comes round; what never becomes true ends in the test's own timeout. */
async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A raw TCP connection to the connector; resolves to everything it was sent once the server has closed it. */
function raw(bytes: string | Buffer): { socket: Socket; closed: Promise<string> } {
  const socket = connect(port, "127.0.0.1");
  const closed = new Promise<string>((resolve) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
  });
  socket.write(bytes);
  return { socket, closed };
}

/** The TCP connection under a client's WebSocket. */
function tcpOf(client: RawClient): Socket {
  return (client.socket as unknown as { _socket: Socket })._socket;
}

const UPGRADE =
  "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

describe("a connection", () => {
  it("that never says Hello ends with HELLO_TIMEOUT, whatever else it says", async () => {
    const counters = cluster.counters("connector-1");
    const before = counters.closesWith(CloseCode.HELLO_TIMEOUT);
    const mute = await RawClient.connect(url);
    const chatty = await RawClient.connect(url);
    // Signs of life do not prolong it.
    const talk = setInterval(() => chatty.send(pingFrame()), 250);
    const ends = await Promise.all([mute.closed, chatty.closed]);
    clearInterval(talk);
    expect(ends.map(({ code }) => code)).toEqual([CloseCode.HELLO_TIMEOUT, CloseCode.HELLO_TIMEOUT]);
    expect(counters.closesWith(CloseCode.HELLO_TIMEOUT)).toBe(before + 2);
    await witness.more(3);
  });

  it("that sends text is told BAD_FRAME, and is closed at the tenth", async () => {
    const client = await RawClient.open(url);
    for (let index = 0; index < 3; index++) client.socket.send("hello");
    const answer = await client.next();
    expect(answer).toMatchObject({ messageId: Id.FAILURE, sequence: 0, errorCode: ErrorCode.BAD_FRAME });
    expect(readFailure(answer)).toMatchObject({ executed: Executed.NO, message: expect.stringMatching(/binary/) });
    client.send(enterFrame(2, "abuse", "mallory"));
    expect((await client.answer(2)).errorCode).toBe(0);
    for (let index = 0; index < 8; index++) client.socket.send("");
    expect((await client.closed).code).toBe(CloseCode.BAD_TRAFFIC);
    await witness.more(3);
  });

  it("whose message is larger than the limit is told TOO_LARGE", async () => {
    const counters = cluster.counters("connector-1");
    const before = counters.errorsOf(ErrorCode.TOO_LARGE);
    const client = await RawClient.open(url);
    client.send(Buffer.alloc(4_097));
    const answer = await client.next();
    expect(answer).toMatchObject({ messageId: Id.FAILURE, sequence: 0, errorCode: ErrorCode.TOO_LARGE });
    expect(readFailure(answer).message).toMatch(/4097 bytes; at most 4096/);
    client.send(Buffer.alloc(8_192));
    expect(await client.next()).toMatchObject({ errorCode: ErrorCode.TOO_LARGE });
    expect(counters.errorsOf(ErrorCode.TOO_LARGE)).toBe(before + 2);
    client.send(enterFrame(2, "abuse", "mallory"));
    expect((await client.answer(2)).errorCode).toBe(0);
    await client.close();
  });

  it("whose message is more than twice the limit is cut off, and counted", async () => {
    const counters = cluster.counters("connector-1");
    const before = counters.strikeOuts;
    const client = await RawClient.open(url);
    client.send(Buffer.alloc(8_193));
    expect((await client.closed).code).toBe(1006);
    expect(counters.strikeOuts).toBe(before + 1);
    await witness.more(3);
  });

  it("whose text is not UTF-8 is cut off, and counted", async () => {
    const counters = cluster.counters("connector-1");
    const before = counters.strikeOuts;
    const client = await RawClient.open(url);
    tcpOf(client).write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xff]));
    expect((await client.closed).code).toBe(1006);
    expect(counters.strikeOuts).toBe(before + 1);
    await witness.more(3);
  });

  it("that breaks the WebSocket protocol is cut off", async () => {
    // A reserved bit; a reserved operation; a fragmented control frame; a control frame of 126 bytes; a continuation of nothing.
    for (const first of [0xc2, 0x83, 0x09, 0x80]) {
      const client = await RawClient.open(url);
      tcpOf(client).write(Buffer.from([first, 0x80, 0, 0, 0, 0]));
      expect((await client.closed).code).toBe(1006);
    }
    const client = await RawClient.open(url);
    tcpOf(client).write(Buffer.from([0x89, 0xfe, 0, 126, 0, 0, 0, 0]));
    expect((await client.closed).code).toBe(1006);
    await witness.more(3);
  });

  it("that speaks no HTTP, or asks for what is not there, gets an HTTP answer and no session", async () => {
    const { sessions } = cluster.server("connector-1").frontend!;
    const before = sessions.size;
    expect(await raw("garbage\r\n\r\n").closed).toMatch(/^HTTP\/1.1 \d/);
    const get = raw("GET /entry?uid=a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    await until(() => get.socket.bytesRead > 0);
    get.socket.destroy();
    expect(await get.closed).toMatch(/^HTTP\/1.1 404/);
    expect(sessions.size).toBe(before);
    await witness.more(3);
  });

  it("beyond the number of sessions is refused with FULL, and those there are go on", async () => {
    const counters = cluster.counters("connector-1");
    const clients: RawClient[] = [];
    while (cluster.server("connector-1").frontend!.sessions.size < MOST_SESSIONS)
      clients.push(await RawClient.open(url));
    const before = counters.closesWith(CloseCode.FULL);
    const refused = await Promise.all([1, 2, 3].map(async () => (await RawClient.connect(url)).closed));
    for (const { code, reason } of refused) {
      expect(code).toBe(CloseCode.FULL);
      expect(reason).toMatch(/at most 40 sessions/);
    }
    expect(counters.closesWith(CloseCode.FULL)).toBe(before + 3);
    await witness.more(3);
    await clients.pop()!.close();
    await until(() => cluster.server("connector-1").frontend!.sessions.size < MOST_SESSIONS);
    clients.push(await RawClient.open(url));
    await Promise.all(clients.map((client) => client.close()));
  });

  it("that is cut in the middle of a request ends there, and its name is free again", async () => {
    for (let round = 0; round < 20; round++) {
      const client = await RawClient.open(url);
      client.send(enterFrame(2, "abuse", "mallory"));
      if (round % 2 === 0) client.socket.terminate();
      else client.socket.close();
      await client.closed;
    }
    const client = await RawClient.open(url);
    for (let sequence = 2, entered = false; !entered; sequence++) {
      client.send(enterFrame(sequence, "abuse", "mallory"));
      entered = (await client.answer(sequence)).errorCode === 0;
    }
    await client.close();
    await witness.more(3);
  });

  it("that was silent for longer than the protocol allows ends with HEARTBEAT_TIMEOUT", async () => {
    // Made to look so, rather than waited for.
    const client = await RawClient.open(url);
    const { sessions } = cluster.server("connector-1").frontend!;
    for (const session of sessions) if (session.uid === null) session.lastHeard -= 60_000;
    expect((await client.closed).code).toBe(CloseCode.HEARTBEAT_TIMEOUT);
    await witness.more(3);
  });
});

describe("a socket that is closed and does not go", () => {
  it("is taken away after a while, so that sockets cannot be collected", async () => {
    const deaf: { socket: Socket; closed: Promise<string> }[] = [];
    for (let index = 0; index < 5; index++) {
      // Half open: it never answers the close frame, and keeps its side of the connection.
      const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
      socket.on("error", () => {});
      socket.on("data", () => {});
      socket.write(UPGRADE);
      deaf.push({ socket, closed: new Promise((resolve) => socket.on("close", () => resolve(""))) });
    }
    await until(() => deaf.every(({ socket }) => socket.bytesRead > 100));
    for (const { socket } of deaf) socket.resume();
    // HELLO_TIMEOUT closes them; nobody answers; uWebSockets.js waits for 16 seconds and no longer. A reset is an end, too.
    const poll = setInterval(() => {
      for (const { socket } of deaf) if (!socket.destroyed && socket.readableEnded) socket.write("x");
    }, 500);
    await Promise.all(deaf.map(({ closed }) => closed));
    clearInterval(poll);
    await witness.more(3);
  }, 40_000);
});

it("a Hello cut into single bytes of TCP is a Hello", async () => {
  const frame = helloFrame();
  const masked = Buffer.concat([Buffer.from([0x82, 0x80 | frame.length, 0, 0, 0, 0]), frame]);
  const { socket, closed } = raw(UPGRADE);
  await until(() => socket.bytesRead > 100);
  socket.setNoDelay(true);
  const before = socket.bytesRead;
  for (const byte of masked) {
    socket.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => socket.bytesRead > before);
  socket.destroy();
  await closed;
});
