/** How a suite's result is printed: a table for people, one object for programs. */
import type { Machine } from "./machine.js";
import type { MeasuredRow, Row } from "./suites/suite.js";

/** Above this share of a core the load generator may have been what was measured. */
const BUSY = 0.9;
/** Below this share of a core a single server process under full load did not get the time it could have used. */
const IDLE = 0.9;

export function jsonReport(machine: Machine, rows: readonly MeasuredRow[]): string {
  const plain = rows.map(
    ({ loadShare: _load, serverShare: _server, processes: _processes, loads: _loads, ...row }): Row => row,
  );
  return JSON.stringify({ machine, rows: plain });
}

export function textReport(machine: Machine, rows: readonly MeasuredRow[]): string {
  if (rows.some((row) => row.nanoseconds !== undefined)) return codecReport(machine, rows);
  const memory = rows.some((row) => row.bytesPerSession !== undefined);
  const head = memory
    ? ["", "sessions", "bytes each", "ratio", "above raw", "opened/s"]
    : [
        "",
        "connections",
        "in flight",
        "per second",
        "ratio",
        "p50 µs",
        "p99 µs",
        "load CPU",
        "server CPU",
        "µs CPU each",
        "CPU ratio",
      ];
  const raw = rows[0]?.bytesPerSession ?? 0;
  const body = rows.map((row) =>
    memory
      ? [
          row.name,
          row.connections,
          row.bytesPerSession!,
          row.ratio.toFixed(2),
          row.bytesPerSession! - raw,
          row.perSecond,
        ]
      : [
          row.name,
          row.connections,
          row.inFlight,
          row.perSecond,
          row.ratio.toFixed(2),
          row.p50 ?? "-",
          row.p99 ?? "-",
          percent(row.loadShare),
          percent(row.serverShare),
          row.serverShare === null ? "-" : ((row.serverShare / row.perSecond) * 1e6).toFixed(2),
          row.cpuRatio?.toFixed(2) ?? "-",
        ],
  );
  return [titleOf(machine), "", ...table([head, ...body]), ...warnings(rows)].join("\n");
}

/** One encode and one decode each. */
function codecReport(machine: Machine, rows: readonly MeasuredRow[]): string {
  const head = ["", "per second", "ns each", "ratio"];
  const body = rows.map((row) => [row.name, row.perSecond, row.nanoseconds!, row.ratio.toFixed(2)]);
  return [titleOf(machine), "", ...table([head, ...body])].join("\n");
}

function titleOf({ cores, cpu, node, kernel }: Machine): string {
  return `${cores} x ${cpu}, Node ${node}, kernel ${kernel}`;
}

function percent(share: number | null): string {
  return share === null ? "-" : `${Math.round(share * 100)} %`;
}

function table(rows: readonly (readonly (string | number)[])[]): string[] {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === "number" ? cell.toLocaleString("en") : cell)));
  const widths = texts[0]!.map((_, column) => Math.max(...texts.map((row) => row[column]!.length)));
  return texts.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join("  "),
  );
}

function warnings(rows: readonly MeasuredRow[]): string[] {
  const named = (suspects: readonly MeasuredRow[]) => suspects.map((row) => `${row.name} (${row.inFlight})`).join(", ");
  const busy = rows.filter(({ loadShare, loads = 1 }) => loadShare !== null && loadShare > BUSY * loads);
  const starved = rows.filter(
    ({ serverShare, processes = 1 }) => serverShare !== null && processes === 1 && serverShare < IDLE,
  );
  const texts: string[] = [];
  if (busy.length > 0) {
    texts.push(`the load generator used more than ${BUSY * 100} % of a core: it may be the limit of ${named(busy)}`);
  }
  if (starved.length > 0) {
    texts.push(
      `the server had less than ${IDLE * 100} % of a core: something else used the machine during ${named(starved)}`,
    );
  }
  return texts.flatMap((text) => ["", `warning: ${text}`]);
}
