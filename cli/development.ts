/**
 * What `dev` does: keeps a cluster running beside a project that is being written. The cluster is a child process, so that a
 * crash takes nothing else with it, and every start is a fresh one.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, sep } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import pc from "picocolors";
import { CONFIGURATION_FILE } from "./load-application.js";
import { ownProgram } from "./own-package.js";

/** Editors write several files, and generating writes more: a restart waits until all is quiet for so many milliseconds. */
const QUIET = 150;

/** How long a cluster may take to stop before it is killed. */
const PATIENCE = 10_000;

export class Development {
  readonly #root: string;
  readonly #generate: () => Promise<boolean>;
  #watcher: FSWatcher | null = null;
  #cluster: ChildProcess | null = null;
  #quietTimer: NodeJS.Timeout | null = null;
  #schemaChanged = true;
  #working: Promise<void> = Promise.resolve();
  #stopped = false;

  /**
   * @param root the project's folder, absolute
   * @param generate brings the generated files up to date, and prints what is wrong; whether nothing is
   */
  constructor(root: string, generate: () => Promise<boolean>) {
    this.#root = root;
    this.#generate = generate;
  }

  /** Generates, starts, and follows every change from then on. */
  async start(): Promise<void> {
    const watched = ["schema", "app", CONFIGURATION_FILE].map((file) => join(this.#root, file));
    this.#watcher = watch(watched, { ignoreInitial: true, ignored: (path) => path.endsWith("~") });
    this.#watcher.on("all", (_event, path) => this.#changed(path));
    await once(this.#watcher, "ready");
    this.#enqueue();
    await this.#working;
  }

  /** Stops the cluster, and what watches. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    await this.#watcher?.close();
    await this.#working;
    await this.#stopCluster();
  }

  #changed(path: string): void {
    if (this.#stopped) return;
    if (path.startsWith(join(this.#root, "schema") + sep) && !path.endsWith("ids.lock.json"))
      this.#schemaChanged = true;
    this.#cancelTimer();
    this.#quietTimer = setTimeout(() => this.#enqueue(), QUIET);
  }

  #enqueue(): void {
    this.#quietTimer = null;
    this.#working = this.#working.then(() => this.#bringUpToDate());
  }

  async #bringUpToDate(): Promise<void> {
    if (this.#stopped) return;
    while (this.#schemaChanged) {
      this.#schemaChanged = false;
      if (!(await this.#generate())) {
        const running = this.#cluster !== null;
        say(running ? "the cluster runs on with the last good schema" : "nothing runs until the schema is right");
        return;
      }
      // Handlers that were just added under app/ are seen as a change too. The restart below covers them.
      await pause(QUIET);
      this.#cancelTimer();
    }
    if (this.#stopped) return;
    await this.#stopCluster();
    this.#startCluster();
  }

  #startCluster(): void {
    const cluster = spawn(process.execPath, [...process.execArgv, ownProgram, "start", "--root", this.#root], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#cluster = cluster;
    cluster.once("exit", (code, signal) => {
      // Otherwise it was stopped from here.
      if (this.#cluster !== cluster) return;
      this.#cluster = null;
      say(`the cluster ended (${signal ?? `exit code ${code}`}); the next change starts it again`);
    });
  }

  /** The channel's end asks the cluster to stop, as it would if this process were killed. */
  async #stopCluster(): Promise<void> {
    const cluster = this.#cluster;
    if (cluster === null) return;
    this.#cluster = null;
    const ended = once(cluster, "exit");
    if (cluster.connected) cluster.disconnect();
    const impatience = setTimeout(() => cluster.kill("SIGKILL"), PATIENCE);
    await ended;
    clearTimeout(impatience);
  }

  #cancelTimer(): void {
    if (this.#quietTimer !== null) clearTimeout(this.#quietTimer);
    this.#quietTimer = null;
  }
}

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

export const say = (text: string) => process.stderr.write(`${pc.cyan("dev")} ${text}\n`);
