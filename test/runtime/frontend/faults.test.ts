import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ping, Pong } from "../../../wire/control.js";
import { Enter, Text } from "../lab/generated/server/index.js";
import { enter, type Lab, startLab, text } from "../lab/lab.js";
import { controlId, decoded, encoded, failureOf, frameOf, RawClient, textOf } from "../lab/raw-client.js";

const OWN_ASK = 1111;
const OWN_TELL = 1112;
const WORK_ASK = 2001;
const WORK_SMALL = 2007;
const ON_TEXT = 2101;

const body = encoded(Text, text("hi"));

/** Opens a raw client whose session is bound; the next sequence number is 3. */
async function openBound(lab: Lab, uid = "ann"): Promise<RawClient> {
  const client = await RawClient.open(lab);
  await client.say(
    frameOf({ messageId: 1101, sequence: 2 }, encoded(Enter, { uid, room: "", home: "", conflict: "" })),
  );
  expect(client.take()).toMatchObject([{ messageId: 1101, sequence: 2, error: null }]);
  return client;
}

const changed = (frame: Uint8Array, at: number, value: number) => {
  const copy = Uint8Array.from(frame);
  copy[at] = value;
  return copy;
};

describe("a frame that no correct client sends", () => {
  const good = frameOf({ messageId: OWN_ASK, sequence: 2 }, body);
  const unattributed = controlId("FAILURE");
  const cases: readonly [
    what: string,
    frame: Uint8Array,
    answer: { error: string; messageId: number; sequence: number },
  ][] = [
    ["is empty", new Uint8Array(0), { error: "BAD_FRAME", messageId: unattributed, sequence: 0 }],
    ["is shorter than a header", good.subarray(0, 9), { error: "BAD_FRAME", messageId: unattributed, sequence: 0 }],
    ["is truncated", good.subarray(0, good.length - 1), { error: "BAD_FRAME", messageId: unattributed, sequence: 0 }],
    [
      "says it is longer than it is",
      changed(good, 2, 255),
      { error: "BAD_FRAME", messageId: unattributed, sequence: 0 },
    ],
    [
      "says it is shorter than its header",
      changed(good, 2, 2),
      { error: "BAD_FRAME", messageId: unattributed, sequence: 0 },
    ],
    [
      "has an id that names nothing",
      frameOf({ messageId: 4711, sequence: 2 }, body),
      { error: "UNKNOWN_MESSAGE", messageId: 4711, sequence: 2 },
    ],
    [
      "has a push's id",
      frameOf({ messageId: ON_TEXT, sequence: 2 }, body),
      { error: "UNKNOWN_MESSAGE", messageId: ON_TEXT, sequence: 2 },
    ],
    [
      "has a control id that only servers use",
      frameOf({ messageId: controlId("KICK"), sequence: 2 }, body),
      { error: "UNKNOWN_MESSAGE", messageId: controlId("KICK"), sequence: 2 },
    ],
    [
      "is compressed",
      frameOf({ messageId: OWN_ASK, sequence: 2, compressed: 1 }, body),
      { error: "BAD_FRAME", messageId: unattributed, sequence: 2 },
    ],
    [
      "is encrypted",
      frameOf({ messageId: OWN_ASK, sequence: 2, encrypted: 1 }, body),
      { error: "BAD_FRAME", messageId: unattributed, sequence: 2 },
    ],
    [
      "says Hello again",
      frameOf({ messageId: controlId("HELLO"), sequence: 2 }, new Uint8Array(0)),
      { error: "BAD_FRAME", messageId: controlId("HELLO"), sequence: 2 },
    ],
    [
      "is a Ping that does not decode",
      frameOf({ messageId: controlId("PING"), sequence: 0 }, Uint8Array.of(0xff)),
      { error: "BAD_BODY", messageId: controlId("PING"), sequence: 0 },
    ],
  ];

  it.each(cases)("because it %s is answered, counted, and disturbs nobody", async (_what, frame, answer) => {
    const lab = await startLab();
    const other = await enter(lab, "other", { server: "connector-1" });
    const client = await RawClient.open(lab);
    await client.say(frame);
    const answers = client.take();
    expect(answers).toMatchObject([answer]);
    expect(failureOf(answers[0]!)).toMatchObject({ executed: 1, message: expect.stringMatching(/\w+/) });
    expect(lab.server("connector-1").core.counters.snapshot().errors).toEqual({ [answer.error]: 1 });
    // The session goes on, and so do the others.
    await client.ask(OWN_ASK, 7, { text: "still here" });
    expect(textOf(client.take()[0]!)).toMatchObject({ text: "still here" });
    expect(await lab.run(other.work.jobs.ask(text("me too")))).toMatchObject({ text: "me too" });
  });

  it("is one strike: at the tenth the connection is closed, and stays closed", async () => {
    const lab = await startLab();
    const client = await RawClient.open(lab);
    for (let strike = 1; strike <= 9; strike++) await client.ask(4711, strike + 1);
    expect(client.closed).toBeNull();
    expect(client.take()).toHaveLength(9);
    await client.ask(4711, 11);
    const [answer, kick] = client.take();
    expect([answer?.error, kick?.messageId]).toEqual(["UNKNOWN_MESSAGE", controlId("KICK")]);
    expect(client.closed).toEqual({ code: 4500, reason: expect.stringContaining("10 faulty frames") });
    expect(lab.server("connector-1").core.counters.strikeOuts).toBe(1);
    expect(lab.server("connector-1").frontend!.sessions.size).toBe(0);
  });

  it("is the last thing that is read of a message that is struck out", async () => {
    let ran = 0;
    const lab = await startLab(
      {
        own: () => ({
          ask(request) {
            ran++;
            return request;
          },
        }),
      },
      { limits: { strikes: 2 } },
    );
    const client = await RawClient.open(lab);
    const bad = (sequence: number) => frameOf({ messageId: 4711, sequence }, body);
    await client.say(bad(2), bad(3), frameOf({ messageId: OWN_ASK, sequence: 4 }, body));
    expect(client.closed?.code).toBe(4500);
    expect(ran).toBe(0);
  });

  it("that is larger than a message may be is TOO_LARGE", async () => {
    const lab = await startLab({}, { limits: { frameBytes: 1_024 } });
    const client = await RawClient.open(lab);
    await client.say(new Uint8Array(1_025));
    expect(client.take()).toMatchObject([{ error: "TOO_LARGE", messageId: unattributed, sequence: 0 }]);
    await client.ask(OWN_ASK, 2);
    expect(client.take()).toMatchObject([{ error: null }]);
  });
});

