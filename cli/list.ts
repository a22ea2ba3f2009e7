/** `gatesmith list`: the servers of a running cluster, and how each is. */
import type { Command } from "commander";
import type { Peer } from "../runtime/cluster/peer.js";
import type { FoundServer } from "./administered-cluster.js";
import { environmentOption } from "./load-application.js";
import { rootOption } from "./project-root.js";
import { formatTable } from "./table.js";

interface ListOptions {
  root: string;
  environment?: string;
  json?: true;
}

export function addList(program: Command): void {
  program
    .command("list")
    .summary("the servers of a running cluster")
    .description(
      "Asks every server of the running cluster how it is, over the cluster's bus. Names each `gatesmith start` as well, as `add --on` does.",
    )
    .option("--json", "one JSON object a line")
    .addOption(rootOption())
    .addOption(environmentOption())
    .addHelpText("after", "\nExample:\n  $ gatesmith list --environment production")
    .action(list);
}

async function list(options: ListOptions): Promise<void> {
  const { supervisorsOf, withCluster } = await import("./administered-cluster.js");
  await withCluster(options.root, options.environment, async (cluster) => {
    const supervisors = await supervisorsOf(cluster);
    process.stdout.write((options.json ? lines : tables)(cluster.servers, supervisors));
  });
}

const STATES = ["starting", "ready", "draining"];

function lines(servers: readonly FoundServer[], supervisors: readonly Peer[]): string {
  const each = servers.map(({ id, status }) => {
    if (status === null) return { id, state: "silent" };
    const { servers: _servers, supervisors: _supervisors, ...said } = status;
    const requestsPerSecond = Math.round(said.requestsPerSecond * 100) / 100;
    return { ...said, state: STATES[status.state], requestsPerSecond, uptime: Math.round(said.uptime) };
  });
  const others = supervisors.map(({ id, load }) => ({ supervisor: id, servers: load }));
  return [...each, ...others].map((one) => `${JSON.stringify(one)}\n`).join("");
}

function tables(servers: readonly FoundServer[], supervisors: readonly Peer[]): string {
  const rows = supervisors.map(({ id, load }) => [id, String(load)]);
  const below = rows.length === 0 ? "" : `\n${formatTable([["supervisor", "servers"], ...rows], new Set(["servers"]))}`;
  return table(servers) + below;
}

function table(servers: readonly FoundServer[]): string {
  // Process ids mean something on one machine.
  const hosts = new Set(servers.flatMap(({ status }) => (status === null ? [] : [status.host])));
  const host = hosts.size > 1 ? ["host"] : [];
  const head = ["id", "type", ...host, "pid", "state", "sessions", "requests/s", "uptime", "memory", "schema"];
  const rows = servers.map(({ id, status }) => {
    if (status === null) return [id, "", ...host.map(() => ""), "", "silent"];
    const { type, pid, state, sessions, requestsPerSecond, uptime, memory, version, schemaHash } = status;
    const place = host.map(() => status.host);
    const figures = [String(sessions), formatRate(requestsPerSecond), formatTime(uptime), formatBytes(memory)];
    return [id, type, ...place, String(pid), STATES[state] ?? "?", ...figures, `${version} ${schemaHash.slice(0, 8)}`];
  });
  return formatTable([head, ...rows], new Set(["pid", "sessions", "requests/s", "uptime", "memory"]));
}

const formatRate = (rate: number) => (rate < 10 && rate > 0 ? rate.toFixed(1) : Math.round(rate).toString());

const formatBytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MB`;

/** The two largest units: `2d 3h`, `5m 7s`. */
export function formatTime(milliseconds: number): string {
  let rest = Math.floor(milliseconds / 1_000);
  const parts: string[] = [];
  for (const [unit, seconds] of [
    ["d", 86_400],
    ["h", 3_600],
    ["m", 60],
    ["s", 1],
  ] as const) {
    const count = Math.floor(rest / seconds);
    rest %= seconds;
    if (count > 0 || parts.length > 0 || unit === "s") parts.push(`${count}${unit}`);
  }
  return parts.slice(0, 2).join(" ");
}
