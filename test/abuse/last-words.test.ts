import { expect, it } from "vitest";
import { VirtualTiming } from "../../testing/virtual-timing.js";
import { enterFrame, Id, sendFrame } from "./frames.js";
import { MemoryClient } from "./memory-client.js";
import { frontendOf, startReference } from "./reference-cluster.js";

it("what a client says is heard, though it goes before anybody has looked at it", async () => {
  const timing = new VirtualTiming();
  const cluster = await timing.until(startReference({ timing }));
  const frontend = frontendOf(cluster, "connector-1");
  const [ann, bob] = ["ann", "bob"].map((name) => {
    const client = new MemoryClient(frontend);
    client.hello();
    client.send(enterFrame(2, "room", name));
    return client;
  });
  await timing.settle(10);
  bob!.take();
  ann!.send(sendFrame(3, "*", "farewell"));
  ann!.cut();
  await timing.settle(10);
  expect(bob!.take().map(({ messageId }) => messageId)).toContain(Id.ON_CHAT);
  await cluster.stop();
});
