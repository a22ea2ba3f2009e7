/** The structured log: pino, one line of JSON an event, with the server's id on each. */
import { type Logger, pino } from "pino";
import { LogOutput } from "./log-output.js";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "silent";

/** The process has one, as it has one end. */
const standardOutput = new LogOutput(1);
process.once("exit", () => standardOutput.flush());

/** A log that writes to standard output. */
export function createLog(level: LogLevel): Logger {
  return pino({ level, base: null, formatters: { level: (label) => ({ level: label }) } }, standardOutput);
}
