/** `gatesmith check`: prints every problem of the schema, or what it breaks of an earlier one. */
import { type Command, Option } from "commander";
import pc from "picocolors";
import type { BreakLevel } from "../generator/breaking-rule.js";
import type { CurrentSchema, PreviousSchema } from "../generator/compatibility/comparison.js";
import type { Diagnostic, Model } from "../generator/model.js";
import { CommandError, ExitCode } from "./command-error.js";
import { projectRoot, rootOption } from "./project-root.js";

type Format = "text" | "json" | "github";

interface CheckOptions {
  root: string;
  format: Format;
  against?: string;
  level?: BreakLevel;
}

/** What is compared unless something else is asked for: everything. */
const DEFAULT_LEVEL: BreakLevel = "source";

export function addCheck(program: Command): void {
  program
    .command("check")
    .summary("print every problem of the schema, or what it breaks of an earlier one")
    .description(
      "Prints every problem of the schema as `file:line:col rule-id message`, and exits 1 when there is one. With --against, prints what the schema breaks of the one it is compared with.",
    )
    .addOption(
      new Option("--format <format>", "text for people, json for programs, github for annotations in a workflow")
        .choices(["text", "json", "github"])
        .default("text"),
    )
    .option("--against <ref or folder>", "compare with the schema of a commit, branch or tag, or of another folder")
    .addOption(
      new Option(
        "--level <level>",
        `what must not break: wire (bytes are misread), route (also: calls are refused), source (also: programs no longer compile); ${DEFAULT_LEVEL} unless given`,
      ).choices(["wire", "route", "source"]),
    )
    .addOption(rootOption())
    .addHelpText(
      "after",
      "\nExamples:\n  $ gatesmith check --format github\n  $ gatesmith check --against v1.4.0 --level route",
    )
    .action(check);
}

async function check({ root, format, against, level }: CheckOptions): Promise<void> {
  if (level !== undefined && against === undefined) {
    throw new CommandError("--level says how to compare, so --against must say with what", ExitCode.USAGE);
  }
  const folder = projectRoot(root, []);
  const { loadProject } = await import("../generator/load/index.js");
  const { countProblems } = await import("./load-model.js");
  const { model, schema, diagnostics } = await loadProject(folder);
  if (model === null || schema === null) {
    await print(diagnostics, format);
    throw new CommandError(`${countProblems(diagnostics)} in ${folder}/schema`);
  }
  if (against === undefined) {
    await print([], format);
    if (format === "text") process.stdout.write(`${pc.green("ok")} ${summary(model)}\n`);
  } else {
    await compare(folder, schema, against, level ?? DEFAULT_LEVEL, format);
  }
}

async function compare(
  folder: string,
  schema: CurrentSchema,
  against: string,
  level: BreakLevel,
  format: Format,
): Promise<void> {
  const { findBreaks } = await import("../generator/breaks.js");
  const previous = await loadOther(folder, against);
  const breaks = findBreaks(previous, schema, level);
  await print(breaks, format);
  const before = `version ${previous.version} at ${against}`;
  if (breaks.length > 0) {
    const count = breaks.length === 1 ? "1 change breaks" : `${breaks.length} changes break`;
    throw new CommandError(`${count} ${before} at level ${level} or within`);
  }
  if (format !== "text") return;
  const { name, version } = schema.model;
  process.stdout.write(`${pc.green("ok")} ${name} version ${version} breaks nothing of ${before} at level ${level}\n`);
}

/** Throws `CommandError` when there is no schema to compare with, after printing what is wrong with it. */
async function loadOther(folder: string, against: string): Promise<PreviousSchema> {
  const { loadPrevious } = await import("../generator/compatibility/load-previous.js");
  const { asCommandErrors } = await import("./previous-errors.js");
  const { countProblems, printDiagnostics } = await import("./load-model.js");
  const { previous, diagnostics } = await asCommandErrors(() => loadPrevious(folder, against));
  if (previous !== null) return previous;
  // To stderr whatever the format: these places are not in the schema that is checked.
  printDiagnostics(diagnostics);
  throw new CommandError(`cannot compare with "${against}": ${countProblems(diagnostics)} in its schema`);
}

/** For people to stderr, for programs to stdout. */
async function print(diagnostics: readonly Diagnostic[], format: Format): Promise<void> {
  const { formatDiagnostics } = await import("../generator/diagnostic.js");
  const { printDiagnostics } = await import("./load-model.js");
  if (format === "text") printDiagnostics(diagnostics);
  else process.stdout.write(formatDiagnostics(diagnostics, format));
}

function summary(model: Model): string {
  const groups = model.servers.flatMap((server) => server.groups);
  const counts = [
    counted(model.servers.length, "server type", "server types"),
    counted(groups.flatMap((group) => group.handlers).length, "route", "routes"),
    counted(groups.flatMap((group) => group.remotes).length, "remote", "remotes"),
    counted(model.servers.flatMap((server) => server.pushes).length, "push", "pushes"),
  ];
  return `${model.name} version ${model.version}: ${counts.join(", ")}; schema ${model.schemaHash}`;
}

const counted = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;
