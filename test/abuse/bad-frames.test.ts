/** Every kind of frame that a correct client never sends: its error code, its counter, and nobody else disturbed. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CloseCode } from "../../wire/close-code.js";
import { Kick } from "../../wire/control.js";
import { ErrorCode } from "../../wire/error-code.js";
import {
  decoded,
  Executed,
  enterFrame,
  helloFrame,
  Id,
  pingFrame,
  readFailure,
  requestFrame,
  sendFrame,
  Type,
  typingFrame,
} from "./frames.js";
import { RawClient } from "./raw-client.js";
import { type RealCluster, startReal, unrated } from "./real-cluster.js";
import { Witness } from "./witness.js";

let cluster: RealCluster;
let witness: Witness;

beforeAll(async () => {
  cluster = await startReal({ run: unrated });
  witness = await Witness.start(cluster.url("connector-1"));
});

afterAll(async () => {
  await witness.stop();
  await cluster.stop();
});

interface BadFrame {
  readonly name: string;
  /** After Hello (1) and, if it enters, its enter request (2). */
  readonly frame: Buffer;
  readonly code: ErrorCode;
  /** What the answer is filed under. Default: a Failure of no route. */
  readonly messageId?: number;
  readonly sequence: number;
  readonly enters?: boolean;
  /** How many strikes it counts. Default: one. */
  readonly strikes?: number;
}

const chat = { serverType: Type.CHAT, messageId: Id.SEND };
const good = sendFrame(3, "*", "hello");
const cut = (frame: Buffer, length: number) => frame.subarray(0, length);
const garbage = Buffer.from([0x0a, 0x05, 0x61]);

