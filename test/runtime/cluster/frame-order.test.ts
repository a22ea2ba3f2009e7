import { expect, it } from "vitest";
import { FrameOrder, inOrder } from "../../../runtime/cluster/frame-order.js";

const frames = (text: string) =>
  text.split(" ").map((one) => ({ origin: Number(one.split(":")[0]), number: Number(one.split(":")[1]) }));

it("puts each origin's frames in order, and leaves the places that every origin has", () => {
  expect(inOrder(frames("1:3 2:9 1:1 2:8 1:2"))).toEqual(frames("1:1 2:8 1:2 2:9 1:3"));
});

it("leaves alone what has no origin", () => {
  expect(inOrder(frames("0:3 1:2 0:1 1:1"))).toEqual(frames("0:3 1:1 0:1 1:2"));
});

it("goes on when numbers begin anew", () => {
  expect(inOrder(frames("1:2 1:4294967295 1:1"))).toEqual(frames("1:4294967295 1:1 1:2"));
  const order = new FrameOrder();
  expect([order.next(), order.next()]).toEqual([1, 2]);
});
