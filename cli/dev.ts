/** `gatesmith dev`: generates, runs the cluster, and does both again whenever the project changes. */
import type { Command } from "commander";
import { untilInterrupted } from "./interruption.js";
import { CONFIGURATION_FILE } from "./load-application.js";
import { projectRoot, rootOption } from "./project-root.js";

interface DevOptions {
  root: string;
}

export function addDev(program: Command): void {
  program
    .command("dev")
    .summary("generate, run, and start again at every change")
    .description(
      "Generates, runs the cluster, and watches schema/, app/ and the configuration. While the schema is broken the cluster runs on with the last good one; a cluster that crashed starts again with the next change.",
    )
    .addOption(rootOption())
    .addHelpText("after", "\nExample:\n  $ gatesmith dev")
    .action(dev);
}

async function dev(options: DevOptions): Promise<void> {
  const root = projectRoot(options.root, ["schema/index.ts", CONFIGURATION_FILE]);
  const { generate } = await import("../generator/generate.js");
  const { printGeneration, summarize } = await import("./generation.js");
  const { Development, say } = await import("./development.js");
  const development = new Development(root, async () => {
    const result = await generate(root, { check: false });
    printGeneration(result);
    say(summarize(result));
    return result.diagnostics.length === 0;
  });
  const interrupted = untilInterrupted();
  await development.start();
  await interrupted;
  await development.stop();
}
