/**
 * `npm run demo`: the reference cluster on real sockets, and four bots of the generated client that chat in two rooms. It stays up
 * afterwards. With `--once` it ends: 0 when every line of the conversation came, 1 when one is missing. With `--any-port` it listens
 * where there is room, for when the ports of `gatesmith.config.ts` are taken.
 */
import { once } from "node:events";
import application from "../../app/index.js";
import configuration from "../../gatesmith.config.js";
import { ListenError, startCluster } from "../../runtime/index.js";
import { CallTimes } from "./call-times.js";
import { converse } from "./conversation.js";
import { Transcript } from "./transcript.js";

const OPTIONS = ["--once", "--any-port"];
const given = process.argv.slice(2);
const unknown = given.find((option) => !OPTIONS.includes(option));
if (unknown !== undefined) fail(`${unknown} is no option of the demo; there are ${OPTIONS.join(" and ")}`, 2);

const cluster = await startCluster(application, {
  ...configuration,
  servers: given.includes("--any-port") ? withAnyPort(configuration.servers ?? {}) : configuration.servers,
  // The log would stand between the lines of the transcript.
  log: { level: "warn" },
}).catch((error) => {
  if (!(error instanceof ListenError)) throw error;
  return fail(`${error.message}\n--any-port listens elsewhere`, 1);
});
const times = new CallTimes();
const transcript = new Transcript((line) => console.log(line));
const bots = await converse(cluster.gates[0]!, times, transcript);

const connectors = bots.map(({ url }) => cluster.endpoints.find((endpoint) => endpoint.url === url)?.server ?? url);
console.log(`\n${bots.map(({ name }, index) => `${name} on ${connectors[index]}`).join(", ")}`);
console.log(`\n${times.table().join("\n")}\n`);
const faults = [
  ...transcript.missing.map((line) => `missing: ${line}`),
  ...transcript.surplus.map((line) => `not expected: ${line}`),
];
if (new Set(connectors).size === 1) faults.push(`missing: the gate sent everybody to ${connectors[0]}`);
for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? "the transcript is complete" : "the transcript is not complete");

if (!given.includes("--once")) {
  console.log("\nthe cluster stays up until Ctrl-C:");
  for (const { server, url } of cluster.endpoints) console.log(`  ${server.padEnd(12)} ${url}`);
  console.log(`  ${"entry".padEnd(12)} ${cluster.gates[0]}/entry?uid=somebody`);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
}
await cluster.stop();
process.exit(faults.length === 0 ? 0 : 1);

type Servers = NonNullable<typeof configuration.servers>;

function withAnyPort(servers: Servers): Servers {
  return Object.fromEntries(
    Object.entries(servers).map(([name, server]) => [
      name,
      server?.port === undefined ? server : { ...server, port: 0 },
    ]),
  );
}

function fail(message: string, code: number): never {
  console.error(message);
  process.exit(code);
}
