/** What a process uses, and how late its event loop is. */
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { Timer, Timing } from "../../wire/timing.js";
import type { CollectedMetrics } from "./collected-metrics.js";

/** Milliseconds between two looks of the event loop's monitor; what is measured is how much longer each took. */
const RESOLUTION = 10;

const QUANTILES = [0.5, 0.9, 0.99] as const;

/** Milliseconds that a scrape looks back over, at least; at most twice as many. Whoever scrapes once in it misses nothing. */
const WINDOW = 60_000;

export class ProcessMetrics {
  /** Two that are begun anew in turns, so that one of them has always looked long enough, and no scrape takes anything from another. */
  private older: IntervalHistogram;
  private younger: IntervalHistogram;
  private readonly timing: Timing;
  private timer: Timer;

  /** Watches the event loop until it is closed. */
  constructor(metrics: CollectedMetrics, timing: Timing) {
    this.timing = timing;
    this.older = watch();
    this.younger = watch();
    this.timer = timing.after(WINDOW, this.turn);
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
      "How late the event loop was in the last one or two minutes; quantile 1 is the latest.",
      ["quantile"],
      (say) => this.sayDelay(say),
    );
  }

  close(): void {
    this.timer.cancel();
    this.older.disable();
    this.younger.disable();
  }

  private readonly turn = (): void => {
    const { older, younger } = this;
    older.reset();
    this.older = younger;
    this.younger = older;
    this.timer = this.timing.after(WINDOW, this.turn);
  };

  private sayDelay(say: (value: number, labels: { quantile: string }) => void): void {
    const { older: delay } = this;
    const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION / 1e3);
    // Before the first look there is nothing to say.
    const looked = delay.max > 0;
    for (const quantile of QUANTILES) {
      say(looked ? late(delay.percentile(quantile * 100)) : 0, { quantile: String(quantile) });
    }
    say(looked ? late(delay.max) : 0, { quantile: "1" });
  }
}

function watch(): IntervalHistogram {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  histogram.enable();
  return histogram;
}
