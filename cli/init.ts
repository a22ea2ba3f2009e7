/** `gatesmith init`: a new project, made of the reference schema and application that this package is tested with. */
import type { Command } from "commander";
import pc from "picocolors";

interface InitOptions {
  gatesmith?: string;
}

export function addInit(program: Command): void {
  program
    .command("init")
    .summary("make a new project")
    .description(
      "Makes a new project in a folder that is empty or does not exist: a chat with a gate, connectors and backends, which works as it is and is there to be changed.",
    )
    .argument("<folder>", "where the project goes; its last part becomes the package's name")
    .option("--gatesmith <spec>", "the version, tarball or folder that package.json names (default: this version)")
    .addHelpText("after", "\nExample:\n  $ gatesmith init chat && cd chat && npm install && npm run dev")
    .action(init);
}

async function init(folder: string, options: InitOptions): Promise<void> {
  const { scaffold } = await import("./scaffold.js");
  const { root, files } = scaffold(folder, options.gatesmith);
  for (const file of files) process.stdout.write(`${pc.green("new")} ${file}\n`);
  process.stdout.write(
    `\n${files.length} files in ${root}. Next:\n\n  cd ${shellWord(folder)}\n  npm install\n  npm run dev\n`,
  );
}

/** As it may be pasted into a shell. */
const shellWord = (text: string) => (/^[\w./~@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
