import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Connection } from "../../client/index.js";
import { VirtualTiming } from "../../testing/virtual-timing.js";
import { CloseCode } from "../../wire/close-code.js";
import { Gap, GoAway, Kick, Pong, Welcome } from "../../wire/control.js";
import { ControlOffset } from "../../wire/control-id.js";
import { CONTROL_ID, description, Line, onChat, say } from "./article-protocol.js";
import { encodeFrame, failureFrame, join } from "./frames.js";
import { connected, line, outcomeOf, ScriptedServer, welcomeDefaults } from "./scripted-server.js";

const good = line(2101, 1, "good");

function patched(frame: Uint8Array, offset: number, ...bytes: number[]): Uint8Array {
  const copy = frame.slice();
  copy.set(bytes, offset);
  return copy;
}

describe("a frame that is none", () => {
  it.each([
    ["an empty message", new Uint8Array(0), "an empty message"],
    ["half a header", good.subarray(0, 20), "BAD_FRAME at byte 0 of 20"],
    ["a length beyond the message", patched(good, 0, 0, 200), `BAD_FRAME at byte 0 of ${good.length}`],
    ["a length shorter than the header", patched(good, 0, 0, 20), `BAD_FRAME at byte 0 of ${good.length}`],
    ["a length of nothing", patched(good, 0, 0, 0), `BAD_FRAME at byte 0 of ${good.length}`],
    [
      "a second frame that is cut",
      join(good, good.subarray(0, 10)),
      `BAD_FRAME at byte ${good.length} of ${good.length + 10}`,
    ],
    ["a compressed body", patched(good, 18, 1), "a compressed or encrypted frame, which this client cannot read"],
    [
      "a control message that does not decode",
      malformed(ControlOffset.KICK),
      /^a control message that does not decode: /,
    ],
    ["a second Welcome", welcome(), "a second Welcome"],
  ])("(%s) ends the connection with that reason, and the client comes back", async (_what, message, reason) => {
    const { connection, server, socket, timing, states } = await connected();
    const seen: string[] = [];
    connection.subscribe(onChat, ({ text }) => seen.push(text));
    const request = outcomeOf(connection.request(say, { text: "" }));
    await timing.settle();
    socket.message(message);
    expect(connection.faults).toBe(1);
    expect(socket.closed).toEqual({ code: CloseCode.BAD_TRAFFIC, reason: "protocol error" });
    const [state] = states;
    expect(state).toMatchObject({ kind: "waiting", code: null });
    const told = state?.kind === "waiting" ? state.reason.replace(/^the server sent /, "") : "";
    if (typeof reason === "string") expect(told).toBe(reason);
    else expect(told).toMatch(reason);
    expect(seen).toEqual(message.length > good.length && message[1] === good.length ? ["good"] : []);
    await timing.settle(1000);
    expect(request.error).toMatchObject({ name: "OUTCOME_UNKNOWN" });
    expect(server.sockets).toHaveLength(2);
    expect(connection.state.kind).toBe("open");
  });

  it("is one before Welcome that only an open session has", async () => {
    for (const [frame, reason] of [
      [good, "the server sent a frame with message id 2101 before Welcome"],
      [control(ControlOffset.GO_AWAY), "the server sent control message 3 before Welcome"],
    ] as const) {
      const server = new ScriptedServer();
      server.behaviour = "open";
      const { dial, timing } = server;
      const opening = outcomeOf(Connection.open(description, { url: "ws://c/", dial, timing, connectTimeout: 0 }));
      await timing.settle();
      server.last.message(frame);
      await timing.settle();
      expect(opening.error?.message).toBe(`cannot connect to test: ${reason}`);
    }
  });

  it("is one larger than anybody sends", async () => {
    const { socket, states } = await connected();
    socket.message(new Uint8Array(16 * 1024 * 1024 + 1));
    expect(states[0]).toMatchObject({ reason: "the server sent a message of 16777217 bytes, of at most 16777216" });
  });
});

describe("a response that does not decode", () => {
  it("rejects its request as executed, and no other", async () => {
    const { connection, socket, timing } = await connected();
    const [bad, fine] = ["a", "b"].map((text) => outcomeOf(connection.request(say, { text })));
    await timing.settle();
    const broken = line(2001, 2, "abc");
    broken[broken.length - 1] = 0xff;
    socket.message(broken, line(2001, 3, "B"));
    await timing.settle();
    expect(bad!.error).toMatchObject({
      name: "BAD_BODY",
      executed: "yes",
      message: "chat.room.say: the response does not decode: test.Line.text is no UTF-8",
    });
    expect(fine!.value).toEqual({ text: "B" });
    expect(connection.faults).toBe(1);
    expect(connection.state.kind).toBe("open");
  });
});

