/** Generating, as a person sees it: what was written and why, or what is wrong. */
import pc from "picocolors";
import type { GenerateResult } from "../generator/generate.js";
import { countProblems, printDiagnostics } from "./load-model.js";

/** What was done goes to stdout; what is wrong, and what the application's author should know, to stderr. */
export function printGeneration({ diagnostics, written, removed, stubs, reports }: GenerateResult): void {
  printDiagnostics(diagnostics);
  for (const path of written) process.stdout.write(`${pc.green("wrote")} ${path}\n`);
  for (const path of removed) process.stdout.write(`${pc.yellow("removed")} ${path}\n`);
  for (const { path, kind, added } of stubs) {
    process.stdout.write(`${pc.green(kind)} ${path}${added.length > 0 ? `: ${added.join(", ")}` : ""}\n`);
  }
  for (const { message, position } of reports) {
    process.stderr.write(`${pc.yellow("note")} ${position.file}:${position.line}:${position.column} ${message}\n`);
  }
}

/** One line that says how a generation ended. */
export function summarize({ diagnostics, written, removed, stubs }: GenerateResult): string {
  if (diagnostics.length > 0) return `${countProblems(diagnostics)}: nothing was written`;
  const changes = written.length + removed.length + stubs.length;
  return changes === 0 ? "everything is up to date" : `${changes} ${changes === 1 ? "file" : "files"} changed`;
}