const badFrames: BadFrame[] = [
  { name: "one byte", frame: Buffer.from([1]), code: ErrorCode.BAD_FRAME, sequence: 0 },
  { name: "an empty message", frame: Buffer.alloc(0), code: ErrorCode.BAD_FRAME, sequence: 0 },
  { name: "shorter than a header", frame: cut(good, 23), code: ErrorCode.BAD_FRAME, sequence: 0 },
  { name: "a truncated body", frame: cut(good, good.length - 1), code: ErrorCode.BAD_FRAME, sequence: 0 },
  {
    name: "a length longer than the message",
    frame: requestFrame({ ...chat, sequence: 3, length: 5000 }),
    code: ErrorCode.BAD_FRAME,
    sequence: 0,
  },
  {
    name: "a length shorter than the header",
    frame: requestFrame({ ...chat, sequence: 3, length: 23 }),
    code: ErrorCode.BAD_FRAME,
    sequence: 0,
  },
  {
    name: "the length 0",
    frame: requestFrame({ ...chat, sequence: 3, length: 0 }),
    code: ErrorCode.BAD_FRAME,
    sequence: 0,
  },
  {
    name: "a wrong checksum",
    frame: requestFrame({ ...chat, sequence: 3, checksum: 1 }),
    code: ErrorCode.BAD_CHECKSUM,
    sequence: 3,
  },
  {
    // Two faults: what is cut off is no frame either.
    name: "a length that cuts the body in two",
    frame: requestFrame({ ...chat, sequence: 3, body: Buffer.alloc(100, 1), length: 60 }),
    code: ErrorCode.BAD_CHECKSUM,
    sequence: 3,
    strikes: 2,
  },
  {
    name: "compressed 1",
    frame: requestFrame({ ...chat, sequence: 3, compressed: 1 }),
    code: ErrorCode.BAD_FRAME,
    sequence: 3,
  },
  {
    name: "encrypted 255",
    frame: requestFrame({ ...chat, sequence: 3, encrypted: 255 }),
    code: ErrorCode.BAD_FRAME,
    sequence: 3,
  },
  ...[0, 1, 999, 4242, 65_519].map((messageId) => ({
    name: `the unknown id ${messageId}`,
    frame: requestFrame({ messageId, serverType: Type.CHAT, sequence: 3 }),
    code: ErrorCode.UNKNOWN_MESSAGE,
    messageId,
    sequence: 3,
  })),
  ...[Id.ON_CHAT, Id.ON_TYPING, Id.ON_ADD, Id.ON_LEAVE].map((messageId) => ({
    name: `a push's id, ${messageId}`,
    frame: requestFrame({ messageId, serverType: Type.CHAT, sequence: 3 }),
    code: ErrorCode.UNKNOWN_MESSAGE,
    messageId,
    sequence: 3,
  })),
  ...[Id.KICK, Id.FAILURE, 65_531, 65_532, 65_529, 65_520].map((messageId) => ({
    name: `a control id that only servers send, ${messageId}`,
    frame: requestFrame({ messageId, serverType: Type.CONTROL, sequence: 3 }),
    code: ErrorCode.UNKNOWN_MESSAGE,
    messageId,
    sequence: 3,
  })),
  // A remote has no id that a client could send; the number it has between servers is not one.
  {
    name: "a remote's number between servers",
    frame: requestFrame({ messageId: 9, serverType: Type.CHAT, sequence: 3 }),
    code: ErrorCode.UNKNOWN_MESSAGE,
    messageId: 9,
    sequence: 3,
  },
  { name: "Hello twice", frame: helloFrame(1, 3), code: ErrorCode.BAD_FRAME, messageId: Id.HELLO, sequence: 3 },
  {
    name: "a Ping whose body does not decode",
    frame: requestFrame({ messageId: Id.PING, serverType: Type.CONTROL, sequence: 0, body: garbage }),
    code: ErrorCode.BAD_BODY,
    messageId: Id.PING,
    sequence: 0,
  },
  {
    name: "a wrong server type",
    frame: requestFrame({ messageId: Id.SEND, serverType: Type.CONNECTOR, sequence: 3 }),
    code: ErrorCode.BAD_FRAME,
    messageId: Id.SEND,
    sequence: 3,
  },
  {
    name: "a server type nobody has",
    frame: requestFrame({ messageId: Id.ENTER, serverType: 65_535, sequence: 3 }),
    code: ErrorCode.BAD_FRAME,
    messageId: Id.ENTER,
    sequence: 3,
  },
  {
    name: "a request without a bound session",
    frame: good,
    code: ErrorCode.UNAUTHENTICATED,
    messageId: Id.SEND,
    sequence: 3,
    strikes: 0,
  },
  {
    name: "a notify without a bound session",
    frame: typingFrame(3),
    code: ErrorCode.UNAUTHENTICATED,
    messageId: Id.TYPING,
    sequence: 3,
    strikes: 0,
  },
  ...[0, 1, 2, 0x8000_0003].map((sequence) => ({
    name: `the sequence ${sequence} after 2`,
    frame: sendFrame(sequence, "*", "again"),
    code: ErrorCode.BAD_SEQUENCE,
    messageId: Id.SEND,
    sequence,
    enters: true,
    strikes: 0,
  })),
  {
    name: "a body that the connector's own route cannot decode",
    frame: requestFrame({ messageId: Id.ENTER, serverType: Type.CONNECTOR, sequence: 3, body: garbage }),
    code: ErrorCode.BAD_BODY,
    messageId: Id.ENTER,
    sequence: 3,
    strikes: 0,
  },
  {
    name: "a body that the backend's route cannot decode",
    frame: requestFrame({ ...chat, sequence: 3, body: garbage }),
    code: ErrorCode.BAD_BODY,
    messageId: Id.SEND,
    sequence: 3,
    enters: true,
    strikes: 0,
  },
  {
    name: "text that is not UTF-8",
    frame: requestFrame({ ...chat, sequence: 3, body: Buffer.from([0x0a, 0x02, 0xc3, 0x28]) }),
    code: ErrorCode.BAD_BODY,
    messageId: Id.SEND,
    sequence: 3,
    enters: true,
    strikes: 0,
  },
  {
    name: "a body beyond the route's maxBytes",
    frame: sendFrame(3, "*", "x".repeat(4096)),
    code: ErrorCode.TOO_LARGE,
    messageId: Id.SEND,
    sequence: 3,
    enters: true,
    strikes: 0,
  },
];

