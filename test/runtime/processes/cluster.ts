/** The reference application's cluster, every server in a process of its own. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ConfigurationInput } from "gatesmith/runtime";
import type { ServerProcessReport } from "./server-process.js";

const program = fileURLToPath(new URL("./server-process.ts", import.meta.url));

export class ServerProcess {
  readonly id: string;
  /** Its incarnations so far. */
  readonly incarnations: number[] = [];
  gates: readonly string[] = [];
  urls: readonly string[] = [];
  /** Why it ended by itself. */
  ended: string | null = null;
  private readonly child: ChildProcess;
  private changed: () => void = () => {};

  constructor(id: string, configuration: ConfigurationInput) {
    this.id = id;
    const options = JSON.stringify({ server: id, configuration });
    this.child = fork(program, [options], { execArgv: ["--import", "tsx"] });
    this.child.on("message", (report: ServerProcessReport) => {
      if ("ended" in report) this.ended = report.ended;
      else {
        this.incarnations.push(report.ready);
        this.gates = report.gates;
        this.urls = report.urls;
      }
      this.changed();
    });
    this.child.on("exit", () => {
      this.ended ??= "the process is gone";
      this.changed();
    });
  }

  /** Resolves when it is ready, for the first time or once more, or has ended. */
  async ready(times = 1): Promise<void> {
    while (this.incarnations.length < times && this.ended === null) {
      await new Promise<void>((resolve) => {
        this.changed = resolve;
      });
    }
  }

  pause(): void {
    this.child.kill("SIGSTOP");
  }

  resume(): void {
    this.child.kill("SIGCONT");
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await exited;
  }

  async stop(): Promise<void> {
    const exited = once(this.child, "exit");
    this.child.send("stop");
    await exited;
  }
}
