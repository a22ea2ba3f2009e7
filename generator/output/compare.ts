/** What the disk has and what it should have, file by file. Reads only. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isGenerated } from "../targets/first-line.js";

/** A file as it should be. */
export interface OutputFile {
  /** From the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Difference {
  readonly path: string;
  /** `changed`: it says something else. `missing`: it is not there. `orphaned`: we wrote it once, and nothing stands for it now. */
  readonly kind: "changed" | "missing" | "orphaned";
}

/** In order of paths. `folders` are ours alone: what we wrote there and is not among the files is orphaned. */
export function compare(root: string, files: readonly OutputFile[], folders: readonly string[]): Difference[] {
  const expected = new Set(files.map(({ path }) => path));
  const differences = files.flatMap(({ path, text }): Difference[] => {
    const present = readIfFile(join(root, path));
    if (present === null) return [{ path, kind: "missing" }];
    return present === text ? [] : [{ path, kind: "changed" }];
  });
  const orphans = folders
    .flatMap((folder) => filesBelow(root, folder))
    .filter((path) => !expected.has(path) && isGenerated(readIfFile(join(root, path)) ?? ""))
    .map((path): Difference => ({ path, kind: "orphaned" }));
  return [...differences, ...orphans].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function readIfFile(path: string): string | null {
  return existsSync(path) && statSync(path).isFile() ? readFileSync(path, "utf8") : null;
}

function filesBelow(root: string, folder: string): string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.split(/[/\\]/).includes("node_modules"))
    .map((entry) => join(entry.parentPath, entry.name).slice(join(root, "/").length).replaceAll("\\", "/"));
}
