/** The package this generator is part of: its version, and those of its sources that are copied into generated clients. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NAME = "gatesmith";

/** In a checkout the root is the folder above this one; in the built package it is one further up. */
function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    if (readName(join(folder, "package.json")) === NAME) return folder;
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json of ${NAME} above ${fileURLToPath(import.meta.url)}`);
    folder = parent;
  }
}

function readName(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8")).name;
  } catch {
    return undefined;
  }
}

/** The folder of the package's own `package.json`. */
export const packageRoot = findRoot();

export const packageVersion: string = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")).version;

/** The text of one source file, such as `wire/slab.ts`. */
export function readSource(path: string): string {
  return readFileSync(join(packageRoot, path), "utf8");
}

/** Paths of all TypeScript sources under a folder of the package, in a fixed order, with forward slashes. */
export function listSources(folder: string): string[] {
  return readdirSync(join(packageRoot, folder), { recursive: true, encoding: "utf8" })
    .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))
    .sort();
}
