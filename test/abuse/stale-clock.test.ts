/** What one client does or leaves undone must not falsify the time that others are judged by. */
import { VirtualTiming } from "gatesmith/testing";
import { expect, it } from "vitest";
import { CloseCode } from "../../wire/close-code.js";
import { MemoryClient } from "./memory-client.js";
import { frontendOf, startReference } from "./reference-cluster.js";

it("a client that connects and never speaks does not make the next one look silent", async () => {
  const timing = new VirtualTiming();
  const cluster = await timing.until(startReference({ timing }));
  const frontend = frontendOf(cluster, "connector-1");
  const mute = new MemoryClient(frontend);
  await timing.settle(15_000);
  expect(mute.closeCode).toBe(CloseCode.HELLO_TIMEOUT);
  await timing.settle(60_000);
  const next = new MemoryClient(frontend);
  await timing.settle(5_000);
  expect(next.closeCode).toBeNull();
  next.hello();
  await timing.settle(5_000);
  expect(next.closeCode).toBeNull();
  expect(next.take()).toMatchObject([{ sequence: 1, errorCode: 0 }]);
  await cluster.stop();
});
