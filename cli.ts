#!/usr/bin/env node
/** The command line. One verb, one file in `cli/`; a verb loads what it needs when it runs, so that `start` stays small. */
import { Command, CommanderError } from "commander";
import pc from "picocolors";
import { addAdd } from "./cli/add.js";
import { addBroadcast } from "./cli/broadcast.js";
import { addCall } from "./cli/call.js";
import { addCheck } from "./cli/check.js";
import { CommandError, ExitCode } from "./cli/command-error.js";
import { addDev } from "./cli/dev.js";
import { addDrain } from "./cli/drain.js";
import { addExplain } from "./cli/explain.js";
import { addGenerate } from "./cli/generate.js";
import { addInit } from "./cli/init.js";
import { addKick } from "./cli/kick.js";
import { addList } from "./cli/list.js";
import { readOwnPackage } from "./cli/own-package.js";
import { addRun } from "./cli/run.js";
import { addStart } from "./cli/start.js";
import { addStop } from "./cli/stop.js";

const program = new Command("gatesmith")
  .description("Turns one schema into a running, typed realtime gateway cluster.")
  .version(readOwnPackage().version)
  .showHelpAfterError("(--help shows what is possible)")
  .showSuggestionAfterError()
  .configureHelp({ showGlobalOptions: false })
  .exitOverride();

const verbs = [
  [addInit, addGenerate, addCheck, addDev],
  [addStart, addRun, addAdd],
  [addList, addDrain, addStop, addKick, addBroadcast],
  [addCall, addExplain],
];
for (const add of verbs.flat()) add(program);

process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
  // Whoever reads has seen enough, as `head` has.
  if (code === "EPIPE" || process.exitCode !== undefined) return;
  process.exitCode = ExitCode.FAILED;
  process.stderr.write(`${pc.red("error")} standard output cannot be written: ${message}\n`);
});
process.stderr.on("error", () => {});

try {
  await program.parseAsync();
} catch (error) {
  // An application that failed may have left something open.
  process.exit(report(error));
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has printed what is wrong, or the help that was asked for.
    return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
  }
  if (error instanceof CommandError) {
    process.stderr.write(`${pc.red("error")} ${error.message}\n`);
    return error.exitCode;
  }
  // Not a user's mistake: the stack is what a report of the fault needs.
  process.stderr.write(
    `${pc.red("error")} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return ExitCode.FAILED;
}
