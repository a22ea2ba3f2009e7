/** Turns whatever a schema file throws while it is loaded into one diagnostic at the place that caused it. */
import { ts } from "ts-morph";
import { didYouMean } from "../did-you-mean.js";
import * as dsl from "../dsl/index.js";
import type { Diagnostic, Position } from "../model.js";
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
    return { rule: "schema-syntax", message: `does not parse: ${error.message}`, hint: null, position };
  }
  const message = error instanceof Error ? error.message : `threw ${String(error)}, which is no Error`;
  const missing = /^Cannot find (?:module|package) '([^']+)'/.exec(message)?.[1];
  if (missing !== undefined) {
    return {
      rule: "schema-import",
      message: `cannot find "${missing}"`,
      hint: missing.startsWith(".") ? "the path is relative to the file that imports it" : "is the package installed?",
      position: importOf(missing, sources) ?? stackPosition(error, sources) ?? entry,
    };
  }
  const unknown = /^\(0, _?\w+\.(\w+)\) is not a function$/.exec(message)?.[1];
  if (unknown !== undefined) {
    return {
      rule: "schema-import",
      message: `"${unknown}" is not a function that the imported module exports`,
      hint: didYouMean(unknown, Object.keys(dsl)),
      position: stackPosition(error, sources) ?? entry,
    };
  }
  return {
    rule: "schema-throws",
    message: `fails while it runs: ${message.split("\n", 1)[0]}`,
    hint: null,
    position: stackPosition(error, sources) ?? entry,
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
function stackPosition(error: unknown, sources: Sources): Position | undefined {
  if (!(error instanceof Error) || error.stack === undefined) return undefined;
  for (const [, file, line, column] of error.stack.matchAll(
    /(?:\(|at )((?:file:|\/|[A-Za-z]:\\)[^()\n]*?):(\d+):(\d+)\)?$/gm,
  )) {
    const position = sources.resolve({ file: file!, line: Number(line), column: Number(column) });
    if (position !== null) return position;
  }
  return undefined;
}