describe("frames", () => {
  it("mean the same however they are spread over messages", async () => {
    const frames = Array.from({ length: 12 }, (_, index) => line(2101, index + 1, `text ${"x".repeat(index * 7)}`));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), async (ends) => {
        const { connection, socket } = await connected();
        const seen: string[] = [];
        connection.subscribe(onChat, ({ text }) => seen.push(text));
        let parts: Uint8Array[] = [];
        for (const [index, frame] of frames.entries()) {
          parts.push(frame);
          if (!ends[index] && index < 11) continue;
          socket.message(...parts);
          parts = [];
        }
        expect(seen).toHaveLength(12);
        expect(connection.faults).toBe(0);
      }),
      { numRuns: 30 },
    );
  });
});

describe("10,000 random and mutated messages", () => {
  it("never crash the client, never keep it from coming back, and leave nothing behind", async () => {
    const seeds = new VirtualTiming({ seed: 20 });
    const below = (bound: number) => seeds.random() % bound;
    const valid = [
      good,
      line(2001, 2, "an answer"),
      failureFrame(description, 2001, 2, 1001, { message: "no", executed: 1 }),
      failureFrame(description, CONTROL_ID - ControlOffset.FAILURE, 2, 1, { message: "no" }),
      encodeFrame(description, { messageId: CONTROL_ID - 1, sequence: 0, codec: Pong, body: { serverTime: 7n } }),
      kick(CloseCode.SERVER_LEAVING),
      control(ControlOffset.GO_AWAY),
      control(ControlOffset.GAP),
      welcome(),
    ];
    let client = await connected();
    let faults = 0;
    for (let round = 0; round < 10_000; round++) {
      const { connection, server, timing } = client;
      if (round % 10 === 0) void connection.request(say, { text: "" }, { timeout: 100 }).catch(() => {});
      server.last.message(below(2) === 0 ? noise(below) : mutated(valid[below(valid.length)]!, below));
      if (connection.state.kind !== "open") await timing.settle(31_000);
      else if (round % 4 === 0) await timing.settle();
      if (connection.state.kind === "open") continue;
      // The one way not to come back: what was left of a Kick said so.
      expect(connection.state).toMatchObject({ kind: "closed", code: CloseCode.KICKED });
      expect(timing.pendingTimers).toBe(0);
      faults += connection.faults;
      client = await connected();
      client.connection.subscribe(onChat, () => {});
    }
    expect(faults + client.connection.faults).toBeGreaterThan(5_000);
    client.connection.close();
    await client.timing.settle();
    expect(client.timing.pendingTimers).toBe(0);
  });
});

function noise(below: (bound: number) => number): Uint8Array {
  return Uint8Array.from({ length: below(64) }, () => below(256));
}

/** Up to three bytes of the header are others, and now and then the end is missing. */
function mutated(frame: Uint8Array, below: (bound: number) => number): Uint8Array {
  const copy = frame.slice();
  for (let count = below(4); count > 0; count--) copy[below(description.response.size)] = below(256);
  return below(8) === 0 ? copy.subarray(0, below(copy.length)) : copy;
}

/** A control message whose body begins with field 1 of a wire type that does not exist. */
function malformed(offset: number): Uint8Array {
  const frame = { messageId: CONTROL_ID - offset, sequence: 0, codec: Line, body: { text: "\u000f" } };
  return encodeFrame(description, frame);
}

function welcome(): Uint8Array {
  return encodeFrame(description, { messageId: CONTROL_ID, sequence: 1, codec: Welcome, body: welcomeDefaults() });
}

function kick(code: number): Uint8Array {
  const body = { code, reason: "" };
  return encodeFrame(description, { messageId: CONTROL_ID - ControlOffset.KICK, sequence: 0, codec: Kick, body });
}

function control(offset: number): Uint8Array {
  const frame = { messageId: CONTROL_ID - offset, sequence: 0 };
  if (offset === ControlOffset.GAP) return encodeFrame(description, { ...frame, codec: Gap, body: {} });
  return encodeFrame(description, { ...frame, codec: GoAway, body: { reason: "", connector: "", after: 10 } });
}
