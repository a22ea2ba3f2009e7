/** Loads the schema to compare with: from a folder, or from a commit. */
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { loadProject } from "../load/index.js";
import { SCHEMA_ENTRY } from "../load/run-schema.js";
import type { Diagnostic, Model } from "../model.js";
import type { PreviousSchema } from "./comparison.js";
import { extractSchema } from "./extract-schema.js";
import { GitTree } from "./git-tree.js";
import { PreviousError } from "./previous-error.js";

export interface LoadedPrevious {
  /** Null as soon as there is one diagnostic. */
  readonly previous: (PreviousSchema & { readonly model: Model }) | null;
  /** What is wrong with the previous schema; its positions are in that. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * `against` is a folder that has a schema, relative to the current folder, or else a commit, branch or tag of the repository that the
 * project at `root` lies in. Throws PreviousError when it is neither.
 */
export async function loadPrevious(root: string, against: string): Promise<LoadedPrevious> {
  const folder = resolve(against);
  if (existsSync(join(folder, SCHEMA_ENTRY))) return load(folder);
  const tree = GitTree.of(root, against);
  if (tree === null) {
    const missing = existsSync(folder)
      ? `the folder has no ${SCHEMA_ENTRY}, and git knows no such commit`
      : "there is no such folder, and git knows no such commit";
    throw new PreviousError(
      `cannot compare with "${against}": ${missing} in ${root}. Where git has fetched a part only, fetch that commit first.`,
    );
  }
  // Outside the work tree: what is in there is watched, linted and committed.
  const target = mkdtempSync(join(realpathSync(tmpdir()), `gatesmith-against-${process.pid}-`));
  try {
    const project = extractSchema(root, tree, target);
    if (!existsSync(join(project, SCHEMA_ENTRY))) {
      throw new PreviousError(`cannot compare with "${against}": there was no ${SCHEMA_ENTRY} in ${root} then`);
    }
    return await load(project);
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

async function load(project: string): Promise<LoadedPrevious> {
  const { schema, diagnostics } = await loadProject(project, { rules: false });
  if (schema === null) return { previous: null, diagnostics };
  const { model, facts, places, linked } = schema;
  return { previous: { version: model.version, model, facts, places, linked }, diagnostics: [] };
}
