import { describe, expect, it } from "vitest";
import { ENVELOPE_BYTES, encodeEnvelope } from "../../../runtime/bus/envelope.js";
import { LoopLink } from "../../../runtime/cluster/loop-link.js";

const SELF = { id: "chat-1", incarnation: 7 };

/** Sends a frame whose correlation is `number`, with that many bytes behind the envelope. */
function send(link: LoopLink, number: number): void {
  expect(link.begin(ENVELOPE_BYTES)).toBe(true);
  const { slab } = link;
  slab.length += ENVELOPE_BYTES;
  encodeEnvelope(slab, 0, 1, 0, 0, 0, number, 0, 0, 0, 0);
  slab.reserve(number);
  slab.bytes.fill(number, slab.length, slab.length + number);
  slab.length += number;
  expect(link.end()).toBe(true);
}

describe("a server's way to itself", () => {
  it("has a frame handled before it is sent, and those it causes before it is done", () => {
    const order: string[] = [];
    const link: LoopLink = new LoopLink(SELF, (envelope, slab, start, end) => {
      envelope.decode(slab, start, end);
      const number = envelope.correlation;
      order.push(`begin ${number}`);
      if (number > 1) {
        send(link, number - 1);
        send(link, number - 1);
      }
      // Neither the envelope nor the bytes were overwritten by the frames in between.
      expect(envelope.correlation).toBe(number);
      expect([...slab.bytes.subarray(start + ENVELOPE_BYTES, end)]).toEqual(Array(number).fill(number));
      order.push(`end ${number}`);
    });
    send(link, 2);
    order.push("sent");
    expect(order).toEqual(["begin 2", "begin 1", "end 1", "begin 1", "end 1", "end 2", "sent"]);
  });

  it("takes frames of any size, and keeps nothing of one that is given up", () => {
    const lengths: number[] = [];
    const link = new LoopLink(SELF, (_envelope, slab, start, end) => {
      lengths.push(end - start);
      expect(slab.length).toBe(end);
    });
    link.begin(10);
    link.slab.reserve(300_000);
    link.slab.length = 300_000;
    link.end();
    expect(link.slab.bytes.length).toBeLessThan(300_000);
    link.begin(5);
    link.slab.length = 5;
    link.abandon();
    send(link, 3);
    expect(lengths).toEqual([300_000, ENVELOPE_BYTES + 3]);
  });
});
