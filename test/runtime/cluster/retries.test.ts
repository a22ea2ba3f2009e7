/** What is said once it can be said: what may be given up when there is too much of it, and what may not. */
import { VirtualTiming } from "gatesmith/testing";
import { expect, it } from "vitest";
import { FrameKind } from "../../../runtime/bus/envelope.js";
import type { Notice } from "../../../runtime/cluster/notice.js";
import type { Notices } from "../../../runtime/cluster/notices.js";
import type { Peer } from "../../../runtime/cluster/peer.js";
import { PushLosses } from "../../../runtime/cluster/push-losses.js";
import { Retries } from "../../../runtime/cluster/retries.js";
import type { View } from "../../../runtime/cluster/view.js";
import type { PushEntry } from "../../../runtime/manifest.js";
import { manifest } from "../lab/generated/server/index.js";

/** More than are kept. */
const MANY = 300_000;

it("gives up the oldest ends when there are too many, and nothing that somebody waits for", async () => {
  const timing = new VirtualTiming();
  const retries = new Retries(timing);
  const done: string[] = [];
  retries.later(() => done.push("question"));
  retries.endLater(() => done.push("first end"));
  for (let count = 0; count < MANY; count++) retries.endLater(() => {});
  retries.endLater(() => done.push("last end"));
  expect(retries.size).toBeLessThan(MANY);
  await timing.settle(100);
  expect(done).toEqual(["question", "last end"]);
  expect([retries.size, timing.pendingTimers]).toEqual([0, 0]);
});

it("tells of lost pushes however many ends wait, and of later ones as well", async () => {
  const timing = new VirtualTiming();
  const retries = new Retries(timing);
  const said: number[] = [];
  const notices = { say: (_peer: Peer, { code }: Notice) => said.push(code) } as unknown as Notices;
  const view = { onChange() {} } as unknown as View;
  const losses = new PushLosses({ type: "work", userHomeType: 0, view, notices, retries });
  const peer = { alive: true } as Peer;
  const push = manifest.pushes.find(({ overflow }) => overflow === "close") as PushEntry;
  for (let round = 1; round <= 2; round++) {
    losses.lost(peer, FrameKind.PUSH_SESSION, push);
    for (let count = 0; count < MANY; count++) retries.endLater(() => {});
    await timing.settle(100);
    expect(said).toHaveLength(round);
  }
});

it("keeps nothing once it is closed", () => {
  const timing = new VirtualTiming();
  const retries = new Retries(timing);
  retries.later(() => {});
  retries.endLater(() => {});
  retries.close();
  retries.later(() => {});
  retries.endLater(() => {});
  expect([retries.size, timing.pendingTimers]).toEqual([0, 0]);
});
