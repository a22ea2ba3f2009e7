/** What waits at a home that does not know enough yet, and what that costs. */
import { expect, it, vi } from "vitest";
import { HomeWord } from "../../../runtime/cluster/home-words.js";
import { startFarLab } from "../lab/far-lab.js";

it("is looked at when it may go on, and not for every word of every server", async () => {
  const lab = await startFarLab({}, { servers: ["connector-1", "connector-2", "connector-3", "connector-4"] });
  const { core } = lab.server("connector-1");
  lab.hub.pause("connector-3");
  await lab.stop("connector-4");
  await lab.settle(300);
  const asker = core.view.named("connector-2")!;
  const results: string[] = [];
  for (let number = 0; number < 2_000; number++) {
    core.homes.reached(`user ${number}`, asker, false).then(
      () => results.push("home"),
      () => results.push("elsewhere"),
    );
  }
  await lab.settle(0);
  expect(core.homes.waiting).toBeGreaterThan(100);
  const standing = vi.spyOn(core.homes, "standing");
  for (let count = 0; count < 10; count++) core.homes.heard(asker, HomeWord.REGISTERED, asker.homes.registered);
  // Once, for what has come since something changed last.
  expect(standing.mock.calls.length).toBeLessThanOrEqual(core.homes.waiting);
  lab.hub.resume("connector-3");
  await lab.settle(3_000);
  expect(results).toHaveLength(2_000);
});
