/** Starts peers in processes of their own: pinus and pomelo as clusters of a master, a connector and a backend; the others alone. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../test/support/nats-server.js";
import { forkServer, type Measured, type ServerProcess } from "../server-process.js";
import { installPeer } from "./package.js";

const HERE = new URL(".", import.meta.url).pathname;

export interface Peer {
  /** Where clients connect. */
  readonly port: number;
  /** All that the answers cost. */
  readonly servers: readonly Measured[];
  stop(): Promise<void>;
}

/** `socket-io`, `colyseus`. */
export async function startAlone(name: string): Promise<Peer> {
  const folder = join(HERE, name);
  installPeer(folder);
  const server = await forkServer(join(folder, "server.js"), name, { env: { NODE_ENV: "production" }, quiet: true });
  return { port: server.port, servers: [server], stop: () => server.stop() };
}

/** `pinus`, `pomelo`: they read their configuration from a folder, the same for both. */
export async function startPomelo(name: string): Promise<Peer> {
  const folder = join(HERE, name);
  installPeer(folder);
  const base = mkdtempSync(join(tmpdir(), "gatesmith-bench-"));
  const master = { id: "master-1", host: "127.0.0.1", port: await freePort() };
  const connector = { id: "connector-1", ...(await place()), frontend: true, clientPort: await freePort() };
  const work = { id: "work-1", ...(await place()) };
  mkdirSync(join(base, "config"));
  mkdirSync(join(base, "logs"));
  const write = (file: string, content: object) => writeFileSync(join(base, "config", file), JSON.stringify(content));
  write("master.json", { production: master });
  write("servers.json", { production: { connector: [connector], work: [work] } });
  write("adminUser.json", []);
  write("adminServer.json", []);
  write("dictionary.json", []);
  symlinkSync(join(folder, "app"), join(base, "app"));
  const servers: ServerProcess[] = [];
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(base, { recursive: true, force: true });
  };
  const start = async (words: object) => {
    const all = Object.entries({ base, env: "production", mode: "stand-alone", ...words });
    const options = { words: all.map(([key, value]) => `${key}=${value}`), env: { POMELO_LOGGER: "off" }, quiet: true };
    servers.push(await forkServer(join(folder, "server.js"), name, options));
  };
  try {
    await start({ startId: "master" });
    await start({ ...work, serverType: "work" });
    await start({ ...connector, serverType: "connector" });
  } catch (error) {
    await stop();
    throw error;
  }
  return { port: connector.clientPort, servers, stop };
}

async function place(): Promise<{ host: string; port: number }> {
  return { host: "127.0.0.1", port: await freePort() };
}
