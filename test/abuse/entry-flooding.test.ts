/** Asking the gate costs nothing and proves nothing: it must not decide where those who come later are sent. */

import type { GateServer } from "gatesmith/runtime";
import { VirtualTiming } from "gatesmith/testing";
import { expect, it } from "vitest";
import { MemoryClient } from "./memory-client.js";
import { frontendOf, startReference } from "./reference-cluster.js";

it("a flood of questions does not send everybody after it to one connector", async () => {
  const timing = new VirtualTiming();
  const cluster = await timing.until(startReference({ timing }));
  const gate = cluster.server("gate-1").handle as GateServer<unknown, object, object>;
  for (let count = 0; count < 10_000; count++) gate.choose("mallory");
  await timing.settle(3_000);
  // One real client on one connector, which announces its load; the other has nothing to announce.
  const client = new MemoryClient(frontendOf(cluster, "connector-1"));
  client.hello();
  await timing.settle(3_000);
  const chosen = Array.from({ length: 100 }, () => gate.choose("somebody").server);
  const first = chosen.filter((server) => server === "connector-1").length;
  expect(first).toBeGreaterThanOrEqual(48);
  expect(first).toBeLessThanOrEqual(50);
  client.cut();
  await cluster.stop();
});
