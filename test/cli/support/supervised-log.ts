/** What `gatesmith start` says of the processes it supervises. */
import { onTestFinished } from "vitest";
import type { Command } from "./command.js";

export interface Line {
  readonly server?: string;
  readonly process?: string;
  readonly pid?: number;
  readonly msg: string;
}

/** The log so far. */
export const logOf = ({ stdout }: Command): Line[] =>
  stdout
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => JSON.parse(line));

/** Of a server's processes, the last. */
export const pidOf = (command: Command, id: string) =>
  logOf(command).findLast((line) => line.process === id && line.msg === "process started")!.pid!;

/** How often a server has become ready. */
export const readyOf = (command: Command, id: string) =>
  logOf(command).filter((line) => line.server === id && line.msg === "server ready").length;

export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** None of its processes outlives the test. */
export function withoutSurvivors(command: Command): Command {
  onTestFinished(() => {
    for (const { pid } of logOf(command)) if (pid !== undefined && isThere(pid)) process.kill(pid, "SIGKILL");
  });
  return command;
}
