/** Puts files on the disk, each as a whole: whoever reads meanwhile sees the file as it was or as it is, never a half. */
import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Difference, OutputFile } from "./compare.js";

/** Writes what is missing or changed, in the files' order; then removes what is orphaned, and the folders that are empty then. */
export function settle(root: string, files: readonly OutputFile[], differences: readonly Difference[]): void {
  const different = new Set(differences.map(({ path }) => path));
  for (const { path, text } of files) {
    if (different.has(path)) writeAtomically(join(root, path), text);
  }
  for (const { path, kind } of differences) {
    if (kind === "orphaned") remove(root, path);
  }
}

/** Keeps the mode of a file that is there. */
export function writeAtomically(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    writeFileSync(temporary, text, { mode: statSync(path, { throwIfNoEntry: false })?.mode ?? 0o666 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function remove(root: string, path: string): void {
  rmSync(join(root, path));
  let folder = dirname(join(root, path));
  while (folder.length > root.length && readdirSync(folder).length === 0) {
    rmdirSync(folder);
    folder = dirname(folder);
  }
}
