/** The project a verb works on: the current folder, or the one given with `--root`. */
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { Option } from "commander";
import { CommandError, ExitCode } from "./command-error.js";

/** The option that every verb with a project takes. A new one each time: commander ties it to its command. */
export const rootOption = () => new Option("--root <folder>", "the project's folder").default(".");

/** The absolute path of a folder that has the files a verb needs. Throws `CommandError`, naming the first that is missing. */
export function projectRoot(root: string, needed: readonly string[], exitCode: ExitCode = ExitCode.FAILED): string {
  const folder = resolve(root);
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new CommandError(`${folder} is no folder`, exitCode);
  for (const file of needed) {
    if (existsSync(join(folder, file))) continue;
    throw new CommandError(
      `${folder} has no ${file}, so it is no Gatesmith project. Run this in a project's folder, name one with --root, or make one with \`gatesmith init <folder>\`.`,
      exitCode,
    );
  }
  return folder;
}