describe("a client that sends", () => {
  for (const bad of badFrames) {
    it(`${bad.name} is told ${Object.keys(ErrorCode)[bad.code]}, and may go on`, async () => {
      const counters = cluster.counters("connector-1");
      const before = counters.errorsOf(bad.code);
      const client = await RawClient.open(cluster.url("connector-1"));
      if (bad.enters === true) {
        client.send(enterFrame(2, "abuse", "mallory"));
        expect((await client.answer(2)).errorCode).toBe(0);
      }
      const { session } = inside(client);
      client.send(bad.frame);
      const answer = await client.next();
      expect(answer).toMatchObject({
        messageId: bad.messageId ?? Id.FAILURE,
        sequence: bad.sequence,
        errorCode: bad.code,
      });
      const failure = readFailure(answer);
      expect(failure.executed).toBe(Executed.NO);
      expect(failure.message.length).toBeGreaterThan(10);
      expect(failure.logId).toBe("");
      expect(counters.errorsOf(bad.code)).toBe(before + 1);
      expect(session().strikes).toBe(bad.strikes ?? 1);
      client.frames.length = 0;
      // The session is as it was: the next number runs.
      client.send(enterFrame(4, "abuse", "mallory"));
      expect((await client.answer(4)).errorCode).toBe(bad.enters === true ? 1002 : 0);
      await client.close();
      await witness.more(3);
    });
  }

  it("nothing but faults is closed at the tenth, and told why", async () => {
    const counters = cluster.counters("connector-1");
    const { strikeOuts } = counters;
    const closes = counters.closesWith(CloseCode.BAD_TRAFFIC);
    const client = await RawClient.open(cluster.url("connector-1"));
    for (let index = 0; index < 12; index++) client.send(Buffer.from([index]));
    const { code, reason } = await client.closed;
    expect(code).toBe(CloseCode.BAD_TRAFFIC);
    expect(reason).toMatch(/10 faulty frames/);
    const failures = client.frames.filter(({ messageId }) => messageId === Id.FAILURE);
    expect(failures).toHaveLength(10);
    const kick = client.frames.at(-1)!;
    expect(kick.messageId).toBe(Id.KICK);
    expect(decoded(Kick, kick.body)).toMatchObject({
      code: CloseCode.BAD_TRAFFIC,
      reason: expect.stringMatching(/10 faulty/),
    });
    expect(counters.strikeOuts).toBe(strikeOuts + 1);
    expect(counters.closesWith(CloseCode.BAD_TRAFFIC)).toBe(closes + 1);
    await witness.more(3);
  });

  it("a damaged number far ahead is not shut out by it", async () => {
    const client = await RawClient.open(cluster.url("connector-1"));
    client.send(requestFrame({ ...chat, sequence: 0x7000_0000, checksum: 5 }));
    expect(await client.next()).toMatchObject({ errorCode: ErrorCode.BAD_CHECKSUM, sequence: 0x7000_0000 });
    client.send(enterFrame(2, "abuse", "mallory"));
    expect((await client.answer(2)).errorCode).toBe(0);
    await client.close();
  });

  it("numbers up to the last and beyond is served across the wrap, and a replay is not", async () => {
    const client = await RawClient.connect(cluster.url("connector-1"));
    client.send(helloFrame(1, 0xffff_fffd));
    expect(await client.next()).toMatchObject({ messageId: Id.HELLO, sequence: 0xffff_fffd, errorCode: 0 });
    client.send(enterFrame(0xffff_fffe, "wrap", "wanda"));
    expect((await client.answer(0xffff_fffe)).errorCode).toBe(0);
    for (const sequence of [0xffff_ffff, 1, 2]) {
      client.send(sendFrame(sequence, "wanda", `line ${sequence}`));
      expect((await client.answer(sequence)).errorCode, `sequence ${sequence}`).toBe(0);
    }
    for (const sequence of [0xffff_ffff, 1, 0]) {
      client.send(sendFrame(sequence, "wanda", `line ${sequence}`));
      expect((await client.answer(sequence)).errorCode, `replay ${sequence}`).toBe(ErrorCode.BAD_SEQUENCE);
    }
    expect(client.frames.filter(({ messageId }) => messageId === Id.ON_CHAT)).toHaveLength(3);
    await client.close();
  });
});

