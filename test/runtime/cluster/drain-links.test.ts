/** A drain while a link does not take what has to be said. */
import { expect, it } from "vitest";
import { startLab } from "../lab/lab.js";

it("is not over before everybody has confirmed that nothing new follows, or is gone", async () => {
  const lab = await startLab({}, { servers: { work: { count: 2 } } });
  const { core } = lab.server("work-1");
  const { link } = core.view.named("connector-1")!;
  const { begin } = link;
  link.begin = () => false;
  let over = false;
  void lab
    .server("work-1")
    .drain()
    .then(() => {
      over = true;
    });
  await lab.settle(1_000);
  expect(over).toBe(false);
  link.begin = begin;
  await lab.settle(300);
  expect(over).toBe(true);
});

it("takes no longer than drainTimeout on that account", async () => {
  const lab = await startLab({}, { limits: { drainTimeout: 700 } });
  const { link } = lab.server("work-1").core.view.named("connector-1")!;
  link.begin = () => false;
  await lab.run(lab.server("work-1").drain());
  expect(lab.timing.now()).toBeLessThan(2_000);
});
