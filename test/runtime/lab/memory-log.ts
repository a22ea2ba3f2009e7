/** A log that a test can read. */
import { type Logger, pino } from "pino";

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly server?: string;
  readonly logId?: string;
  readonly route?: string;
  readonly session?: string;
  readonly peer?: string;
  readonly reason?: string;
  readonly err?: { readonly type: string; readonly message: string; readonly stack: string };
}

export const ERROR = 50;

export function memoryLog(): { readonly log: Logger; readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const log = pino({ level: "debug", base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}
