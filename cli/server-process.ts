/** A server in a process of its own, as `start` runs it: `gatesmith run`, with a channel whose end asks it to stop. */
import { type ChildProcess, fork } from "node:child_process";
import type { ProcessEnd, ProcessEvents, ServerProcess } from "../runtime/operate/supervisor.js";
import { ExitCode } from "./command-error.js";
import { LabelledLines } from "./labelled-lines.js";
import { ownProgram } from "./own-package.js";
import type { Listening, ServerWord } from "./run.js";

export interface ServerProcessOptions {
  readonly root: string;
  readonly environment: string | undefined;
  readonly started: (pid: number | undefined) => void;
  /** What it listens on, when it is ready. */
  readonly report: (listening: Listening) => void;
}

const ENDS = new Map<number, ProcessEnd>([
  [ExitCode.OK, "orderly"],
  [ExitCode.CONFIGURATION, "unfit"],
  [ExitCode.DUPLICATE, "duplicate"],
  [ExitCode.UNAVAILABLE, "unavailable"],
]);

export function forkServer(id: string, options: ServerProcessOptions, events: ProcessEvents): ServerProcess {
  const { root, environment, started, report } = options;
  const words = ["run", id, "--root", root, ...(environment === undefined ? [] : ["--environment", environment])];
  const child = fork(ownProgram, words, {
    execArgv: process.execArgv,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // A terminal's Ctrl-C is for the supervisor alone, which ends servers in their order.
    detached: true,
  });
  label(id, child);
  started(child.pid);
  child.on("message", (word: ServerWord) => {
    if ("asked" in word) {
      events.asked();
      return;
    }
    report(word.ready);
    events.ready();
  });
  let failure: Error | null = null;
  child.on("error", (error) => {
    failure = error;
    // Without a process there is no end of one.
    if (child.pid === undefined) setImmediate(() => events.ended("unavailable", error.message));
  });
  child.once("exit", (code, signal) => {
    const text = signal ?? failure?.message ?? `exit code ${code}`;
    const ended = () => events.ended(ENDS.get(code ?? -1) ?? "crashed", text);
    // What it said last may come after its end.
    if (child.connected) child.once("disconnect", ended);
    else ended();
  });
  return {
    ask: () => {
      if (child.connected) child.disconnect();
    },
    kill: () => void child.kill("SIGKILL"),
  };
}

function label(id: string, child: ChildProcess): void {
  for (const name of ["stdout", "stderr"] as const) {
    const lines = new LabelledLines(id, (text) => void process[name].write(text));
    child[name]!.setEncoding("utf8")
      .on("data", (text: string) => lines.add(text))
      .on("end", () => lines.end());
  }
}
