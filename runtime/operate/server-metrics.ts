/** Everything that one server counts, under the names that a scrape shows. `docs/operations.md` has them in a table. */
import type { Registry } from "prom-client";
import { CloseCode } from "../../wire/close-code.js";
import { errorCodeName } from "../../wire/error-code.js";
import type { BusCounters } from "../bus/bus-counters.js";
import type { RunningServer } from "../running-server.js";
import { CollectedMetrics } from "./collected-metrics.js";
import type { Counters } from "./counters.js";

/** The server as it runs now; null while there is none. */
export type CurrentServer = () => RunningServer | null;

export function registerServerMetrics(registry: Registry, current: CurrentServer): void {
  const metrics = new CollectedMetrics(registry);
  ofClients(metrics, current);
  ofRoutes(metrics, current);
  ofSchedules(metrics, current);
  ofLinks(metrics, current);
  ofCluster(metrics, current);
}

/** Registers one of the server's own counters. */
const counting = (metrics: CollectedMetrics, current: CurrentServer) => {
  return (name: string, help: string, read: (counters: Counters) => number) =>
    metrics.counter(name, help, [], (say) => {
      const server = current();
      if (server !== null) say(read(server.core.counters));
    });
};

function ofClients(metrics: CollectedMetrics, current: CurrentServer): void {
  const counter = counting(metrics, current);
  const directed = (name: string, help: string, read: (counters: Counters) => readonly [number, number]) =>
    metrics.counter(name, help, ["direction"], (say) => {
      const server = current();
      if (server === null) return;
      const [received, sent] = read(server.core.counters);
      say(received, { direction: "in" });
      say(sent, { direction: "out" });
    });
  metrics.gauge("gatesmith_sessions", "Connections of clients, those before Hello included.", [], (say) => {
    const frontend = current()?.frontend;
    if (frontend != null) say(frontend.sessions.size);
  });
  directed("gatesmith_frames_total", "Frames from and to clients.", ({ framesIn, framesOut }) => [framesIn, framesOut]);
  directed("gatesmith_bytes_total", "Bytes of those frames, without the transport's.", ({ bytesIn, bytesOut }) => [
    bytesIn,
    bytesOut,
  ]);
  counter("gatesmith_requests_total", "Clients' requests and notifies, refused ones included.", (one) => one.requests);
  metrics.counter("gatesmith_errors_total", "Answers with an error code.", ["code"], (say) => {
    const server = current();
    server?.core.counters.eachError((code, count) => {
      say(count, { code: errorCodeName(code) ?? server.core.tables.errorNames.get(code) ?? String(code) });
    });
  });
  metrics.counter("gatesmith_closes_total", "Connections that this server ended or refused.", ["code"], (say) => {
    current()?.core.counters.eachClose((code, count) => say(count, { code: closeName(code) }));
  });
  metrics.gauge("gatesmith_held_push_bytes", "Bytes that wait to be sent to clients.", [], (say) => {
    const frontend = current()?.frontend;
    if (frontend != null) say(frontend.heldBytes());
  });
  counter(
    "gatesmith_dropped_pushes_total",
    "Pushes dropped by their overflow rule, or for nobody.",
    (one) => one.droppedPushes,
  );
  counter("gatesmith_gaps_told_total", "Clients that were told that pushes may be lost.", (one) => one.gapsTold);
  metrics.gauge(
    "gatesmith_waiting_for_homes",
    "Questions and pushes that wait until a home knows enough.",
    [],
    (say) => {
      const server = current();
      if (server !== null) say(server.core.homes.waiting);
    },
  );
  counter(
    "gatesmith_dropped_notifies_total",
    "Notifies dropped by a rate or a full queue.",
    (one) => one.droppedNotifies,
  );
  counter(
    "gatesmith_late_answers_total",
    "Answers after their deadline or their session's end.",
    (one) => one.lateAnswers,
  );
  counter(
    "gatesmith_failed_handshakes_total",
    "Connections that ended in PROXY header or TLS.",
    (one) => one.failedHandshakes,
  );
  counter(
    "gatesmith_refused_joins_total",
    "Joins of sessions that are in too many channels.",
    (one) => one.refusedJoins,
  );
  counter("gatesmith_strike_outs_total", "Connections closed for faulty traffic.", (one) => one.strikeOuts);
  counter("gatesmith_exceptions_total", "Exceptions of the application that were logged.", (one) => one.exceptions);
}

