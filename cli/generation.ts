/** Generating, as a person sees it: what was written and why, or what is wrong. */
import pc from "picocolors";
import type { GenerateResult } from "../generator/generate.js";
import { countProblems, printDiagnostics } from "./load-model.js";

/** What was done goes to stdout; what is wrong, and what the application's author should know, to stderr. */
export function printGeneration({ diagnostics, written, removed, stubs, reports }: GenerateResult): void {
  printDiagnostics(diagnostics);
  for (const line of listOf(written)) process.stdout.write(`${pc.green("wrote")} ${line}\n`);
  for (const path of removed) process.stdout.write(`${pc.yellow("removed")} ${path}\n`);
  for (const { path, kind, added } of stubs) {
    process.stdout.write(`${pc.green(kind)} ${path}${added.length > 0 ? `: ${added.join(", ")}` : ""}\n`);
  }
  for (const { message, position } of reports) {
    process.stderr.write(`${pc.yellow("note")} ${position.file}:${position.line}:${position.column} ${message}\n`);
  }
}

/** More files than this are counted by their folders: a whole client is of no interest file by file. */
const LISTED = 12;

function listOf(paths: readonly string[]): readonly string[] {
  if (paths.length <= LISTED) return paths;
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const folder = path.split("/").slice(0, 2).join("/");
    folders.set(folder, [...(folders.get(folder) ?? []), path]);
  }
  return [...folders].map(([folder, within]) =>
    within.length === 1 ? within[0]! : `${folder}/ (${within.length} files)`,
  );
}

/** One line that says how a generation ended. */
export function summarize({ diagnostics, written, removed, stubs }: GenerateResult): string {
  if (diagnostics.length > 0) return `${countProblems(diagnostics)}: nothing was written`;
  const changes = written.length + removed.length + stubs.length;
  return changes === 0 ? "everything is up to date" : `${changes} ${changes === 1 ? "file" : "files"} changed`;
}
