import { expect, it } from "vitest";
import { Arrivals } from "../../../runtime/frontend/arrivals.js";
import { Tick } from "../../../runtime/operate/tick.js";
import type { FrontendSession } from "../../../runtime/session/frontend-session.js";
import { VirtualTiming } from "../../../testing/virtual-timing.js";

const session = (name: string) => ({ name }) as unknown as FrontendSession;

const message = (text: string) => Uint8Array.from(Buffer.from(text)).buffer;

function collected() {
  const timing = new VirtualTiming();
  const taken: string[] = [];
  const arrivals = new Arrivals(new Tick(timing), (from, slab, start, end) => {
    const { name } = from as unknown as { name: string };
    taken.push(`${name}: ${Buffer.from(slab.bytes.subarray(start, end)).toString()}`);
  });
  return { timing, taken, arrivals };
}

it("takes what came in a tick at its end, in order, from memory of its own", () => {
  const { timing, taken, arrivals } = collected();
  const lent = message("one");
  arrivals.add(session("ann"), lent);
  new Uint8Array(lent).fill(0xdd);
  arrivals.add(session("bob"), message(""));
  arrivals.add(session("ann"), message("two"));
  expect(taken).toEqual([]);
  timing.advance();
  expect(taken).toEqual(["ann: one", "bob: ", "ann: two"]);
  arrivals.add(session("bob"), message("three"));
  timing.advance();
  expect(taken.at(-1)).toBe("bob: three");
});

it("takes at once what somebody cannot wait for, and not again at the end", () => {
  const { timing, taken, arrivals } = collected();
  arrivals.add(session("ann"), message("one"));
  arrivals.take();
  expect(taken).toEqual(["ann: one"]);
  timing.advance();
  expect(taken).toHaveLength(1);
});

it("collects no more than a bound, in bytes and in number", () => {
  const { taken, arrivals } = collected();
  const ann = session("ann");
  for (let count = 0; count < 5; count++) arrivals.add(ann, new ArrayBuffer(64 * 1024));
  expect(taken).toHaveLength(4);
  for (let count = 0; count < 5_000; count++) arrivals.add(ann, new ArrayBuffer(0));
  expect(taken.length).toBeGreaterThan(4_000);
});
