/** The generator from end to end: a project's schema becomes the files of `generated/`, its lock file, and what `app/` lacks. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { findBreaks } from "./breaks.js";
import type { CurrentSchema } from "./compatibility/comparison.js";
import { adoptLineage, type EndedLineage } from "./compatibility/lineage.js";
import { loadPrevious } from "./compatibility/load-previous.js";
import { fileDiagnostic } from "./file-access.js";
import { loadProject } from "./load/index.js";
import { LOCK_FILE, readLock } from "./lock.js";
import { formatLock } from "./lock-text.js";
import type { Diagnostic, Lock, Model } from "./model.js";
import { compare, type Difference, type OutputFile } from "./output/compare.js";
import { settle, writeAtomically } from "./output/write.js";
import type { Problem } from "./stubs/group-class.js";
import { planStubs, type StubFile, type StubPlan } from "./stubs/index.js";
import { targets } from "./targets/index.js";

export interface GenerateOptions {
  /** Compares, and writes nothing. */
  readonly check: boolean;
  /**
   * A folder or commit whose clients and servers are to be understood, whatever the lock file says: its lineage is taken over when
   * nothing of it is broken.
   */
  readonly against?: string | undefined;
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

const NOTHING = { written: [], removed: [], stale: [], stubs: [], reports: [] };

/**
 * Never throws for a mistake in the schema or the application, nor for a file that cannot be read or written: that is a diagnostic too.
 * Throws PreviousError when there is no schema at `against`.
 */
export async function generate(folder: string, { check, against }: GenerateOptions): Promise<GenerateResult> {
  const root = resolve(folder);
  const { schema, diagnostics, ended } = await loadProject(root);
  if (schema === null) return { diagnostics, ...NOTHING };
  const { model, faults } = against === undefined ? { model: schema.model } : await adopt(root, schema, against);
  if (faults !== undefined) return { diagnostics: faults, ...NOTHING };
  const files = outputFiles(model);
  try {
    const result = check ? compareAll(root, model, files) : writeAll(root, model, files);
    // Taken over, the lineage has not ended.
    const reports = ended === null || against !== undefined ? [] : [endReport(ended)];
    return { ...result, reports: [...reports, ...result.reports] };
  } catch (error) {
    return { diagnostics: [fileDiagnostic(root, error)], ...NOTHING };
  }
}

/** The model with the lineage of another schema, or what it breaks of that. */
async function adopt(
  root: string,
  schema: CurrentSchema,
  against: string,
): Promise<{ model: Model; faults?: readonly Diagnostic[] }> {
  const { model } = schema;
  const { previous, diagnostics } = await loadPrevious(root, against);
  if (previous === null) return { model, faults: diagnostics };
  const breaks = findBreaks(previous, schema, "route");
  if (breaks.some(({ clients }) => clients)) return { model, faults: breaks };
  return { model: { ...model, lock: { ...model.lock, ...adoptLineage(previous.model, model, breaks) } } };
}

function endReport({ entry, breaks }: EndedLineage): Problem {
  // Of what clients notice, if they do.
  const [first, ...others] = [...breaks].sort((a, b) => Number(b.clients) - Number(a.clients));
  const more = others.length === 0 ? "" : `, and ${others.length} more`;
  const who = breaks.some(({ clients }) => clients) ? "clients and servers" : "servers (not clients)";
  const of = `version ${entry.version} (schema ${entry.hash})`;
  return { message: `from now on, ${who} of ${of} are refused: ${first!.message}${more}`, position: first!.position };
}

function compareAll(root: string, model: Model, files: readonly OutputFile[]): GenerateResult {
  const differences = compare(root, files, FOLDERS);
  const { stubs, reports } = stubChanges(planStubs(root, model, formerLinks(root)));
  return { diagnostics: [], ...NOTHING, stale: [...differences, ...stubs.map(asDifference)], stubs, reports };
}

function writeAll(root: string, model: Model, files: readonly OutputFile[]): GenerateResult {
  const links = formerLinks(root);
  const differences = compare(root, files, FOLDERS);
  settle(root, files, differences);
  // After the generated files are there: what a user's class inherits may depend on them.
  const plan = planStubs(root, model, links);
  for (const { path, text } of plan.files) writeAtomically(join(root, path), text);
  const removed = differences.filter(({ kind }) => kind === "orphaned").map(({ path }) => path);
  const written = differences.filter(({ kind }) => kind !== "orphaned").map(({ path }) => path);
  return { diagnostics: [], ...NOTHING, written, removed, ...stubChanges(plan) };
}

const FOLDERS = targets.map(({ name }) => `generated/${name}`);

/** As the lock file on the disk has them. */
function formerLinks(root: string): Lock["links"] {
  const path = join(root, LOCK_FILE);
  return (existsSync(path) ? readLock(readFileSync(path, "utf8")).lock : null)?.links ?? {};
}

function stubChanges({ files, reports }: StubPlan): Pick<GenerateResult, "stubs" | "reports"> {
  return { stubs: files.map(({ path, kind, added }) => ({ path, kind, added })), reports };
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