describe("before Hello", () => {
  it("every request and control message is refused, and ten of them are the end", async () => {
    const client = await RawClient.connect(cluster.url("connector-1"));
    client.send(enterFrame(1, "abuse", "mallory"));
    expect(await client.next()).toMatchObject({
      messageId: Id.ENTER,
      sequence: 1,
      errorCode: ErrorCode.UNAUTHENTICATED,
    });
    client.send(pingFrame(7));
    expect(await client.next()).toMatchObject({
      messageId: Id.PING,
      sequence: 7,
      errorCode: ErrorCode.UNKNOWN_MESSAGE,
    });
    client.send(typingFrame(2));
    expect(await client.next()).toMatchObject({ messageId: Id.TYPING, errorCode: ErrorCode.UNAUTHENTICATED });
    for (let index = 0; index < 7; index++) client.send(sendFrame(3, "*", "x"));
    expect((await client.closed).code).toBe(CloseCode.BAD_TRAFFIC);
  });

  it("a Hello that does not decode is BAD_BODY, and the next may", async () => {
    const client = await RawClient.connect(cluster.url("connector-1"));
    client.send(requestFrame({ messageId: Id.HELLO, serverType: Type.CONTROL, sequence: 1, body: garbage }));
    expect(await client.next()).toMatchObject({ messageId: Id.HELLO, sequence: 1, errorCode: ErrorCode.BAD_BODY });
    client.send(helloFrame(1, 2));
    expect(await client.next()).toMatchObject({ messageId: Id.HELLO, sequence: 2, errorCode: 0 });
    await client.close();
  });

  it("a Hello of a schema too old ends the connection with INCOMPATIBLE", async () => {
    const counters = cluster.counters("connector-1");
    const before = counters.closesWith(CloseCode.INCOMPATIBLE);
    const client = await RawClient.connect(cluster.url("connector-1"));
    client.send(helloFrame(0));
    const { code, reason } = await client.closed;
    expect(code).toBe(CloseCode.INCOMPATIBLE);
    expect(reason).toMatch(/update the client/);
    expect(counters.closesWith(CloseCode.INCOMPATIBLE)).toBe(before + 1);
    await witness.more(3);
  });
});

describe("several frames in one message", () => {
  it("are each dealt with, also behind one with a fault that leaves their limits known", async () => {
    const client = await RawClient.open(cluster.url("connector-1"));
    client.send(
      enterFrame(2, "abuse", "mallory"),
      requestFrame({ ...chat, sequence: 3, checksum: 1 }),
      requestFrame({ messageId: 4242, serverType: 1, sequence: 4 }),
      pingFrame(9),
      requestFrame({ ...chat, sequence: 5, compressed: 3 }),
      enterFrame(6, "abuse", "mallory"),
    );
    expect((await client.next((frame) => frame.sequence === 3)).errorCode).toBe(ErrorCode.BAD_CHECKSUM);
    expect((await client.answer(4)).errorCode).toBe(ErrorCode.UNKNOWN_MESSAGE);
    expect((await client.answer(9)).messageId).toBe(Id.PING);
    expect((await client.answer(5)).errorCode).toBe(ErrorCode.BAD_FRAME);
    expect((await client.answer(2)).errorCode).toBe(0);
    expect((await client.answer(6)).errorCode).toBe(1002);
    await client.close();
  });

  it("are read up to a byte that begins none", async () => {
    const client = await RawClient.open(cluster.url("connector-1"));
    client.send(pingFrame(1), Buffer.from([0]));
    expect(await client.next()).toMatchObject({ messageId: Id.PING, sequence: 1 });
    expect(await client.next()).toMatchObject({ messageId: Id.FAILURE, errorCode: ErrorCode.BAD_FRAME });
    await client.close();
  });

  it("end where one's length makes no sense: what follows cannot be told from garbage", async () => {
    const client = await RawClient.open(cluster.url("connector-1"));
    client.send(
      pingFrame(1),
      requestFrame({ ...chat, sequence: 3, length: 10 }),
      enterFrame(4, "abuse", "mallory"),
      enterFrame(5, "abuse", "mallory"),
    );
    expect(await client.next()).toMatchObject({ messageId: Id.PING, sequence: 1 });
    expect(await client.next()).toMatchObject({ messageId: Id.FAILURE, errorCode: ErrorCode.BAD_FRAME });
    client.send(enterFrame(6, "abuse", "mallory"));
    expect((await client.answer(6)).errorCode).toBe(0);
    expect(client.frames.filter(({ sequence }) => sequence === 4 || sequence === 5)).toEqual([]);
    await client.close();
    await witness.more(3);
  });
});

/** The session of the client that connected last. */
function inside(_client: RawClient) {
  let newest: { strikes: number; generation: number; slot: number } | null = null;
  for (const session of cluster.server("connector-1").frontend!.sessions) newest = session;
  const session = newest!;
  return { session: () => session };
}
