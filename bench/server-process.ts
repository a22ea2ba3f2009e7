/** Starts a measured server in a process of its own, compiled to JavaScript as an installed package would be. */
import { type ChildProcess, fork } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import type { FromChild, MemoryReport } from "./child.js";

const HERE = new URL(".", import.meta.url).pathname;
const ROOT = join(HERE, "..");
export const BUILD = join(HERE, "build");

/** Clock ticks a second in /proc: the same on every Linux that Node runs on. */
const TICKS = 100;

/** A process whose CPU time is counted. */
export interface Measured {
  /** Seconds of CPU the process has used, all threads together. */
  cpuSeconds(): number;
}

export interface ServerProcess extends Measured {
  readonly port: number;
  memory(): Promise<MemoryReport>;
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly words?: readonly string[];
  /** For Node itself. */
  readonly flags?: readonly string[];
  /** A folder in which the server leaves a CPU profile when it stops. */
  readonly profile?: string | undefined;
  /** Beside what this process has. */
  readonly env?: Readonly<Record<string, string>>;
  /** Nobody wants to read what it prints on standard output. */
  readonly quiet?: boolean;
}

/** Compiles `entry` (relative to bench/), starts it and waits until it listens. */
export async function startServer(entry: string, options: ServerOptions = {}): Promise<ServerProcess> {
  compiled ??= compile();
  return forkServer(join(await compiled, entry.replace(/\.ts$/, ".js")), entry, options);
}

/** Starts a program that says where it listens, and ends when nobody is there to hear it. `entry` is what errors call it. */
export async function forkServer(program: string, entry: string, options: ServerOptions = {}): Promise<ServerProcess> {
  const { words = [], flags = [], profile, env, quiet } = options;
  const execArgv = ["--expose-gc", ...flags];
  if (profile !== undefined) execArgv.push("--cpu-prof", `--cpu-prof-dir=${profile}`);
  const child = fork(program, words, {
    execArgv,
    env: { ...process.env, ...env },
    stdio: ["ignore", quiet ? "ignore" : "inherit", "inherit", "ipc"],
  });
  const listening = await next(child, entry);
  if (!("listening" in listening)) throw new Error(`${entry} said ${JSON.stringify(listening)} before it listened`);
  return {
    port: listening.listening,
    cpuSeconds: () => cpuSeconds(child.pid!),
    async memory() {
      const answer = next(child, entry);
      child.send({ ask: "memory" });
      const report = await answer;
      if (!("memory" in report))
        throw new Error(`${entry} answered ${JSON.stringify(report)} when asked for its memory`);
      return report.memory;
    },
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once("exit", () => resolve());
        if (child.connected) child.disconnect();
      }),
  };
}

/** Starts servers one after the other, hands them to `work`, and stops them however that ends. */
export async function withServers<T>(
  starts: readonly (() => Promise<ServerProcess>)[],
  work: (...servers: ServerProcess[]) => Promise<T>,
): Promise<T> {
  const servers: ServerProcess[] = [];
  try {
    for (const start of starts) servers.push(await start());
    return await work(...servers);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

let compiled: Promise<string> | undefined;

/**
 * Compiles file by file, as the package is: bundled, the same code measured 5 % slower. The folder is a package of the same name, so
 * that applications find `gatesmith/runtime` in it.
 */
async function compile(): Promise<string> {
  const outdir = join(BUILD, "package");
  const sources = ["runtime", "wire", "bench/cluster/app", "bench/cluster/generated/server", "bench/raw"];
  await build({
    absWorkingDir: ROOT,
    entryPoints: [...sources.map((folder) => `${folder}/**/*.ts`), "bench/*.ts", "bench/cluster/*.ts"],
    outbase: ROOT,
    outdir,
    format: "esm",
    target: "node20",
    logLevel: "error",
  });
  const description = { name: "gatesmith", type: "module", exports: { "./runtime": "./runtime/index.js" } };
  writeFileSync(join(outdir, "package.json"), JSON.stringify(description));
  return join(outdir, "bench");
}

function next(child: ChildProcess, entry: string): Promise<FromChild> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void) => {
      child.off("message", heard).off("exit", ended).off("error", failed);
      outcome();
    };
    const heard = (message: unknown) => settle(() => resolve(message as FromChild));
    const failed = (error: Error) => settle(() => reject(error));
    const ended = (code: number | null, signal: string | null) =>
      settle(() => reject(new Error(`${entry} ended with ${code ?? signal}`)));
    child.once("message", heard).once("exit", ended).once("error", failed);
  });
}

/** Seconds of CPU that a process has used. */
export function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The command's name, in parentheses, may hold spaces.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}