describe("a request", () => {
  it("before Hello is UNAUTHENTICATED, and a strike", async () => {
    const lab = await startLab({}, { limits: { strikes: 2 } });
    const client = await RawClient.connect(lab);
    await client.ask(OWN_ASK, 1);
    expect(client.take()).toMatchObject([{ messageId: OWN_ASK, sequence: 1, error: "UNAUTHENTICATED" }]);
    await client.ask(OWN_ASK, 1);
    expect(client.closed?.code).toBe(4500);
  });

  it("whose body does not decode is BAD_BODY, wherever its handler is", async () => {
    let ran = 0;
    const ask = (request: Text) => {
      ran++;
      return request;
    };
    const lab = await startLab({ own: () => ({ ask }), jobs: () => ({ ask }) });
    const client = await openBound(lab);
    const bad = Uint8Array.of(0x0a, 0x05, 0x61);
    await client.say(frameOf({ messageId: OWN_ASK, sequence: 3 }, bad));
    await client.say(frameOf({ messageId: WORK_ASK, sequence: 4 }, bad));
    const answers = client.take();
    expect(answers).toMatchObject([
      { messageId: OWN_ASK, sequence: 3, error: "BAD_BODY" },
      { messageId: WORK_ASK, sequence: 4, error: "BAD_BODY" },
    ]);
    for (const answer of answers) expect(failureOf(answer)).toMatchObject({ executed: 1 });
    expect(ran).toBe(0);
  });

  it("whose routing key does not decode is BAD_BODY", async () => {
    const lab = await startLab();
    const client = await openBound(lab);
    await client.say(frameOf({ messageId: 2401, sequence: 3 }, Uint8Array.of(0x12, 0x05, 0x61)));
    expect(client.take()).toMatchObject([{ error: "BAD_BODY" }]);
  });

  it("larger than its route takes is TOO_LARGE", async () => {
    const lab = await startLab({ jobs: () => ({ small: (request) => request }) });
    const client = await openBound(lab);
    await client.ask(WORK_SMALL, 3, { text: "x".repeat(30) });
    await client.ask(WORK_SMALL, 4, { text: "x".repeat(31) });
    const answers = client.take();
    expect(answers).toMatchObject([
      { sequence: 3, error: null },
      { sequence: 4, error: "TOO_LARGE" },
    ]);
    expect(failureOf(answers[1]!).message).toBe("work.jobs.small: a body of 33 bytes; its bound is 32");
  });

  it("runs at most once: a number that is not after the last one is BAD_SEQUENCE", async () => {
    const ran: string[] = [];
    const lab = await startLab({
      own: () => ({
        ask(request) {
          ran.push(request.text);
          return request;
        },
      }),
    });
    const client = await RawClient.open(lab);
    const numbers = [2, 2, 1, 5, 3, 0, 6];
    for (const sequence of numbers) await client.ask(OWN_ASK, sequence, { text: `${sequence}` });
    const refused = "BAD_SEQUENCE";
    expect(client.take().map(({ error }) => error)).toEqual([null, refused, refused, null, refused, refused, null]);
    expect(ran).toEqual(["2", "5", "6"]);
  });

  it("counts on past the end of its field, where 0 is left out", async () => {
    const lab = await startLab();
    const client = await RawClient.connect(lab);
    await client.hello({}, 0xffff_fffe);
    client.take();
    for (const sequence of [0xffff_ffff, 1, 2]) await client.ask(OWN_ASK, sequence);
    expect(client.take().map(({ sequence, error }) => ({ sequence, error }))).toEqual([
      { sequence: 0xffff_ffff, error: null },
      { sequence: 1, error: null },
      { sequence: 2, error: null },
    ]);
  });
});

