/** The generator from end to end: a project's schema becomes the files of `generated/`, its lock file, and what `app/` lacks. */
import { join } from "node:path";
import { loadProject } from "./load/index.js";
import { formatLock, LOCK_FILE } from "./lock.js";
import type { Diagnostic, Model } from "./model.js";
import { compare, type Difference, type OutputFile } from "./output/compare.js";
import { settle, writeAtomically } from "./output/write.js";
import type { Problem } from "./stubs/group-class.js";
import { planStubs, type StubFile } from "./stubs/index.js";
import { targets } from "./targets/index.js";

export interface GenerateOptions {
  /** Compares, and writes nothing. */
  readonly check: boolean;
}

/** Paths are relative to the project's root, with forward slashes. */
export interface GenerateResult {
  /** What is wrong with the schema. When there is anything, nothing was compared or written. */
  readonly diagnostics: readonly Diagnostic[];
  /** Files that were created or changed under `generated/`, and the lock file. */
  readonly written: readonly string[];
  /** Files under `generated/` that were removed because nothing stands for them any more. */
  readonly removed: readonly string[];
  /** With `check`: what `generate` would write or remove, `app/` included. Empty means up to date. */
  readonly stale: readonly Difference[];
  /** What was written under `app/`; with `check`, what would be. */
  readonly stubs: readonly StubChange[];
  /** What the application's author should know: methods without a route, and what could not be inserted. */
  readonly reports: readonly Problem[];
}

export type StubChange = Omit<StubFile, "text">;

/** Never throws for a mistake in the schema or the application; throws what the file system throws when it cannot read or write. */
export async function generate(root: string, { check }: GenerateOptions): Promise<GenerateResult> {
  const { model, diagnostics } = await loadProject(root);
  const nothing = { written: [], removed: [], stale: [], stubs: [], reports: [] };
  if (model === null || diagnostics.length > 0) return { diagnostics, ...nothing };
  const files = outputFiles(model);
  const differences = compare(
    root,
    files,
    targets.map(({ name }) => `generated/${name}`),
  );
  if (!check) settle(root, files, differences);
  // After the generated files are there: what a user's class inherits may depend on them.
  const { files: stubFiles, reports } = planStubs(root, model);
  if (!check) for (const { path, text } of stubFiles) writeAtomically(join(root, path), text);
  const stubs = stubFiles.map(({ text: _, ...change }) => change);
  if (check) return { diagnostics, ...nothing, stale: [...differences, ...stubs.map(asDifference)], stubs, reports };
  const orphaned = differences.filter(({ kind }) => kind === "orphaned");
  return {
    diagnostics,
    written: differences.filter((difference) => !orphaned.includes(difference)).map(({ path }) => path),
    removed: orphaned.map(({ path }) => path),
    stale: [],
    stubs,
    reports,
  };
}

/** The lock file first: a number is remembered before anything uses it. */
function outputFiles(model: Model): OutputFile[] {
  return [
    { path: LOCK_FILE, text: formatLock(model.lock) },
    ...targets.flatMap((target) =>
      target.emit(model).map(({ path, text }) => ({ path: `generated/${target.name}/${path}`, text })),
    ),
  ];
}

function asDifference({ path, kind }: StubChange): Difference {
  return { path, kind: kind === "created" ? "missing" : "changed" };
}
