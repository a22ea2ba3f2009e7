/** Compiles and runs the load generator (`load.c`). */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const HERE = new URL(".", import.meta.url).pathname;

export interface LoadResult {
  readonly connections: number;
  readonly inFlight: number;
  readonly seconds: number;
  /** Answers, or pushes delivered, in the measured window. */
  readonly answered: number;
  readonly perSecond: number;
  /** Answers with an error code; for pushes, gaps in a connection's sequence. */
  readonly errors: number;
  readonly firstError: number;
  /** Microseconds. 0 for pushes. */
  readonly p50: number;
  readonly p99: number;
  /** The load generator's own share of one core in the measured window, 0 to 1. */
  readonly cpu: number;
  /** Fewest and most pushes that one connection received. */
  readonly leastDelivered: number;
  readonly mostDelivered: number;
}

/** A frame to send, unless it is null; and how the frame begins that has to arrive before the next step. */
export interface Step {
  readonly send: Uint8Array | null;
  readonly expected: Uint8Array;
}

export interface LoadOptions {
  readonly mode: "request" | "fanout" | "idle";
  readonly port: number;
  readonly connections: number;
  readonly path?: string;
  /** Frames that a connection sends first, each after the answer to the one before: a list for all, or one for each connection. */
  readonly prologues?: readonly (readonly (Uint8Array | Step)[])[];
  /** A path for each connection instead of `path`; there are as many prologues. */
  readonly paths?: readonly string[];
  /** All connections are held until `release`, and only then the load begins. */
  readonly together?: boolean;
  /** Further options of `load`, by name and without the dashes. */
  readonly more?: Readonly<Record<string, string | number>>;
}

/** Compiles the load generator when a source is newer than the program in `folder`. Returns the program's path. */
export function buildLoad(folder = join(HERE, "../build")): string {
  const program = join(folder, "load");
  const sources = readdirSync(HERE).filter((name) => name.endsWith(".c") || name.endsWith(".h"));
  const built = statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (sources.every((name) => statSync(join(HERE, name)).mtimeMs < built)) return program;
  mkdirSync(folder, { recursive: true });
  const fresh = `${program}.${process.pid}`;
  const units = sources.filter((name) => name.endsWith(".c")).map((name) => join(HERE, name));
  const compiled = spawnSync("cc", ["-O2", "-Wall", "-Wextra", "-o", fresh, ...units], { encoding: "utf8" });
  if (compiled.error !== undefined) {
    throw new Error(
      `bench needs a C compiler for its load generator: \`cc\` did not start (${compiled.error.message})`,
    );
  }
  if (compiled.status !== 0) throw new Error(`the load generator does not compile:\n${compiled.stderr}`);
  renameSync(fresh, program);
  return program;
}

/** A load generator that is running. */
export interface RunningLoad {
  /** All connections are open and through their prologues. Rejects when the program fails before. */
  readonly ready: Promise<{ readonly openingSeconds: number }>;
  /** The measured window begins. */
  readonly measuring: Promise<void>;
  /** Null in idle mode. Rejects with what the program printed when it fails. */
  readonly result: Promise<LoadResult | null>;
  /** Ends idle mode; begins a load that waits for others. */
  release(): void;
  /** Ends the program, if it still runs. */
  kill(): void;
}

export function startLoad(program: string, options: LoadOptions): RunningLoad {
  const folder = mkdtempSync(join(tmpdir(), "gatesmith-bench-"));
  const child = spawn(program, commandLine(options, folder), { stdio: ["pipe", "pipe", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const ready = deferred<{ openingSeconds: number }>();
  const measuring = deferred<void>();
  const result = deferred<LoadResult | null>();
  let last: LoadResult | null = null;
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = JSON.parse(text);
    if (line.event === "ready") ready.resolve(line);
    else if (line.event === "measuring") measuring.resolve();
    else last = line;
  });
  child.on("error", (error) => fail(error));
  child.on("close", (code, signal) => {
    rmSync(folder, { recursive: true, force: true });
    if (code === 0 && (last !== null || options.mode === "idle")) result.resolve(last);
    fail(new Error(errors.trim() || `load ended with ${code ?? signal} and without a result`));
  });
  function fail(error: Error): void {
    ready.reject(error);
    measuring.reject(error);
    result.reject(error);
  }
  return {
    ready: ready.promise,
    measuring: measuring.promise,
    result: result.promise,
    release: () => child.stdin.end(),
    kill: () => void child.kill(),
  };
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((whenDone, whenFailed) => {
    resolve = whenDone;
    reject = whenFailed;
  });
  // Whoever awaits only one of several must not be ended by the others.
  promise.catch(() => {});
  return { promise, resolve, reject };
}

function commandLine(options: LoadOptions, folder: string): string[] {
  const words = [options.mode, "--port", String(options.port), "--connections", String(options.connections)];
  if (options.path !== undefined) words.push("--path", options.path);
  if (options.prologues !== undefined) {
    const file = join(folder, "prologue");
    const lines = options.prologues.map((steps, index) => {
      const path = options.paths?.[index];
      return `${path === undefined ? "" : `${path} `}${steps.map(stepText).join(",")}\n`;
    });
    writeFileSync(file, lines.join(""));
    words.push("--prologue", file);
  }
  if (options.together) words.push("--begin", "input");
  for (const [name, value] of Object.entries(options.more ?? {})) words.push(`--${name}`, String(value));
  return words;
}

function stepText(step: Uint8Array | Step): string {
  if (step instanceof Uint8Array) return hex(step);
  return `${step.send === null ? "" : hex(step.send)}>${hex(step.expected)}`;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
