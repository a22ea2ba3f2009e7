/** `gatesmith explain`: names every field of a frame, and decodes its body. */
import type { Command } from "commander";
import { CommandError, ExitCode } from "./command-error.js";
import { projectRoot, rootOption } from "./project-root.js";

interface ExplainOptions {
  root: string;
  layout?: string;
}

export function addExplain(program: Command): void {
  program
    .command("explain")
    .summary("name every field of a frame")
    .description(
      "Names every field of a frame with its offset, width and value, then decodes the body. Several frames may stand end to end. Spaces, colons and 0x between the digits do not matter.",
    )
    .argument("<hex...>", "the frame's bytes as hexadecimal digits")
    .option(
      "--layout <name>",
      "<protocol>.request, <protocol>.response or internal; without it, every protocol's two are tried",
    )
    .addOption(rootOption())
    .addHelpText(
      "after",
      "\nExample:\n  $ gatesmith explain --layout main.request 001c 00000002 0000019a6a1d2c00 07d1 0067 00 00 419aac35 12026869",
    )
    .action(explain);
}

async function explain(digits: string[], { root, layout }: ExplainOptions): Promise<void> {
  const bytes = parseHex(digits.join(""));
  const folder = projectRoot(root, ["schema/index.ts"]);
  const { explainFrames } = await import("./explain-frames.js");
  await explainFrames(folder, bytes, layout);
}

function parseHex(text: string): Uint8Array {
  const digits = text.replace(/0x|[\s:,]/gi, "");
  const wrong = /[^0-9a-f]/i.exec(digits);
  if (wrong) throw new CommandError(`"${wrong[0]}" is no hexadecimal digit`, ExitCode.USAGE);
  if (digits.length === 0) throw new CommandError("there are no bytes to explain", ExitCode.USAGE);
  if (digits.length % 2 === 1) {
    throw new CommandError(`${digits.length} hexadecimal digits make no whole number of bytes`, ExitCode.USAGE);
  }
  return Buffer.from(digits, "hex");
}
