/** Runs the command line as a person does: in a process of its own, from the checkout. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export const checkout = fileURLToPath(new URL("../../..", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. What it prints is collected, and can be waited for. */
export class Command {
  readonly process: ChildProcess;
  stdout = "";
  stderr = "";
  readonly finished: Promise<Finished>;
  #wake: () => void = () => {};

  constructor(
    program: string,
    args: readonly string[],
    folder: string,
    variables: Readonly<Record<string, string>> = {},
  ) {
    // Plain text is what the tests read, and none of this run's own settings are the command's.
    const inherited = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/COLOR|^CI$|GITHUB|^npm_|^GATESMITH_/.test(name)),
    );
    const env = { ...inherited, NO_COLOR: "1", ...variables };
    this.process = spawn(program, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    this.process.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#wake();
    });
    this.process.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      this.#wake();
    });
    this.finished = once(this.process, "close").then(([code]) => {
      this.#wake();
      return { code, stdout: this.stdout, stderr: this.stderr };
    });
  }

  /** Waits until the output, both streams together, matches. Rejects when the command ends first. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(`${this.stdout}\n${this.stderr}`);
      if (found !== null) return found;
      const ended = this.process.exitCode !== null || this.process.signalCode !== null;
      if (ended) throw new Error(`ended without printing ${pattern}:\n${this.stdout}\n${this.stderr}`);
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), this.finished]);
    }
  }

  /** Asks it to end as Ctrl-C does. */
  async interrupt(): Promise<Finished> {
    this.process.kill("SIGINT");
    return this.finished;
  }
}

/** Starts `gatesmith ...` in the checkout. */
export function startGatesmith(...args: string[]): Command {
  return new Command(process.execPath, ["--import", "tsx", "cli.ts", ...args], checkout);
}

/** Runs `gatesmith ...` in the checkout to its end. */
export function gatesmith(...args: string[]): Promise<Finished> {
  return startGatesmith(...args).finished;
}
