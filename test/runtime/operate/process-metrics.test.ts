import { Registry } from "prom-client";
import { expect, it, onTestFinished } from "vitest";
import { CollectedMetrics } from "../../../runtime/operate/collected-metrics.js";
import { ProcessMetrics } from "../../../runtime/operate/process-metrics.js";
import { VirtualTiming } from "../../../testing/virtual-timing.js";
import { samplesOf } from "./scrape.js";

it("how late the event loop was is the same for everybody who scrapes, for a minute and no longer than two", async () => {
  const timing = new VirtualTiming();
  const registry = new Registry();
  const metrics = new ProcessMetrics(new CollectedMetrics(registry), timing);
  onTestFinished(() => metrics.close());
  const latest = async () =>
    samplesOf(await registry.metrics()).get('nodejs_event_loop_delay_seconds{quantile="1"}') ?? 0;
  const look = () => new Promise((resolve) => setTimeout(resolve, 50));
  await look();
  const end = performance.now() + 1_500;
  while (performance.now() < end);
  await look();
  const seen = await latest();
  expect(seen).toBeGreaterThan(1);
  expect(await latest()).toBe(seen);
  timing.advance(60_000);
  await look();
  expect(await latest()).toBe(seen);
  timing.advance(60_000);
  await look();
  expect(await latest()).toBeLessThan(1);
});
