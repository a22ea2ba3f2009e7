/** The chaos suite's cluster: every server in a process of its own, which the suite starts, stops, kills and asks how it is. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ConfigurationInput } from "gatesmith/runtime";
import { freePort } from "../support/nats-server.js";
import type { Command, Report, ServerState } from "./server-process.js";

type Bus = NonNullable<ConfigurationInput["bus"]>;

const program = fileURLToPath(new URL("./server-process.ts", import.meta.url));

/** Milliseconds. Shorter than anybody would choose, so that the suite need not wait: a loaded machine stalls for less. */
export const BEATS = { beat: 400, window: 3_000 };

/** Who is there between faults. */
export const SERVERS = ["gate-1", "connector-1", "connector-2", "room-1", "room-2"];

/** Of what a server wrote to its log, when it is shown. */
const LINES = 40;

export class ServerProcess {
  readonly id: string;
  /** Its incarnations so far. */
  readonly incarnations: number[] = [];
  /** Why it ended, by itself or not. */
  ended: string | null = null;
  /** Somebody wants it to end: it was killed or drained, or is to be refused. */
  private mayEnd = false;
  private readonly child: ChildProcess;
  private readonly log: string;
  /** Characters of the log that were shown, or are older than what matters. */
  private shown = 0;
  private loaded = false;
  private states: ServerState[] = [];
  private readonly changed = new Set<() => void>();

  constructor(id: string, configuration: ConfigurationInput, ledger: string, log: string) {
    this.id = id;
    this.log = log;
    const output = openSync(log, "a");
    this.child = fork(program, [JSON.stringify({ server: id, configuration })], {
      execArgv: ["--import", "tsx", "--expose-gc"],
      env: { ...process.env, CHAOS_LEDGER: ledger },
      stdio: ["ignore", output, output, "ipc"],
    });
    closeSync(output);
    this.child.on("message", (report: Report) => {
      if ("loaded" in report) this.loaded = true;
      else if ("ready" in report) this.incarnations.push(report.ready);
      else if ("state" in report) this.states.push(report.state);
      else this.ended = report.ended;
      this.tell();
    });
    this.child.on("exit", (code, signal) => {
      this.ended ??= `the process is gone (${signal ?? code})`;
      this.tell();
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** It runs no more, and nobody wanted that. */
  get fell(): boolean {
    return this.ended !== null && !this.mayEnd;
  }

  /** The last lines that it wrote since it was asked before. */
  said(): string[] {
    const text = readFileSync(this.log, "utf8");
    const lines = text.slice(this.shown).trimEnd().split("\n");
    this.shown = text.length;
    return lines.slice(-LINES);
  }

  /** It has loaded everything, and will join as soon as it is told. */
  async atHand(): Promise<this> {
    await this.until(() => this.loaded);
    return this;
  }

  /** Joins; resolves when it is ready, or has ended. */
  async start(): Promise<this> {
    await this.atHand();
    this.send("start");
    await this.ready();
    return this;
  }

  /** Resolves when it is ready, for the first time or once more, or has ended. */
  ready(times = 1): Promise<void> {
    return this.until(() => this.incarnations.length >= times);
  }

  async state(): Promise<ServerState> {
    this.states = [];
    this.send("state");
    await this.until(() => this.states.length > 0);
    if (this.states.length === 0) throw new Error(`${this.id} cannot say how it is: ${this.ended}`);
    return this.states[0]!;
  }

  pause(): void {
    this.child.kill("SIGSTOP");
  }

  resume(): void {
    this.child.kill("SIGCONT");
  }

  /** From here on it is no surprise that it ends. */
  dismiss(): this {
    // What has ended by itself before has done so for ever.
    if (this.ended === null) this.mayEnd = true;
    return this;
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.dismiss();
    const exited = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await exited;
  }

  /** Lets it take its leave. */
  async drain(): Promise<void> {
    const exited = once(this.child, "exit");
    this.dismiss().send("drain");
    await exited;
    // It was to leave, not to die of it.
    if (this.child.exitCode !== 0) this.mayEnd = false;
  }

  private send(command: Command): void {
    if (this.child.connected) this.child.send(command);
  }

  private async until(condition: () => boolean): Promise<void> {
    while (!condition() && this.ended === null) {
      await new Promise<void>((resolve) => this.changed.add(resolve));
    }
  }

  private tell(): void {
    const waiting = [...this.changed];
    this.changed.clear();
    for (const resolve of waiting) resolve();
  }
}

export class Cluster {
  readonly gate: string;
  /** One file for each process: see `app/ledger-file.ts`. */
  readonly ledger: string;
  private readonly folder = mkdtempSync(join(tmpdir(), "chaos-"));
  private readonly configurationOf: (id: string) => ConfigurationInput;
  private readonly servers = new Map<string, ServerProcess>();
  private readonly started: ServerProcess[] = [];
  private readonly mourned = new Set<ServerProcess>();

  private constructor(gatePort: number, busOf: (id: string) => Bus) {
    this.gate = `http://127.0.0.1:${gatePort}`;
    this.ledger = join(this.folder, "ledger");
    mkdirSync(this.ledger);
    this.configurationOf = (id) => ({
      bus: busOf(id),
      servers: { gate: { port: gatePort }, connector: { count: 2, port: 0 }, room: { count: 2 } },
      limits: { sessionBytes: 262_144, linkBytes: 4_194_304 },
      log: { level: "info" },
    });
  }

  static async start(busOf: (id: string) => Bus, ids: readonly string[] = SERVERS): Promise<Cluster> {
    const cluster = new Cluster(await freePort(), busOf);
    await Promise.all(ids.map((id) => cluster.add(id)));
    return cluster;
  }

  server(id: string): ServerProcess {
    const server = this.servers.get(id);
    if (server === undefined) throw new Error(`there is no ${id}`);
    return server;
  }

  /** A process for a server, which has not joined. */
  prepare(id: string): ServerProcess {
    const log = join(this.folder, `${id}.${this.started.length}.log`);
    const server = new ServerProcess(id, this.configurationOf(id), this.ledger, log);
    this.started.push(server);
    return server;
  }

  /** Starts a server, in place of one that had its id. */
  async add(id: string, server = this.prepare(id)): Promise<ServerProcess> {
    this.servers.set(id, server);
    await server.start();
    if (server.ended !== null) throw new Error(`${id} did not start: ${server.ended}`);
    return server;
  }

  /** How each is that runs, by its id. */
  async states(): Promise<Map<string, ServerState>> {
    const running = [...this.servers].filter(([, { ended }]) => ended === null);
    return new Map(await Promise.all(running.map(async ([id, server]) => [id, await server.state()] as const)));
  }

  /** Servers that ended by themselves, how, and their last words; each is named once. */
  fallen(): string[] {
    const fallen = this.started.filter((server) => server.fell && !this.mourned.has(server));
    for (const server of fallen) this.mourned.add(server);
    return fallen.map((server) => `${server.id} ended by itself: ${server.ended}\n${server.said().join("\n")}`);
  }

  /** What all servers wrote to their logs since this was asked before. */
  said(): string {
    return this.started.flatMap((server) => server.said().map((line) => `${server.id}: ${line}`)).join("\n");
  }

  /** Starts anew whoever is not there any more, so that one fault's harm is not found once more by the next. */
  async mend(): Promise<void> {
    for (const [id, server] of this.servers) if (server.fell) await this.add(id);
  }

  async close(): Promise<void> {
    for (const server of this.started) await server.kill();
    rmSync(this.folder, { recursive: true });
  }
}
