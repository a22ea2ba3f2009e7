/** Turns whatever a schema file throws while it is loaded into one diagnostic at the place that caused it. */
import { readFileSync } from "node:fs";
import { ts } from "ts-morph";
import { didYouMean } from "../../wire/did-you-mean.js";
import * as dsl from "../dsl/index.js";
import type { Site } from "../dsl/site.js";
import type { Diagnostic, Position } from "../model.js";
import { lineAndColumn } from "../text-position.js";
import type { Sources } from "./sources.js";

/** A schema file that does not parse. */
export class SyntaxFault extends Error {
  readonly path: string;
  readonly offset: number;

  constructor(path: string, offset: number, message: string) {
    super(message);
    this.path = path;
    this.offset = offset;
  }
}

/** `entry` is shown where the error does not tell a place in the schema. */
export function describeFailure(error: unknown, sources: Sources, entry: Position): Diagnostic {
  if (error instanceof SyntaxFault) {
    const position = sources.at(error.path, error.offset);
    return {
      rule: "schema-syntax",
      message: `does not parse: ${error.message.replace(/\.$/, "")}`,
      hint: null,
      position,
    };
  }
  const message = error instanceof Error ? error.message : `threw ${String(error)}, which is no Error`;
  const compiler = /^\w*Error: (.*?)\.?\s*\n\s*(\S.*):(\d+):(\d+)$/.exec(message);
  if (compiler !== null) {
    const [, what = "", path = "", line, column] = compiler;
    // The compiler counts columns from 0.
    const position = { file: sources.nameOfFile(path), line: Number(line), column: Number(column) + 1 };
    return { rule: "schema-syntax", message: `does not parse: ${what}`, hint: null, position };
  }
  const json = /^(.*\.json): (.*?) in JSON at position (\d+)/.exec(message);
  if (json !== null) {
    const [, path = "", what, offset] = json;
    const place = lineAndColumn(readFileSync(path, "utf8"), Number(offset));
    const position = { file: sources.nameOfFile(path), ...place };
    return { rule: "schema-syntax", message: `does not parse: ${what}`, hint: null, position };
  }
  const missing = /^Cannot find (?:module|package) '([^']+)'/.exec(message)?.[1];
  if (missing !== undefined) {
    return {
      rule: "schema-import",
      message: `cannot find "${missing}"`,
      hint: missing.startsWith(".") ? "the path is relative to the file that imports it" : "is the package installed?",
      position: importOf(missing, sources) ?? stackPosition(error, (site) => sources.resolve(site)) ?? entry,
    };
  }
  // How the compiler writes a call of something imported.
  const unknown = /^\(0 ?, _\w+\.(\w+)\) is not a function$/.exec(message)?.[1];
  if (unknown !== undefined) {
    return {
      rule: "schema-import",
      message: `"${unknown}" is not a function that the imported module exports`,
      hint: didYouMean(unknown, Object.keys(dsl)),
      position: stackPosition(error, (site) => sources.resolveCall(site)) ?? entry,
    };
  }
  return {
    rule: "schema-throws",
    message: `fails while it runs: ${message.split("\n", 1)[0]}`,
    hint: null,
    position: stackPosition(error, (site) => sources.resolve(site)) ?? entry,
  };
}

function importOf(specifier: string, sources: Sources): Position | undefined {
  for (const tree of sources.trees()) {
    for (const statement of tree.statements) {
      if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue;
      const module = statement.moduleSpecifier;
      if (module !== undefined && ts.isStringLiteral(module) && module.text === specifier)
        return sources.positionOf(module);
    }
  }
  return undefined;
}

/** The innermost frame that lies in a schema file. */
function stackPosition(error: unknown, resolve: (site: Site) => Position | null): Position | undefined {
  if (!(error instanceof Error) || error.stack === undefined) return undefined;
  for (const [, file, line, column] of error.stack.matchAll(
    /(?:\(|at )((?:file:|\/|[A-Za-z]:\\)[^()\n]*?):(\d+):(\d+)\)?$/gm,
  )) {
    const position = resolve({ file: file!, line: Number(line), column: Number(column) });
    if (position !== null) return position;
  }
  return undefined;
}
