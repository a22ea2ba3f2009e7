/** Whom a server tells of pushes to users that were lost. */
import { VirtualTiming } from "gatesmith/testing";
import { expect, it } from "vitest";
import type { Notice } from "../../../runtime/cluster/notice.js";
import type { Notices } from "../../../runtime/cluster/notices.js";
import type { Peer } from "../../../runtime/cluster/peer.js";
import { PushLosses } from "../../../runtime/cluster/push-losses.js";
import { Retries } from "../../../runtime/cluster/retries.js";
import type { View } from "../../../runtime/cluster/view.js";

it("are all frontends, and those that it hears of later", async () => {
  const timing = new VirtualTiming();
  const peers: Peer[] = [];
  let changed = () => {};
  const view = {
    all: () => peers,
    onChange: (listener: () => void) => {
      changed = listener;
    },
  } as unknown as View;
  const told: string[] = [];
  const notices = { say: ({ id }: Peer, _notice: Notice) => told.push(id) } as unknown as Notices;
  const losses = new PushLosses({ type: "work", userHomeType: 1, view, notices, retries: new Retries(timing) });
  const meet = async (id: string, frontend: boolean) => {
    peers.push({ id, alive: true, frontend } as Peer);
    changed();
    await timing.settle(200);
  };
  await meet("connector-1", true);
  await meet("work-2", false);
  expect(told).toEqual([]);

  losses.usersMissed();
  losses.usersMissed();
  await timing.settle(200);
  expect(told).toEqual(["connector-1"]);

  await meet("connector-2", true);
  await meet("work-3", false);
  expect(told).toEqual(["connector-1", "connector-2"]);
});
