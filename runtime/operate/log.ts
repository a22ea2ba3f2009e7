/** The structured log: pino, one line of JSON an event, with the server's id on each. */
import { type Logger, pino } from "pino";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "silent";

/** A log that writes to standard output. */
export function createLog(level: LogLevel): Logger {
  return pino({ level, base: null, formatters: { level: (label) => ({ level: label }) } });
}
