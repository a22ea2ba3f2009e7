/** `npm run bench -- <suite>`: measures Gatesmith beside raw uWebSockets.js, and its codecs beside others. See README.md. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { thisMachine } from "./machine.js";
import { hotSpots } from "./profile.js";
import { jsonReport, textReport } from "./report.js";
import { BUILD } from "./server-process.js";
import { cluster } from "./suites/cluster.js";
import { codecs } from "./suites/codecs.js";
import { fanout } from "./suites/fanout.js";
import { memory } from "./suites/memory.js";
import { peers } from "./suites/peers.js";
import { routes } from "./suites/routes.js";

const suites = new Map([
  ["routes", routes],
  ["fanout", fanout],
  ["memory", memory],
  ["cluster", cluster],
  ["peers", peers],
  ["codecs", codecs],
]);

const usage = `usage: npm run bench -- routes|fanout|memory|cluster|peers|codecs [options]
  --json         print one JSON object instead of a table
  --rounds N     samples of each row, taken in turn (5)
  --seconds S    measured seconds of a sample (2); memory has none
  --only ROW     measure this row alone, beside the raw server it is compared with; not in memory and codecs
  --profile      leave CPU profiles of the cluster in bench/build/profiles, and print where its time went`;

function bounded(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (value >= least && value <= most) return value;
  throw new RangeError(`--${name} ${text} must be a number from ${least} to ${most}`);
}

function readWords() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "2" },
      only: { type: "string" },
      profile: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const suite = suites.get(positionals[0] ?? "");
  if (!values.help && (suite === undefined || positionals.length > 1)) {
    throw new RangeError(`"${positionals.join(" ")}" must be one of ${[...suites.keys()].join(", ")}`);
  }
  const rounds = Math.floor(bounded("rounds", values.rounds, 1, 100));
  return { ...values, suite, rounds, seconds: bounded("seconds", values.seconds, 0.05, 60) };
}

async function main(): Promise<void> {
  let words: ReturnType<typeof readWords>;
  try {
    words = readWords();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${usage}\n`);
    process.exitCode = 2;
    return;
  }
  const { suite, rounds, seconds, json, only } = words;
  if (suite === undefined) {
    console.log(usage);
    return;
  }
  const profile = words.profile ? join(BUILD, "profiles") : undefined;
  if (profile !== undefined) {
    rmSync(profile, { recursive: true, force: true });
    mkdirSync(profile, { recursive: true });
  }
  const progress = (text: string) => process.stderr.write(`${text}\n`);
  const rows = await suite({ rounds, seconds, only, profile, progress });
  console.log((json ? jsonReport : textReport)(thisMachine(), rows));
  if (profile !== undefined) process.stderr.write(`\n${hotSpots(profile)}\n`);
}

await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
