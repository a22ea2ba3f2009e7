import { describe, expect, it } from "vitest";
import { Calls, type Completion, type PendingCall } from "../../../runtime/cluster/calls.js";
import { DeadlineWheel } from "../../../runtime/cluster/deadline-wheel.js";
import type { Peer } from "../../../runtime/cluster/peer.js";
import { VirtualTiming } from "../../../testing/virtual-timing.js";
import { Slab } from "../../../wire/slab.js";

const chat = { id: "chat-1" } as Peer;
const other = { id: "chat-2" } as Peer;

/** Writes down how each call ended. */
class Outcomes implements Completion {
  readonly ends: string[] = [];

  answered(call: PendingCall, code: number, slab: Slab, start: number, end: number): void {
    this.ends.push(`${call.note} answered ${code} ${Buffer.from(slab.bytes.subarray(start, end)).toString()}`);
  }

  timedOut(call: PendingCall): void {
    this.ends.push(`${call.note} timed out`);
  }

  lost(call: PendingCall): void {
    this.ends.push(`${call.note} lost`);
  }
}

function start() {
  const timing = new VirtualTiming();
  const wheel = new DeadlineWheel(timing);
  const calls = new Calls(wheel);
  const outcomes = new Outcomes();
  const slab = new Slab(64);
  slab.length = Buffer.from(slab.bytes.buffer).write("body");
  const open = (note: string, peer = chat, timeout = 1000) => {
    const call = calls.open(peer, timing.now() + timeout, outcomes)!;
    call.note = note;
    return call.correlation;
  };
  const answer = (correlation: number, from = chat, code = 0) =>
    calls.answered(from, correlation, code, slab, 0, slab.length);
  return { timing, wheel, calls, outcomes, open, answer };
}

describe("Calls", () => {
  it("gives an answer to whoever asked, once", () => {
    const { calls, outcomes, open, answer } = start();
    const one = open("one");
    const two = open("two");
    expect(one).not.toBe(two);
    expect(answer(two, chat, 13)).toBe(true);
    expect(answer(one)).toBe(true);
    expect(answer(one)).toBe(false);
    expect(outcomes.ends).toEqual(["two answered 13 body", "one answered 0 body"]);
    expect(calls.size).toBe(0);
  });

  it("takes an answer from the server that was asked only", () => {
    const { outcomes, open, answer } = start();
    const one = open("one");
    expect(answer(one, other)).toBe(false);
    expect(answer(one + 1)).toBe(false);
    expect(outcomes.ends).toEqual([]);
    expect(answer(one)).toBe(true);
  });

  it("never takes an old answer for a new question in the same place", () => {
    const { outcomes, open, answer } = start();
    const seen = new Set<number>();
    for (let turn = 0; turn < 1000; turn++) {
      const correlation = open(`turn ${turn}`);
      expect(seen.has(correlation)).toBe(false);
      for (const old of [...seen].slice(-3)) expect(answer(old)).toBe(false);
      seen.add(correlation);
      expect(answer(correlation)).toBe(true);
    }
    expect(outcomes.ends).toHaveLength(1000);
  });

  it("ends a question at its deadline, and drops the answer that comes later", () => {
    const { timing, wheel, calls, outcomes, open, answer } = start();
    const one = open("one", chat, 100);
    const two = open("two", chat, 5000);
    timing.advance(200);
    expect(outcomes.ends).toEqual(["one timed out"]);
    expect(answer(one)).toBe(false);
    expect(answer(two)).toBe(true);
    timing.advance(10_000);
    expect(outcomes.ends).toEqual(["one timed out", "two answered 0 body"]);
    expect({ calls: calls.size, wheel: wheel.size }).toEqual({ calls: 0, wheel: 0 });
  });

  it("ends what waits for a peer that died, and nothing else", () => {
    const { timing, calls, outcomes, open, answer } = start();
    const one = open("one");
    open("two", other);
    open("three");
    calls.lost(chat);
    expect(outcomes.ends).toEqual(["one lost", "three lost"]);
    expect(answer(one)).toBe(false);
    timing.advance(2000);
    expect(outcomes.ends).toEqual(["one lost", "three lost", "two timed out"]);
  });

  it("says nothing of a question that was given up", () => {
    const { timing, calls, outcomes } = start();
    const call = calls.open(chat, 100, outcomes)!;
    calls.abandon(call);
    calls.lost(chat);
    timing.advance(1000);
    expect(outcomes.ends).toEqual([]);
    expect(calls.size).toBe(0);
  });

  it("refuses more questions than it has numbers for", () => {
    const { calls, open, outcomes } = start();
    for (let index = 0; index < 65_536; index++) open("");
    expect(calls.open(chat, 1000, outcomes)).toBeNull();
    calls.lost(chat);
    expect(calls.open(chat, 1000, outcomes)).not.toBeNull();
  });

  it("forgets a question whose asker throws on the answer", () => {
    const { calls, timing } = start();
    const throwing = new (class extends Outcomes {
      override answered(): void {
        throw new Error("the answer does not please");
      }
    })();
    const { correlation } = calls.open(chat, 100, throwing)!;
    expect(() => calls.answered(chat, correlation, 0, new Slab(1), 0, 0)).toThrow("does not please");
    expect(calls.size).toBe(0);
    timing.advance(1000);
    expect(throwing.ends).toEqual([]);
  });
});