function ofRoutes(metrics: CollectedMetrics, current: CurrentServer): void {
  metrics.histogram(
    "gatesmith_request_duration_seconds",
    "Clients' requests at their frontend, until the answer.",
    (say) => {
      const server = current();
      if (server === null || server.frontend === null) return;
      const { tables, requestTimes, handlerTimes, type } = server.core;
      for (const { kind, serverType, linkId, route } of tables.manifest.handlers) {
        if (kind !== "request") continue;
        const time = (serverType === type.name ? handlerTimes : requestTimes).of(linkId);
        if (time !== null) say(route, time);
      }
    },
  );
  metrics.histogram(
    "gatesmith_handler_duration_seconds",
    "Handlers and remotes of this server, from arrival to outcome, waiting for their turn included.",
    (say) => {
      const server = current();
      if (server === null) return;
      const { handlers, remotes } = server.core.tables.manifest;
      for (const { linkId, route } of [...handlers, ...remotes]) {
        const time = server.core.handlerTimes.of(linkId);
        if (time !== null) say(route, time);
      }
    },
  );
  metrics.gauge("gatesmith_running_handlers", "Handlers and remotes that have not finished.", [], (say) => {
    const server = current();
    if (server !== null) say(server.running);
  });
  metrics.gauge("gatesmith_calls_in_flight", "Questions to other servers that wait for an answer.", [], (say) => {
    const server = current();
    if (server !== null) say(server.core.calls.size);
  });
}

function ofSchedules(metrics: CollectedMetrics, current: CurrentServer): void {
  const counter = counting(metrics, current);
  counter("gatesmith_schedule_runs_total", "Runs of schedules.", (one) => one.scheduleRuns);
  counter(
    "gatesmith_failed_schedules_total",
    "Runs that threw, or had not finished at their deadline.",
    (one) => one.failedSchedules,
  );
  counter(
    "gatesmith_skipped_schedules_total",
    "Times at which a schedule was due here and did not run.",
    (one) => one.skippedSchedules,
  );
}

function ofLinks(metrics: CollectedMetrics, current: CurrentServer): void {
  const perPeer = (
    name: string,
    help: string,
    read: (link: { waitingBytes: number; waitingFrames: number }) => number,
  ) =>
    metrics.gauge(name, help, ["peer"], (say) => {
      const server = current();
      if (server !== null) for (const { id, link } of server.core.view.all()) say(read(link), { peer: id });
    });
  perPeer("gatesmith_link_queue_bytes", "Bytes that wait on the link to a server.", (link) => link.waitingBytes);
  perPeer("gatesmith_link_queue_frames", "Frames that wait on the link to a server.", (link) => link.waitingFrames);
  const bus = (name: string, help: string, read: (counters: BusCounters) => number) =>
    metrics.counter(name, help, [], (say) => {
      const place = current()?.place;
      if (place != null) say(read(place.counters));
    });
  const directed = (name: string, help: string, read: (counters: BusCounters) => readonly [number, number]) =>
    metrics.counter(name, help, ["direction"], (say) => {
      const place = current()?.place;
      if (place == null) return;
      const [received, sent] = read(place.counters);
      say(received, { direction: "in" });
      say(sent, { direction: "out" });
    });
  directed("gatesmith_bus_packets_total", "Packets from and to other servers.", (one) => [
    one.packetsIn,
    one.packetsOut,
  ]);
  directed("gatesmith_bus_bytes_total", "Bytes from and to other servers.", (one) => [one.bytesIn, one.bytesOut]);
  bus("gatesmith_bus_gaps_total", "Losses noticed on links.", (one) => one.gaps);
  bus(
    "gatesmith_bus_faults_total",
    "What came over the bus and did not decode, or from nobody known.",
    (one) => one.faults,
  );
  bus(
    "gatesmith_bus_refused_total",
    "Connections that did not prove that they belong to the cluster.",
    (one) => one.unauthenticated,
  );
  bus(
    "gatesmith_bus_oversized_frames_total",
    "Frames larger than all that may wait on a link.",
    (one) => one.oversized,
  );
  bus("gatesmith_bus_reconnects_total", "Connections of the bus that were made anew.", (one) => one.reconnects);
  metrics.counter(
    "gatesmith_stray_frames_total",
    "Frames of other servers that did not decode, or were for nobody.",
    [],
    (say) => {
      const server = current();
      if (server !== null) say(server.core.counters.strayFrames);
    },
  );
  metrics.gauge("gatesmith_bus_backlog_bytes", "NATS: bytes that its server is not known to have.", [], (say) => {
    const place = current()?.place;
    if (place != null) say(place.backlog);
  });
}

function ofCluster(metrics: CollectedMetrics, current: CurrentServer): void {
  metrics.gauge("gatesmith_servers", "Servers that this one knows, itself included.", ["of", "state"], (say) => {
    const server = current();
    if (server === null) return;
    const counts = new Map<string, { of: string; state: string; count: number }>();
    for (const { type: of, state: announced, suspect } of server.core.view.all()) {
      const state = suspect ? "suspect" : announced;
      const key = `${of} ${state}`;
      const entry = counts.get(key) ?? { of, state, count: 0 };
      entry.count++;
      counts.set(key, entry);
    }
    for (const { count, ...labels } of counts.values()) say(count, labels);
  });
  metrics.gauge("gatesmith_schema_info", "1, with the schema that the server speaks.", ["schema", "version"], (say) => {
    const server = current();
    if (server === null) return;
    const { schemaHash: schema, version } = server.core.tables.manifest;
    say(1, { schema, version: String(version) });
  });
}

const closeNames = new Map<number, string>(Object.entries(CloseCode).map(([name, code]) => [code, name]));

const closeName = (code: number) => closeNames.get(code) ?? String(code);
