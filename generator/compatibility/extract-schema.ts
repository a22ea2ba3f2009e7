/** Writes the schema of a commit into an empty folder, with what it imports, so that it can be loaded like any other. */
import { existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { ts } from "ts-morph";
import { type GitTree, SYMBOLIC_LINK } from "./git-tree.js";

/**
 * Extracts the schema of the project at `root` as it is in `tree` into `target`. Returns the project's folder there. What lies in
 * `node_modules` is no part of a commit: packages are those of the work tree.
 */
export function extractSchema(root: string, tree: GitTree, target: string): string {
  const project = relative(realpathSync(tree.top), realpathSync(root)).split(sep).join("/");
  const inProject = (path: string) => posix.join(project, path);
  const own = [...tree.files.keys()].filter(
    (path) => path.startsWith(`${inProject("schema")}/`) || path.endsWith(".proto"),
  );
  const written = new Set<string>();
  for (let wanted = own; wanted.length > 0; ) {
    const contents = tree.read(wanted);
    for (const [path, content] of contents) {
      written.add(path);
      write(join(target, path), content, tree.files.get(path)!.mode);
    }
    const found = [...contents].flatMap(([path, content]) => [
      ...importsOf(path, content, tree),
      ...packagesAbove(path, tree),
    ]);
    wanted = [...new Set(found)].filter((path) => !written.has(path));
  }
  for (const folder of [project, ...foldersAbove(project)]) linkPackages(tree.top, target, folder);
  return join(target, project);
}

function write(path: string, content: Buffer, mode: string): void {
  mkdirSync(dirname(path), { recursive: true });
  if (mode === SYMBOLIC_LINK) symlinkSync(content.toString(), path);
  else writeFileSync(path, content);
}

const SCRIPT = /\.[cm]?[jt]s$/;

/** How an import may be written for a file that is called otherwise. */
const ENDINGS = ["", ".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".json", "/index.ts", "/index.js"];

function importsOf(path: string, content: Buffer, tree: GitTree): string[] {
  if (!SCRIPT.test(path)) return [];
  const { importedFiles } = ts.preProcessFile(content.toString(), true, true);
  return importedFiles.flatMap(({ fileName }) => {
    if (!fileName.startsWith(".")) return [];
    const named = posix.join(posix.dirname(path), fileName);
    const source = named.replace(/\.([cm]?)js$/, ".$1ts");
    const candidates = [source, ...ENDINGS.map((ending) => named + ending)];
    return candidates.find((candidate) => tree.files.has(candidate)) ?? [];
  });
}

/** They say whether a script is a module. */
function packagesAbove(path: string, tree: GitTree): string[] {
  return foldersAbove(path)
    .map((folder) => posix.join(folder, "package.json"))
    .filter((file) => tree.files.has(file));
}

/** `a/b/c` -> `a/b`, `a`, `` */
function foldersAbove(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return path === "" ? [] : [...parts.keys(), parts.length].reverse().map((count) => parts.slice(0, count).join("/"));
}

function linkPackages(top: string, target: string, folder: string): void {
  const packages = join(top, folder, "node_modules");
  if (!existsSync(packages)) return;
  mkdirSync(join(target, folder), { recursive: true });
  symlinkSync(packages, join(target, folder, "node_modules"), "junction");
}
