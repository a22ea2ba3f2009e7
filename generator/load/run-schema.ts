/** Runs `schema/index.ts` and hands back what it exports, with the sources of all files that took part. */
import { existsSync, realpathSync, statSync } from "node:fs";
import { createRequire, type SourceMapPayload } from "node:module";
import { join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { createJiti, type TransformOptions } from "jiti";
import { ts } from "ts-morph";
import * as dsl from "../dsl/index.js";
import type { Diagnostic } from "../model.js";
import { describeFailure, SyntaxFault } from "./schema-failure.js";
import { Sources } from "./sources.js";

export interface SchemaRun {
  /** The module's exports; null when it did not load. */
  readonly exports: Record<string, unknown> | null;
  readonly sources: Sources;
  readonly diagnostics: readonly Diagnostic[];
}

export const SCHEMA_ENTRY = "schema/index.ts";

// One run at a time: they share Node's module cache, and each empties it of its own files at the end.
let last: Promise<unknown> = Promise.resolve();

/** Runs the schema of the project at `root`. Reads every file anew. */
export function runSchema(root: string): Promise<SchemaRun> {
  const run = last.then(() => runAlone(root));
  last = run.catch(() => undefined);
  return run;
}

async function runAlone(root: string): Promise<SchemaRun> {
  const sources = new Sources((path) => relativePath(root, path));
  const entry = join(root, SCHEMA_ENTRY);
  if (!statSync(entry, { throwIfNoEntry: false })?.isFile()) {
    const position = { file: SCHEMA_ENTRY, line: 1, column: 1 };
    const hint = "create it, or run in the folder that holds schema/; `gatesmith init` makes a new project";
    return {
      exports: null,
      sources,
      diagnostics: [{ rule: "schema-missing", message: `there is no file ${SCHEMA_ENTRY}`, hint, position }],
    };
  }
  const compiler = createJiti(entry, { fsCache: false });
  const jiti = createJiti(entry, {
    fsCache: false,
    interopDefault: false,
    virtualModules: { "gatesmith/schema": dsl },
    transform: (options) => ({ code: transform(compiler.transform, options, sources) }),
  });
  const cache = createRequire(pathToFileURL(entry)).cache;
  const before = new Set(Object.keys(cache));
  try {
    return { exports: await jiti.import<Record<string, unknown>>(entry), sources, diagnostics: [] };
  } catch (error) {
    return {
      exports: null,
      sources,
      diagnostics: [describeFailure(error, sources, { file: SCHEMA_ENTRY, line: 1, column: 1 })],
    };
  } finally {
    // Only what belongs to the schema: others may have loaded modules of their own meanwhile.
    for (const path of Object.keys(cache)) {
      if (!before.has(path) && (sources.has(path) || path.endsWith(".json"))) delete cache[path];
    }
  }
}

const INLINE_MAP = /\n?\/\/# sourceMappingURL=data:[^,]*,(\S*)\s*$/;

function transform(
  compile: (options: TransformOptions) => string,
  options: TransformOptions,
  sources: Sources,
): string {
  const { filename = "", source } = options;
  const { diagnostics = [] } = ts.transpileModule(source, { fileName: filename, reportDiagnostics: true });
  const fault = diagnostics.find((diagnostic) => diagnostic.start !== undefined);
  if (fault !== undefined) {
    sources.add(filename, source, null);
    throw new SyntaxFault(filename, fault.start ?? 0, ts.flattenDiagnosticMessageText(fault.messageText, " "));
  }
  const compiled = compile({ ...options, babel: { sourceFileName: filename, sourceMaps: "inline" } });
  const inline = INLINE_MAP.exec(compiled);
  if (inline === null) {
    sources.add(filename, source, null);
    return compiled;
  }
  const map = JSON.parse(Buffer.from(inline[1]!, "base64").toString()) as SourceMapPayload;
  // Node wraps a module in a function whose head would shift the columns of the first line; an empty line takes the shift instead.
  sources.add(filename, source, { ...map, mappings: `;${map.mappings}` });
  return `\n${compiled.slice(0, inline.index)}`;
}

/** `path` as diagnostics show it. */
function relativePath(root: string, path: string): string {
  const real = existsSync(path) ? realpathSync(path) : path;
  return relative(realpathSync(root), real).split(sep).join("/");
}
