/** `gatesmith check`: prints every problem of the schema. */
import { type Command, Option } from "commander";
import pc from "picocolors";
import type { Model } from "../generator/model.js";
import { CommandError } from "./command-error.js";
import { projectRoot, rootOption } from "./project-root.js";

type Format = "text" | "json" | "github";

interface CheckOptions {
  root: string;
  format: Format;
}

export function addCheck(program: Command): void {
  program
    .command("check")
    .summary("print every problem of the schema")
    .description(
      "Prints every problem of the schema as `file:line:col rule-id message`, and exits 1 when there is one.",
    )
    .addOption(
      new Option("--format <format>", "text for people, json for programs, github for annotations in a workflow")
        .choices(["text", "json", "github"])
        .default("text"),
    )
    .addOption(rootOption())
    .addHelpText("after", "\nExample:\n  $ gatesmith check --format github")
    .action(check);
}

async function check({ root, format }: CheckOptions): Promise<void> {
  const folder = projectRoot(root);
  const { loadProject } = await import("../generator/load/index.js");
  const { formatDiagnostics } = await import("../generator/diagnostic.js");
  const { countProblems, printDiagnostics } = await import("./load-model.js");
  const { model, diagnostics } = await loadProject(folder);
  if (format === "text") printDiagnostics(diagnostics);
  else process.stdout.write(formatDiagnostics(diagnostics, format));
  if (model === null || diagnostics.length > 0) {
    throw new CommandError(`${countProblems(diagnostics)} in ${folder}/schema`);
  }
  if (format === "text") process.stdout.write(`${pc.green("ok")} ${summary(model)}\n`);
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
