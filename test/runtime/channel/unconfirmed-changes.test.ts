/** Joins and leaves that a frontend does not confirm, while it is not known to be dead. */
import { expect, it } from "vitest";
import { Envelope, FrameKind } from "../../../runtime/bus/envelope.js";
import type { ChannelHome } from "../../../runtime/channel/channel-home.js";
import { startFarLab } from "../lab/far-lab.js";

it("are bounded at the home, joins before leaves", async () => {
  const lab = await startFarLab({}, { servers: ["connector-1", "work-1"] });
  const server = lab.server("work-1");
  const { core } = server;
  const home = Reflect.get(server, "channelHome") as ChannelHome;
  const owner = core.view.named("connector-1")!;
  owner.direct = { ...owner.direct, begin: () => false };
  const envelope = Object.assign(new Envelope(), { owner: owner.incarnation, generation: 1 });
  const target = { type: "work", name: "lobby", key: "" };
  const refusedOf = (count: number, change: () => void) => {
    const before = core.counters.refusedJoins;
    for (let index = 0; index < count; index++) change();
    return core.counters.refusedJoins - before;
  };
  envelope.kind = FrameKind.CHANNEL_JOIN;
  expect(refusedOf(65_536 + 10, () => home.join(envelope, target))).toBe(10);
  envelope.kind = FrameKind.CHANNEL_LEAVE;
  expect(refusedOf(65_536 + 10, () => home.leave(envelope, target))).toBe(10);
  home.taken(owner, 1_000);
  expect(refusedOf(1_000, () => home.leave(envelope, target))).toBe(0);
  expect(lab.lines.filter(({ msg }) => msg.includes("has not confirmed")).length).toBeGreaterThan(0);
});
