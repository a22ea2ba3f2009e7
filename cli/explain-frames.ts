/** What `explain` does: finds the layouts that read a frame, and prints what the frame says under them. */
import pc from "picocolors";
import { didYouMean } from "../wire/did-you-mean.js";
import { CommandError, ExitCode } from "./command-error.js";
import { explainFrame } from "./frame-explanation.js";
import { type NamedLayout, namedLayouts } from "./frame-meaning.js";
import { loadModel } from "./load-model.js";
import { MessageJson } from "./message-json.js";

/** Prints every frame of the buffer. Throws `CommandError` at the first that decodes under none of the layouts. */
export async function explainFrames(root: string, bytes: Uint8Array, layout: string | undefined): Promise<void> {
  const model = await loadModel(root);
  const messages = new MessageJson(model);
  const candidates = choose(namedLayouts(model), layout);
  for (let start = 0; start < bytes.length; ) {
    const explanations = candidates.map((named) => explainFrame(model, messages, named, bytes, start));
    const whole = explanations.filter(({ problems }) => problems.length === 0);
    const known = explanations.filter(({ message }) => message !== null);
    const shown = [whole, known, explanations].find(({ length }) => length > 0)!;
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

/** The internal layout is read only when it is asked for: no client sees it. */
function choose(layouts: readonly NamedLayout[], name: string | undefined): readonly NamedLayout[] {
  if (name === undefined) return layouts.filter(({ protocol }) => protocol !== null);
  const chosen = layouts.filter((layout) => layout.name === name);
  if (chosen.length > 0) return chosen;
  const names = layouts.map((layout) => layout.name);
  const hint = didYouMean(name, names) ?? `there are ${names.join(", ")}`;
  throw new CommandError(`no layout is called "${name}"; ${hint}`, ExitCode.USAGE);
}
