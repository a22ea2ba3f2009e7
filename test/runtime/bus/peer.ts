/** Starts and ends the processes of `peer-process.ts`. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { BusConfiguration } from "../../../runtime/operate/bus-configuration.js";
import type { PeerProcessReport } from "./peer-process.js";

const program = fileURLToPath(new URL("./peer-process.ts", import.meta.url));

export class Peer {
  readonly reports: PeerProcessReport[] = [];
  private readonly child: ChildProcess;
  private changed: () => void = () => {};

  private constructor(id: string, configuration: BusConfiguration) {
    this.child = fork(program, [JSON.stringify({ id, configuration })], { execArgv: ["--import", "tsx"] });
    this.child.on("message", (report: PeerProcessReport) => {
      this.reports.push(report);
      this.changed();
    });
  }

  /** Resolves when it has joined, or was refused. */
  static async start(id: string, configuration: BusConfiguration): Promise<Peer> {
    const peer = new Peer(id, configuration);
    await peer.until(() => peer.reports.length > 0);
    return peer;
  }

  get joined(): readonly number[] {
    return this.reports.flatMap((report) => ("joined" in report ? [report.joined] : []));
  }

  get evicted(): readonly string[] {
    return this.reports.flatMap((report) => ("evicted" in report ? [report.evicted] : []));
  }

  get refused(): readonly string[] {
    return this.reports.flatMap((report) => ("refused" in report ? [report.refused] : []));
  }

  get unanswered(): readonly string[] {
    return this.reports.flatMap((report) => ("unanswered" in report ? [report.unanswered] : []));
  }

  async until(what: () => boolean): Promise<void> {
    while (!what()) {
      await new Promise<void>((resolve, reject) => {
        this.changed = resolve;
        this.child.once("exit", () => reject(new Error("the process ended")));
      });
    }
  }

  pause(): void {
    this.child.kill("SIGSTOP");
  }

  resume(): void {
    this.child.kill("SIGCONT");
  }

  /** Ends it without a word; nothing happens if it has ended. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await exited;
  }

  /** Ends it in good order. */
  async leave(): Promise<void> {
    const exited = once(this.child, "exit");
    this.child.send("leave");
    await exited;
  }
}
