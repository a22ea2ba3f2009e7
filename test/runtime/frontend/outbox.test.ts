import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Outbox } from "../../../runtime/frontend/outbox.js";
import { Counters } from "../../../runtime/operate/counters.js";
import { Tick } from "../../../runtime/operate/tick.js";
import { type FrontendSession, SessionPhase } from "../../../runtime/session/frontend-session.js";
import { VirtualTiming } from "../../../testing/virtual-timing.js";
import { mainResponse } from "../lab/generated/server/layouts.js";

/** A session as far as the outbox knows one, and what its socket was given. */
function makeSession() {
  const messages: Buffer[] = [];
  const socket = {
    takes: true,
    waiting: 0,
    send(bytes: Uint8Array) {
      messages.push(Buffer.from(bytes));
      return socket.takes;
    },
    buffered: () => socket.waiting,
  };
  const state = {
    phase: SessionPhase.OPEN,
    firstEntry: -1,
    lastEntry: -1,
    pendingBytes: 0,
    congested: false,
    doomed: false,
    socket,
    protocol: { response: mainResponse },
  };
  return { session: state as unknown as FrontendSession, state, socket, messages };
}

function makeOutbox(sessionBytes = 1_000_000) {
  const timing = new VirtualTiming();
  const counters = new Counters();
  return { timing, counters, outbox: new Outbox({ tick: new Tick(timing), counters, sessionBytes }) };
}

/** Appends a frame whose body tells it from every other; returns where it stands. */
function append(outbox: Outbox, mark: number, bodyBytes: number): { start: number; end: number } {
  const { slab } = outbox;
  const start = slab.length;
  const header = mainResponse.create();
  header.messageId = mark & 0xffff;
  slab.length += mainResponse.size;
  slab.reserve(bodyBytes);
  slab.bytes.fill(mark & 0xff, slab.length, slab.length + bodyBytes);
  slab.length += bodyBytes;
  mainResponse.encode(header, slab, start, slab.length);
  return { start, end: slab.length };
}

/** The frame as a session should get it. */
function expected(mark: number, bodyBytes: number, sequence: number): Buffer {
  const { outbox } = makeOutbox();
  const { start, end } = append(outbox, mark, bodyBytes);
  if (sequence !== 0) mainResponse.patchSequence(outbox.slab, start, end, sequence);
  return Buffer.from(outbox.slab.bytes.subarray(start, end));
}

