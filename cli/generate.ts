/** `gatesmith generate`: writes `generated/`, and what is missing under `app/`. */
import type { Command } from "commander";
import pc from "picocolors";
import { CommandError, ExitCode } from "./command-error.js";
import { untilInterrupted } from "./interruption.js";
import { projectRoot, rootOption } from "./project-root.js";

interface GenerateOptions {
  root: string;
  check?: true;
  watch?: true;
  against?: string;
}

export function addGenerate(program: Command): void {
  program
    .command("generate")
    .summary("write generated/ and the missing handlers")
    .description(
      "Writes what the schema says into generated/, remembers its ids in schema/ids.lock.json, and adds the handlers that are missing under app/. Nothing else under app/ is touched.",
    )
    .option("--check", "write nothing; exit 1 when a file is stale, missing or left over")
    .option("--watch", "stay, and generate again whenever the schema changes")
    .option(
      "--against <ref or folder>",
      "go on understanding the clients and servers of that schema too, whatever was generated meanwhile; refused when something of it is broken",
    )
    .addOption(rootOption())
    .addHelpText("after", "\nExample:\n  $ gatesmith generate --check")
    .action(generate);
}

async function generate(options: GenerateOptions): Promise<void> {
  if (options.check && options.watch) {
    throw new CommandError(
      "--check and --watch are both given: one writes nothing, the other stays to write",
      ExitCode.USAGE,
    );
  }
  if (options.against !== undefined && options.watch) {
    throw new CommandError("--against and --watch are both given: a lineage is taken over once", ExitCode.USAGE);
  }
  const root = projectRoot(options.root, []);
  if (options.watch) return watch(root);
  const generator = await import("../generator/generate.js");
  const { printGeneration, summarize } = await import("./generation.js");
  const { asCommandErrors } = await import("./previous-errors.js");
  const { against, check = false } = options;
  const result = await asCommandErrors(() => generator.generate(root, { check, against }));
  printGeneration(options.check ? { ...result, stubs: [] } : result);
  if (result.diagnostics.length > 0) throw new CommandError(summarize(result));
  for (const { path, kind } of result.stale) process.stderr.write(`${pc.red(kind)} ${path}\n`);
  if (result.stale.length > 0) {
    const files = result.stale.length === 1 ? "1 file is" : `${result.stale.length} files are`;
    throw new CommandError(`${files} not what the schema says. Run \`gatesmith generate\`, and commit what it writes.`);
  }
  process.stdout.write(`${pc.green("ok")} ${summarize(result)}\n`);
}

async function watch(root: string): Promise<void> {
  const interrupted = untilInterrupted();
  const generator = await import("../generator/watch.js");
  const { printGeneration, summarize } = await import("./generation.js");
  const watching = await generator.watch(root, (result) => {
    printGeneration(result);
    process.stderr.write(`${pc.cyan("watch")} ${summarize(result)}\n`);
  });
  await interrupted;
  await watching.close();
}
