/** The results of a run as a table: on standard output, and in the file that GATESMITH_CHAOS_TABLE names. */
import { appendFileSync } from "node:fs";
import type { Judgement } from "./ledger.js";

export interface Row extends Judgement {
  readonly fault: string;
  readonly driver: string;
  /** Connections that clients had to make anew. */
  readonly reconnected: number;
  /** From the fault to the last request that failed or was slow, or the last client that came back. */
  readonly seconds: number;
  /** Bytes that the servers have together more than before the first fault. */
  readonly memory: number;
}

const HEAD = [
  "| fault | bus | requests | outcomes | ran, unanswered | pushes heard | missed, announced | missed, unannounced | clients anew | memory, MB | seconds |",
  "|---|---|--:|---|--:|--:|--:|--:|--:|--:|--:|",
];

export function tell(rows: readonly Row[]): void {
  const text = `${[...HEAD, ...rows.map(line)].join("\n")}\n`;
  process.stdout.write(`\n${text}`);
  const file = process.env.GATESMITH_CHAOS_TABLE;
  if (file) appendFileSync(file, text);
}

function line(row: Row): string {
  const outcomes = [...row.outcomes].sort(([, one], [, other]) => other - one);
  const cells = [
    row.fault,
    row.driver,
    row.requests,
    outcomes.map(([code, count]) => `${count} ${code}`).join(", "),
    row.unanswered,
    row.pushes,
    row.announced,
    row.missed.length,
    row.reconnected,
    `${row.memory < 0 ? "" : "+"}${(row.memory / 1024 / 1024).toFixed(1)}`,
    row.seconds.toFixed(1),
  ];
  return `| ${cells.join(" | ")} |`;
}
