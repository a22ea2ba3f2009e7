/** The model of a project whose schema has no problem; what its verbs need before anything else. */
import { formatDiagnostics } from "../generator/diagnostic.js";
import { loadProject } from "../generator/load/index.js";
import type { Diagnostic, Model } from "../generator/model.js";
import { CommandError } from "./command-error.js";

/** Throws `CommandError` after printing the diagnostics of a schema that has any. */
export async function loadModel(root: string): Promise<Model> {
  const { model, diagnostics } = await loadProject(root);
  if (model !== null && diagnostics.length === 0) return model;
  printDiagnostics(diagnostics);
  throw new CommandError(`${countProblems(diagnostics)} in ${root}/schema`);
}

export function printDiagnostics(diagnostics: readonly Diagnostic[]): void {
  process.stderr.write(formatDiagnostics(diagnostics, "text"));
}

export const countProblems = (diagnostics: readonly Diagnostic[]) =>
  diagnostics.length === 1 ? "1 problem" : `${diagnostics.length} problems`;
