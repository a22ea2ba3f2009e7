/** Metrics that are counted elsewhere, in plain fields, and read when somebody asks: prom-client says them in Prometheus's words. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { BOUNDS, type RouteTime } from "./route-times.js";

export type Labels = Readonly<Record<string, string>>;
type Say = (value: number, labels?: Labels) => void;

export class CollectedMetrics {
  private readonly registry: Registry;

  constructor(registry: Registry) {
    this.registry = registry;
  }

  /** What only grows while the server lives. `read` says every value there is. */
  counter(name: string, help: string, labels: readonly string[], read: (say: Say) => void): void {
    new Counter({
      name,
      help,
      labelNames: [...labels],
      registers: [this.registry],
      collect() {
        this.reset();
        read((value, of = {}) => this.inc(of, value));
      },
    });
  }

  gauge(name: string, help: string, labels: readonly string[], read: (say: Say) => void): void {
    new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers: [this.registry],
      collect() {
        this.reset();
        read((value, of = {}) => this.set(of, value));
      },
    });
  }

  /** Of route times, by the label `route`. */
  histogram(name: string, help: string, read: (say: (route: string, time: RouteTime) => void) => void): void {
    new RouteHistogram(name, help, this.registry, read);
  }
}

interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Its buckets are filled already: prom-client's own would have to be told of every observation. */
class RouteHistogram extends Histogram {
  private readonly read: (say: (route: string, time: RouteTime) => void) => void;
  private readonly described: { name: string; help: string };

  constructor(
    name: string,
    help: string,
    registry: Registry,
    read: (say: (route: string, time: RouteTime) => void) => void,
  ) {
    super({ name, help, labelNames: ["route"], registers: [registry] });
    this.read = read;
    this.described = { name, help };
  }

  // biome-ignore lint/suspicious/noExplicitAny: prom-client's types leave out the name of a sample.
  override async get(): Promise<any> {
    const { name } = this.described;
    const values: Sample[] = [];
    this.read((route, { count, sum, atMost }) => {
      atMost.forEach((upTo, index) => {
        values.push({
          metricName: `${name}_bucket`,
          labels: { le: String(BOUNDS[index]! / 1_000), route },
          value: upTo,
        });
      });
      values.push({ metricName: `${name}_bucket`, labels: { le: "+Inf", route }, value: count });
      values.push({ metricName: `${name}_sum`, labels: { route }, value: sum / 1_000 });
      values.push({ metricName: `${name}_count`, labels: { route }, value: count });
    });
    return { ...this.described, type: "histogram", aggregator: "sum", values };
  }

  /** What the registry asks for in place of `get`, when there is one. */
  getForPromString() {
    return this.get();
  }
}
