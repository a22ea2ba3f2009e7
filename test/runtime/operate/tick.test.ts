import { expect, it } from "vitest";
import { Tick, TickStep } from "../../../runtime/operate/tick.js";
import { VirtualTiming } from "../../../testing/virtual-timing.js";

function recorded() {
  const timing = new VirtualTiming();
  const tick = new Tick(timing);
  const done: string[] = [];
  const on = (step: TickStep, name: string, then: () => void = () => {}) =>
    tick.on(step, () => {
      done.push(name);
      then();
    });
  return { timing, tick, done, on };
}

it("does each step that was left once, in the order of the steps, and nothing before the end", () => {
  const { timing, tick, done, on } = recorded();
  on(TickStep.SOCKETS, "sockets");
  on(TickStep.ARRIVALS, "arrivals");
  on(TickStep.LINKS, "links");
  tick.leave(TickStep.SOCKETS);
  tick.leave(TickStep.ARRIVALS);
  tick.leave(TickStep.SOCKETS);
  expect(done).toEqual([]);
  timing.advance();
  expect(done).toEqual(["arrivals", "sockets"]);
  timing.advance();
  expect(done).toHaveLength(2);
});

it("does in the same turn what a step leaves to those behind it, and in the next what it leaves to those before", () => {
  const { timing, tick, done, on } = recorded();
  let first = true;
  on(TickStep.ARRIVALS, "arrivals", () => tick.leave(TickStep.LINKS));
  on(TickStep.LINKS, "links", () => tick.leave(TickStep.SOCKETS));
  on(TickStep.SOCKETS, "sockets", () => {
    if (first) tick.leave(TickStep.LINKS);
    first = false;
    timing.defer(() => done.push("the next turn"));
  });
  tick.leave(TickStep.ARRIVALS);
  timing.advance();
  expect(done).toEqual(["arrivals", "links", "sockets", "the next turn", "links", "sockets", "the next turn"]);
});

it("goes on with the next step in another turn when one fails", () => {
  const { timing, tick, done, on } = recorded();
  on(TickStep.ARRIVALS, "arrivals", () => {
    throw new Error("a mistake");
  });
  on(TickStep.LINKS, "links");
  tick.leave(TickStep.ARRIVALS);
  tick.leave(TickStep.LINKS);
  expect(() => timing.advance()).toThrow("a mistake");
  timing.advance();
  tick.leave(TickStep.LINKS);
  timing.advance();
  expect(done).toEqual(["arrivals", "links", "links"]);
});
