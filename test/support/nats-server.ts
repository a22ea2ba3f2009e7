/** A NATS server of a test's own: Debian's, on a free port, stopped by its process id. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installDebian } from "./install-debian.js";

export interface NatsServer {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** Ends the process without a word. */
  kill(): Promise<void>;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
  /** Stops and resumes the process. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

export interface NatsServerOptions {
  /** More of its configuration file. */
  readonly configuration?: string;
}

export async function startNatsServer({ configuration = "" }: NatsServerOptions = {}): Promise<NatsServer> {
  const program = await installDebian("nats-server", "nats-server");
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "nats-"));
  const file = join(folder, "nats.conf");
  writeFileSync(file, `listen: "127.0.0.1:${port}"\n${configuration}\n`);
  let child: ChildProcess;
  const start = async () => {
    child = spawn(program, ["-c", file], { stdio: ["ignore", "ignore", "pipe"] });
    const said: Buffer[] = [];
    child.stderr!.on("data", (chunk: Buffer) => said.push(chunk));
    await listening(port, () => {
      if (child.exitCode !== null) throw new Error(`nats-server ended: ${Buffer.concat(said).toString()}`);
    });
  };
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };
  await start();
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    get pid() {
      return child.pid!;
    },
    kill,
    start,
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    async stop() {
      await kill();
      rmSync(folder, { recursive: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port: number, check: () => void): Promise<void> {
  for (;;) {
    check();
    const socket = connect(port, "127.0.0.1");
    const connected = await new Promise<boolean>((resolve) => {
      socket.on("connect", () => resolve(true));
      socket.on("error", () => resolve(false));
    });
    socket.destroy();
    if (connected) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