describe("Outbox", () => {
  it("writes nothing in the call that adds, and one message per socket and tick", () => {
    const { outbox, timing, counters } = makeOutbox();
    const [ann, bob] = [makeSession(), makeSession()];
    for (let mark = 1; mark <= 3; mark++) {
      const { start, end } = append(outbox, mark, 10);
      outbox.add(ann.session, start, end, 0);
      if (mark === 2) outbox.add(bob.session, start, end, 0);
    }
    expect(ann.messages).toEqual([]);
    timing.advance();
    expect(ann.messages).toEqual([Buffer.concat([1, 2, 3].map((mark) => expected(mark, 10, 0)))]);
    expect(bob.messages).toEqual([expected(2, 10, 0)]);
    expect(counters.framesOut).toBe(4);
    expect(counters.bytesOut).toBe(4 * expected(1, 10, 0).length);
    expect(outbox.slab.length).toBe(0);
    expect(timing.pendingTasks).toBe(0);
  });

  it("gives each session its frames, with its own numbers, however they are spread and flushed", () => {
    const push = fc.record({
      kind: fc.constant("push" as const),
      bytes: fc.oneof(fc.nat(60), fc.constant(40_000)),
      to: fc.uniqueArray(fc.nat(5), { maxLength: 6 }),
      counted: fc.boolean(),
    });
    const answer = fc.record({ kind: fc.constant("answer" as const), bytes: fc.nat(60), to: fc.nat(5) });
    const flush = fc.constantFrom({ kind: "flush" as const }, { kind: "flushOne" as const });
    const action = fc.oneof(
      { weight: 5, arbitrary: push },
      { weight: 5, arbitrary: answer },
      { weight: 1, arbitrary: flush },
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
        const { outbox, timing } = makeOutbox(1e9);
        const sessions = Array.from({ length: 6 }, makeSession);
        const counters = sessions.map(() => 0);
        const wanted: Buffer[][] = sessions.map(() => []);
        actions.forEach((one, mark) => {
          if (one.kind === "flush") {
            timing.advance();
          } else if (one.kind === "flushOne") {
            outbox.flushSession(sessions[mark % sessions.length]!.session);
          } else {
            const { start, end } = append(outbox, mark, one.bytes);
            const counted = one.kind === "push" && one.counted;
            for (const index of one.kind === "push" ? one.to : [one.to]) {
              const sequence = counted ? ++counters[index]! : 0;
              outbox.add(sessions[index]!.session, start, end, sequence);
              wanted[index]!.push(expected(mark, one.bytes, sequence));
            }
          }
        });
        timing.advance();
        sessions.forEach(({ messages, state }, index) => {
          expect(Buffer.concat(messages).equals(Buffer.concat(wanted[index]!))).toBe(true);
          expect(state.pendingBytes).toBe(0);
        });
      }),
      { numRuns: 500 },
    );
  });

  it("keeps frames apart that begin at the same place and end at another", () => {
    const { outbox, timing } = makeOutbox();
    const sessions = Array.from({ length: 3 }, makeSession);
    const [ann, bob, cid] = sessions;
    const give = (mark: number, ...to: (typeof sessions)[number][]) => {
      const { start, end } = append(outbox, mark, 20);
      for (const { session } of to) outbox.add(session, start, end, 0);
    };
    give(1, ann!, bob!, cid!);
    // Joined to the first for two of them.
    give(2, ann!, cid!);
    give(3, bob!);
    give(4, ann!, cid!);
    timing.advance();
    const frames = (...marks: number[]) => [Buffer.concat(marks.map((mark) => expected(mark, 20, 0)))];
    expect(ann!.messages).toEqual(frames(1, 2, 4));
    expect(bob!.messages).toEqual(frames(1, 3));
    expect(cid!.messages).toEqual(frames(1, 2, 4));
  });

  it("cuts what is large into several messages, between frames", () => {
    const { outbox, timing } = makeOutbox(1e9);
    const ann = makeSession();
    for (let mark = 1; mark <= 10; mark++) {
      const { start, end } = append(outbox, mark, 30_000);
      outbox.add(ann.session, start, end, mark);
    }
    timing.advance();
    expect(ann.messages.length).toBeGreaterThan(1);
    for (const message of ann.messages) expect(message.length).toBeLessThanOrEqual(128 * 1024);
    const all = Array.from({ length: 10 }, (_, index) => expected(index + 1, 30_000, index + 1));
    expect(Buffer.concat(ann.messages).equals(Buffer.concat(all))).toBe(true);
  });

  it("notes a socket that does not take everything, and counts what waits there", () => {
    const { outbox, timing } = makeOutbox(1_000);
    const ann = makeSession();
    expect(outbox.fits(ann.session, 1_000)).toBe(true);
    expect(outbox.fits(ann.session, 1_001)).toBe(false);
    const { start, end } = append(outbox, 1, 490);
    outbox.add(ann.session, start, end, 0);
    expect(outbox.fits(ann.session, 500)).toBe(true);
    expect(outbox.fits(ann.session, 501)).toBe(false);
    ann.socket.takes = false;
    timing.advance();
    expect(ann.state.congested).toBe(true);
    ann.socket.waiting = 900;
    expect(outbox.fits(ann.session, 100)).toBe(true);
    expect(outbox.fits(ann.session, 101)).toBe(false);
  });

  it("writes nothing to a session that has closed meanwhile, or was discarded", () => {
    const { outbox, timing } = makeOutbox();
    const [ann, bob] = [makeSession(), makeSession()];
    const { start, end } = append(outbox, 1, 10);
    outbox.add(ann.session, start, end, 0);
    outbox.add(bob.session, start, end, 0);
    ann.state.phase = SessionPhase.CLOSED as typeof ann.state.phase;
    outbox.discard(bob.session);
    timing.advance();
    expect(ann.messages).toEqual([]);
    expect(bob.messages).toEqual([]);
  });

  it("gives memory back after a burst", () => {
    const { outbox, timing } = makeOutbox(1e9);
    const ann = makeSession();
    for (let mark = 1; mark <= 200; mark++) {
      const { start, end } = append(outbox, mark, 60_000);
      outbox.add(ann.session, start, end, 0);
    }
    expect(outbox.slab.bytes.length).toBeGreaterThan(8 * 1024 * 1024);
    timing.advance();
    expect(outbox.slab.bytes.length).toBeLessThan(1024 * 1024);
  });
});
