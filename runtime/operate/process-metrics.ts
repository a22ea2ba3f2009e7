/** What a process uses, and how late its event loop is. */
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { CollectedMetrics } from "./collected-metrics.js";

/** Milliseconds between two looks of the event loop's monitor; what is measured is how much longer each took. */
const RESOLUTION = 10;

const QUANTILES = [0.5, 0.9, 0.99] as const;

export class ProcessMetrics {
  private readonly delay: IntervalHistogram;

  /** Watches the event loop until it is closed. */
  constructor(metrics: CollectedMetrics) {
    this.delay = monitorEventLoopDelay({ resolution: RESOLUTION });
    this.delay.enable();
    metrics.counter("process_cpu_seconds_total", "CPU time of the process, user and system.", [], (say) => {
      const { user, system } = process.cpuUsage();
      say((user + system) / 1e6);
    });
    metrics.gauge("process_start_time_seconds", "When the process started, since 1970.", [], (say) =>
      say(performance.timeOrigin / 1_000),
    );
    metrics.gauge("process_resident_memory_bytes", "Memory of the process.", [], (say) =>
      say(process.memoryUsage.rss()),
    );
    metrics.gauge("nodejs_heap_bytes", "V8's heap and what is outside of it, such as slabs.", ["part"], (say) => {
      const { heapUsed, heapTotal, external } = process.memoryUsage();
      say(heapUsed, { part: "used" });
      say(heapTotal, { part: "total" });
      say(external, { part: "external" });
    });
    metrics.gauge(
      "nodejs_event_loop_delay_seconds",
      "How late the event loop was since the last scrape; quantile 1 is the latest.",
      ["quantile"],
      (say) => this.sayDelay(say),
    );
  }

  close(): void {
    this.delay.disable();
  }

  private sayDelay(say: (value: number, labels: { quantile: string }) => void): void {
    const { delay } = this;
    const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION / 1e3);
    // Without a look since the last scrape there is nothing to say.
    const looked = delay.max > 0;
    for (const quantile of QUANTILES) {
      say(looked ? late(delay.percentile(quantile * 100)) : 0, { quantile: String(quantile) });
    }
    say(looked ? late(delay.max) : 0, { quantile: "1" });
    delay.reset();
  }
}
