/** `gatesmith explain`: names every field of a frame, and decodes its body. */
import type { Command } from "commander";
import pc from "picocolors";
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

async function explain(digits: string[], options: ExplainOptions): Promise<void> {
  const bytes = parseHex(digits.join(""));
  const { loadModel } = await import("./load-model.js");
  const { didYouMean } = await import("../generator/did-you-mean.js");
  const { namedLayouts } = await import("./frame-meaning.js");
  const { explainFrame } = await import("./frame-explanation.js");
  const { MessageJson } = await import("./message-json.js");
  const model = await loadModel(projectRoot(options.root, "schema/index.ts"));
  const messages = new MessageJson(model);
  const layouts = namedLayouts(model);
  let candidates = layouts.filter(({ protocol }) => protocol !== null);
  if (options.layout !== undefined) {
    const names = layouts.map(({ name }) => name);
    candidates = layouts.filter(({ name }) => name === options.layout);
    if (candidates.length === 0) {
      const hint = didYouMean(options.layout, names) ?? `there are ${names.join(", ")}`;
      throw new CommandError(`no layout is called "${options.layout}"; ${hint}`, ExitCode.USAGE);
    }
  }
  for (let start = 0; start < bytes.length; ) {
    const explanations = candidates.map((named) => explainFrame(model, messages, named, bytes, start));
    const whole = explanations.filter(({ problems }) => problems.length === 0);
    const named = explanations.filter(({ message }) => message !== null);
    const shown = [whole, named, explanations].find(({ length }) => length > 0)!;
    process.stdout.write(`${shown.map(({ text }) => text).join("\n\n")}\n`);
    if (whole.length === 0) {
      const at = start === 0 ? "" : ` at byte ${start}`;
      const tried = candidates.map(({ name }) => name).join(" nor ");
      throw new CommandError(`the frame${at} decodes as no ${tried}`);
    }
    start = whole[0]!.end;
    if (start < bytes.length) process.stdout.write(`\n${pc.dim(`next frame, from byte ${start}`)}\n\n`);
  }
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