describe("a message", () => {
  it("may carry several frames, and so may what comes back in one tick", async () => {
    const lab = await startLab();
    const client = await RawClient.open(lab);
    const before = client.messages.length;
    await client.say(...[2, 3, 4].map((sequence) => frameOf({ messageId: OWN_ASK, sequence }, body)));
    expect(client.take().map(({ sequence }) => sequence)).toEqual([2, 3, 4]);
    expect(client.messages.slice(before)).toEqual([3]);
  });

  it("is read up to the first frame that is none", async () => {
    const lab = await startLab();
    const client = await RawClient.open(lab);
    const frames = [2, 3].map((sequence) => frameOf({ messageId: OWN_ASK, sequence }, body));
    await client.say(frames[0]!, Uint8Array.of(1, 2, 3), frames[1]!);
    expect(client.take().map(({ error }) => error)).toEqual([null, "BAD_FRAME"]);
  });
});

describe("Ping", () => {
  it("is answered, and counts in no order", async () => {
    const lab = await startLab();
    const client = await RawClient.open(lab);
    const ping = frameOf({ messageId: controlId("PING"), sequence: 0 }, encoded(Ping, Ping.create()));
    await client.say(ping, ping);
    await client.ask(OWN_ASK, 2);
    const frames = client.take();
    expect(frames.map(({ messageId }) => messageId)).toEqual([controlId("PING"), controlId("PING"), OWN_ASK]);
    expect(decoded(Pong, frames[0]!.body)).toEqual({ serverTime: BigInt(lab.timing.wallClock()) });
  });
});

describe("any bytes at all", () => {
  it("are answered or closed on, and nothing is left behind", async () => {
    const lab = await startLab({ own: () => ({ tell() {} }) }, { limits: { strikes: 1_000_000 } });
    const client = await RawClient.open(lab);
    const seeds = [
      frameOf({ messageId: OWN_ASK, sequence: 2 }, body),
      frameOf({ messageId: OWN_TELL, sequence: 2 }, body),
      frameOf({ messageId: WORK_ASK, sequence: 2 }, body),
      frameOf({ messageId: controlId("PING"), sequence: 0 }, new Uint8Array(0)),
    ];
    const mutated = fc
      .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(40), fc.nat(255)), { maxLength: 4 }))
      .map(([frame, changes]) =>
        changes.reduce((bytes, [at, value]) => changed(bytes, at % bytes.length, value), frame),
      );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(mutated, fc.uint8Array({ maxLength: 64 })), { maxLength: 5 }),
        async (parts) => {
          await client.say(...parts);
          expect(client.closed).toBeNull();
        },
      ),
      { numRuns: 500 },
    );
    client.take();
    expect(lab.server("connector-1").core.counters.exceptions).toBe(0);
    const other = await enter(lab, "other", { server: "connector-1" });
    expect(await lab.run(other.work.jobs.ask(text("fine")))).toMatchObject({ text: "fine" });
  });
});
