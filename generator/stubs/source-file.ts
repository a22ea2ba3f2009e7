/** A TypeScript file of the application: read, parsed, and asked what it imports. Paths are relative to the project's root. */
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { ts } from "ts-morph";
import type { Position } from "../model.js";

/** The module that stubs import everything from. */
export const GENERATED_INDEX = "generated/server/index";

export function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
}

/**
 * The first syntax error, or null. The parser keeps them on the file, though not in its public types; asking a program or a
 * transpilation for them takes a hundred times as long.
 */
export function syntaxError(source: ts.SourceFile): { message: string; position: Position } | null {
  const { parseDiagnostics } = source as ts.SourceFile & { parseDiagnostics: readonly ts.DiagnosticWithLocation[] };
  const [first] = parseDiagnostics;
  if (first === undefined) return null;
  return {
    message: ts.flattenDiagnosticMessageText(first.messageText, " "),
    position: positionAt(source, first.start),
  };
}

export function positionAt(source: ts.SourceFile, offset: number): Position {
  const { line, character } = source.getLineAndCharacterOfPosition(offset);
  return { file: source.fileName, line: line + 1, column: character + 1 };
}

export function positionOf(node: ts.Node): Position {
  const source = node.getSourceFile();
  return positionAt(source, node.getStart(source));
}

/**
 * A file's text, null when there is no such file, and undefined when it is not UTF-8: such a file could not be written back
 * as it was.
 */
export function readText(root: string, path: string): string | null | undefined {
  const file = join(root, path);
  if (!existsSync(file)) return null;
  const bytes = readFileSync(file);
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : undefined;
}

/** What a relative specifier means, from the root and without extension; null for the name of a package. */
export function resolveModule(importer: string, specifier: string): string | null {
  if (!/^\.\.?(\/|$)/.test(specifier)) return null;
  return posix.join(posix.dirname(importer), specifier).replace(/\.[cm]?[jt]s$/, "");
}

/** The file that `resolveModule`'s answer names, if there is one. */
export function findModule(root: string, module: string): string | null {
  const candidates = [`${module}.ts`, `${module}.mts`, `${module}/index.ts`];
  return candidates.find((path) => existsSync(join(root, path))) ?? null;
}

/** How a file calls what it imports from a module, by exported name. A name it does not import is undefined. */
export function importedNames(source: ts.SourceFile, module: string): (exported: string) => string | undefined {
  const names = new Map<string, string>();
  let namespace: string | undefined;
  for (const { clause } of importsFrom(source, module)) {
    const bindings = clause.namedBindings;
    if (bindings === undefined) continue;
    if (ts.isNamespaceImport(bindings)) {
      namespace = bindings.name.text;
    } else {
      for (const element of bindings.elements) {
        names.set((element.propertyName ?? element.name).text, element.name.text);
      }
    }
  }
  return (exported) => names.get(exported) ?? (namespace === undefined ? undefined : `${namespace}.${exported}`);
}

function importsFrom(source: ts.SourceFile, module: string): { clause: ts.ImportClause }[] {
  return source.statements.filter(ts.isImportDeclaration).flatMap((node) => {
    if (node.importClause === undefined || !ts.isStringLiteral(node.moduleSpecifier)) return [];
    const resolved = resolveModule(source.fileName, node.moduleSpecifier.text);
    return resolved === module || `${resolved}/index` === module ? [{ clause: node.importClause }] : [];
  });
}

/** Where a name of this file was imported from: the module, and what it is called there (`default` included). */
export function importOrigin(source: ts.SourceFile, local: string): { module: string; exported: string } | null {
  for (const node of source.statements.filter(ts.isImportDeclaration)) {
    if (!ts.isStringLiteral(node.moduleSpecifier)) continue;
    const module = resolveModule(source.fileName, node.moduleSpecifier.text);
    if (module === null) continue;
    if (node.importClause?.name?.text === local) return { module, exported: "default" };
    const bindings = node.importClause?.namedBindings;
    if (bindings === undefined || !ts.isNamedImports(bindings)) continue;
    const element = bindings.elements.find(({ name }) => name.text === local);
    if (element !== undefined) return { module, exported: (element.propertyName ?? element.name).text };
  }
  return null;
}
