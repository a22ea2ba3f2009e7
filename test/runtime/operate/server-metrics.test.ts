import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { registerServerMetrics } from "../../../runtime/operate/server-metrics.js";
import { connectorOf, enter, type Lab, outcome, startLab, text, workOf } from "../lab/lab.js";
import { RawClient } from "../lab/raw-client.js";
import { type Samples, samplesOf } from "./scrape.js";

async function metricsOf(lab: Lab, id: string): Promise<Samples> {
  const registry = new Registry();
  registerServerMetrics(registry, () => lab.server(id));
  return samplesOf(await registry.metrics());
}

describe("the metrics of a server", () => {
  it("count requests, answers by code, and how long each route took", async () => {
    const lab = await startLab(
      {
        jobs: (server) => ({
          async ask(request) {
            if (request.number > 0) {
              await new Promise<void>((resolve) => server.timing.after(request.number, resolve));
            }
            if (request.text === "throw") throw new Error("a mistake");
            return request;
          },
        }),
      },
      { servers: { connector: { count: 1 } } },
    );
    const ann = await enter(lab, "ann", { server: "connector-1" });
    for (const number of [0, 0, 30, 300]) await lab.run(ann.work.jobs.ask(text("", { number })));
    await lab.run(outcome(ann.work.jobs.ask(text("throw"))));
    const connector = await metricsOf(lab, "connector-1");
    expect(connector.get("gatesmith_sessions")).toBe(1);
    expect(connector.get("gatesmith_requests_total")).toBe(6);
    expect(connector.get('gatesmith_errors_total{code="INTERNAL"}')).toBe(1);
    const work = await metricsOf(lab, "work-1");
    expect(work.get("gatesmith_requests_total")).toBe(5);
    expect(work.get('gatesmith_errors_total{code="INTERNAL"}')).toBe(1);
    expect(work.get("gatesmith_exceptions_total")).toBe(1);
    expect(work.get("gatesmith_sessions")).toBe(0);
    for (const [samples, name] of [
      [connector, "gatesmith_request_duration_seconds"],
      [work, "gatesmith_handler_duration_seconds"],
    ] as const) {
      const of = (what: string, labels = "") => samples.get(`${name}_${what}{${labels}route="work.jobs.ask"}`);
      const atMost = [0.001, 0.025, 0.05, 0.25, 0.5, 10].map((bound) => of("bucket", `le="${bound}",`));
      expect(atMost).toEqual([3, 3, 4, 4, 5, 5]);
      expect(of("bucket", 'le="+Inf",')).toBe(5);
      expect(of("count")).toBe(5);
      expect(of("sum")).toBeCloseTo(0.33);
    }
    // A frontend's own route is a request and a handler there.
    for (const kind of ["request", "handler"]) {
      const name = `gatesmith_${kind}_duration_seconds_count{route="connector.login.enter"}`;
      expect(connector.get(name)).toBe(1);
    }
    expect([...connector.keys()].filter((name) => name.includes("handler") && name.includes("work.jobs"))).toEqual([]);
  });

  it("count frames and bytes of clients, to the byte, and why connections were closed", async () => {
    const lab = await startLab({}, { servers: { connector: { count: 1 } }, limits: { strikes: 2 } });
    const before = await metricsOf(lab, "connector-1");
    expect(before.get('gatesmith_frames_total{direction="in"}')).toBe(0);
    const client = await RawClient.open(lab);
    const { counters } = lab.server("connector-1").core;
    const [framesIn, framesOut] = [counters.framesIn, counters.framesOut];
    expect([framesIn, framesOut]).toEqual([1, 1]);
    await client.ask(1111, 2);
    const after = await metricsOf(lab, "connector-1");
    expect(after.get('gatesmith_frames_total{direction="in"}')).toBe(2);
    expect(after.get('gatesmith_frames_total{direction="out"}')).toBe(2);
    expect(after.get('gatesmith_bytes_total{direction="in"}')).toBe(counters.bytesIn);
    expect(after.get('gatesmith_bytes_total{direction="out"}')).toBe(counters.bytesOut);
    expect(after.get("gatesmith_held_push_bytes")).toBe(0);
    await client.ask(9_999, 3);
    await client.ask(9_998, 4);
    await lab.settle(100);
    const closed = await metricsOf(lab, "connector-1");
    expect(closed.get('gatesmith_closes_total{code="BAD_TRAFFIC"}')).toBe(1);
    expect(closed.get("gatesmith_strike_outs_total")).toBe(1);
    expect(closed.get('gatesmith_errors_total{code="UNKNOWN_MESSAGE"}')).toBe(2);
    expect(closed.get("gatesmith_sessions")).toBe(0);
  });

  it("are all that the server counts", async () => {
    const lab = await startLab();
    const { counters } = lab.server("work-1").core;
    const before = (await metricsOf(lab, "work-1")).values();
    const fields = Object.entries(counters).filter(([, value]) => typeof value === "number");
    expect(fields.length).toBeGreaterThan(15);
    // No other sample has these.
    const values = new Map(fields.map(([name], index) => [name, 1e9 + index]));
    for (const [name, value] of values) Reflect.set(counters, name, value);
    const seen = new Set((await metricsOf(lab, "work-1")).values());
    expect([...before].filter((value) => value >= 1e9 && value < 1e9 + fields.length)).toEqual([]);
    expect([...values].filter(([, value]) => !seen.has(value))).toEqual([]);
  });

  it("tell what waits: for clients, on links, for answers", async () => {
    const lab = await startLab({ jobs: () => ({ ask: () => new Promise<never>(() => {}) }) });
    const ann = await enter(lab, "ann", { server: "connector-1" });
    void outcome(ann.work.jobs.ask(text("")));
    await lab.settle();
    const asked = await metricsOf(lab, "connector-1");
    expect(asked.get("gatesmith_calls_in_flight")).toBe(1);
    expect((await metricsOf(lab, "work-1")).get("gatesmith_running_handlers")).toBe(1);
    const peers = [...asked.keys()].filter((name) => name.startsWith("gatesmith_link_queue_bytes"));
    expect(peers).toHaveLength(lab.servers.length);
    expect(peers.map((name) => asked.get(name))).toEqual(peers.map(() => 0));
    // Until the tick is over.
    workOf(lab).push.onText.toEveryone(text("to all"));
    workOf(lab).push.onText.toEveryone(text("to all"));
    const registry = new Registry();
    registerServerMetrics(registry, () => lab.server("work-1"));
    const now = samplesOf(await registry.metrics());
    expect(now.get('gatesmith_link_queue_frames{peer="connector-1"}')).toBe(2);
    expect(now.get('gatesmith_link_queue_bytes{peer="connector-1"}')).toBeGreaterThan(2 * 28);
    expect(now.get('gatesmith_link_queue_frames{peer="rooms-1"}')).toBe(0);
    await lab.settle(20_000);
    const done = await metricsOf(lab, "connector-1");
    expect(done.get("gatesmith_calls_in_flight")).toBe(0);
    expect(done.get('gatesmith_errors_total{code="TIMEOUT"}')).toBe(1);
    const late = 'gatesmith_request_duration_seconds_count{route="work.jobs.ask"}';
    expect(done.get(late)).toBe(1);
  });

  it("show the cluster as the server sees it", async () => {
    const lab = await startLab();
    lab.server("work-1").drain();
    lab.server("rooms-1").core.view.suspected(lab.server("turn-1").address, true);
    await lab.settle();
    const seen = await metricsOf(lab, "rooms-1");
    expect(seen.get('gatesmith_servers{of="connector",state="ready"}')).toBe(2);
    expect(seen.get('gatesmith_servers{of="turn",state="suspect"}')).toBe(1);
    const { schemaHash } = lab.server("rooms-1").core.tables.manifest;
    expect(seen.get(`gatesmith_schema_info{schema="${schemaHash}",version="3"}`)).toBe(1);
    expect(seen.get('gatesmith_bus_packets_total{direction="in"}')).toBe(
      lab.server("rooms-1").place!.counters.packetsIn,
    );
    expect(connectorOf(lab).servers("turn")).toHaveLength(1);
  });
});
