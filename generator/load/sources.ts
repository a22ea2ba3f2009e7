/**
 * The schema's TypeScript files as their author wrote them: exact positions of calls, arguments and properties, and doc comments.
 * The compiler that runs the schema keeps lines but moves columns; each file's source map leads back.
 */
import { existsSync, readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { fileURLToPath } from "node:url";
import { ts } from "ts-morph";
import type { Site } from "../dsl/site.js";
import type { Position } from "../model.js";
import { child, declarationOf, docComment, type Step } from "./source-tree.js";

interface SourceFile {
  /** Relative to the project's root. */
  readonly name: string;
  readonly tree: ts.SourceFile;
  /** From what runs to what is written; null when the file runs as it is. */
  readonly map: SourceMap | null;
  /** Calls by the offset of their callee. */
  readonly calls: ReadonlyMap<number, ts.CallExpression>;
}

export class Sources {
  readonly #relative: (path: string) => string;
  readonly #byPath = new Map<string, SourceFile>();
  readonly #byName = new Map<string, SourceFile>();

  /** `relative` turns an absolute path into the one that diagnostics show. */
  constructor(relative: (path: string) => string) {
    this.#relative = relative;
  }

  /** Adds a file. `payload` maps what runs to `text`; null when the file runs as it is. */
  add(path: string, text: string, payload: SourceMapPayload | null): void {
    const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
    const calls = new Map<number, ts.CallExpression>();
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node)) calls.set(node.expression.getStart(tree), node);
      ts.forEachChild(node, visit);
    };
    visit(tree);
    const file = { name: this.#relative(path), tree, map: payload === null ? null : new SourceMap(payload), calls };
    this.#byPath.set(path, file);
    this.#byName.set(file.name, file);
  }

  has(path: string): boolean {
    return this.#byPath.has(path);
  }

  /** Every file, in the order in which they were run. */
  trees(): ts.SourceFile[] {
    return [...this.#byPath.values()].map((file) => file.tree);
  }

  /** How diagnostics call a file. */
  nameOfFile(path: string): string {
    return this.#relative(path);
  }

  /** The position of an offset in a file that was added. */
  at(path: string, offset: number): Position {
    const file = this.#byPath.get(path);
    return file === undefined ? { file: this.#relative(path), line: 1, column: 1 } : at(file.name, file.tree, offset);
  }

  /** Where a node begins. */
  positionOf(node: ts.Node): Position {
    const tree = node.getSourceFile();
    return at(this.#relative(tree.fileName), tree, node.getStart(tree));
  }

  /** What an author sees of a position in the code that ran. Null for files that are not the schema's. */
  resolve(site: Site): Position | null {
    const found = this.#original(site);
    return found === null ? null : at(found.file.name, found.file.tree, found.offset);
  }

  /** The same for the site of a call: where its callee begins, which is what stands for a definition in every diagnostic. */
  resolveCall(site: Site): Position | null {
    const found = this.#original(site);
    if (found === null) return null;
    const { file, offset } = found;
    return at(file.name, file.tree, nearestCall(file, offset)?.expression.getStart(file.tree) ?? offset);
  }

  /**
   * Where a part of a call is written: the argument at the first step, then properties of object literals (and elements of arrays),
   * each at its name. Where the source does not spell the way out, the deepest part that is spelled out.
   */
  part(call: Position, ...steps: readonly Step[]): Position {
    const found = this.#call(call);
    if (found === undefined) return call;
    const [{ tree, name }, expression] = found;
    let start = expression.expression.getStart(tree);
    let node: ts.Node | undefined = expression;
    for (const step of steps) {
      if (node === undefined) break;
      const next = child(node, step);
      if (next === undefined) break;
      start = next.at.getStart(tree);
      node = next.value;
    }
    return at(name, tree, start);
  }

  /**
   * The name under which a call's result is kept: of the property or variable it initialises, or `outward` objects further out.
   * The call's own position where there is none.
   */
  nameOf(call: Position, outward = 0): Position {
    const found = this.#call(call);
    if (found === undefined) return call;
    const [{ tree, name }, expression] = found;
    let owner = declarationOf(expression);
    for (let level = 0; level < outward && owner !== undefined; level++) {
      const object = owner.parent;
      if (!ts.isObjectLiteralExpression(object)) owner = undefined;
      // An object may be what a call was given, and the call's result be kept under a name.
      else
        owner =
          declarationOf(object) ?? (ts.isCallExpression(object.parent) ? declarationOf(object.parent) : undefined);
    }
    return owner === undefined ? call : at(name, tree, owner.name.getStart(tree));
  }

  /** The doc comment before the property or variable that a call initialises; "" without one. */
  docOf(call: Position): string {
    const found = this.#call(call);
    const owner = found === undefined ? undefined : declarationOf(found[1]);
    return owner === undefined ? "" : docComment(owner);
  }

  /** The doc comment of a property on the way that `part` goes. */
  docOfPart(call: Position, ...steps: readonly Step[]): string {
    let node: ts.Node | undefined = this.#call(call)?.[1];
    let owner: ts.Node | undefined;
    for (const step of steps) {
      if (node === undefined) return "";
      const next = child(node, step);
      if (next === undefined) return "";
      owner = next.at.parent;
      node = next.value;
    }
    return owner === undefined ? "" : docComment(owner);
  }

  #original(site: Site): { file: SourceFile; offset: number } | null {
    const path = site.file.startsWith("file:") ? fileURLToPath(site.file) : site.file;
    if (!this.#byPath.has(path) && this.#runsAsItIs(path)) this.add(path, readFileSync(path, "utf8"), null);
    const file = this.#byPath.get(path);
    if (file === undefined) return null;
    if (file.map === null) return { file, offset: offsetOf(file.tree, site.line - 1, site.column - 1) };
    const entry = file.map.findEntry(site.line - 1, site.column - 1);
    if (!("originalLine" in entry)) return { file, offset: offsetOf(file.tree, site.line - 1, 0) };
    return { file, offset: offsetOf(file.tree, entry.originalLine, entry.originalColumn) };
  }

  /** JavaScript modules of the project are run by Node itself, without passing through the compiler. */
  #runsAsItIs(path: string): boolean {
    const name = /\.m?js$/.test(path) && existsSync(path) ? this.#relative(path) : "../";
    return !name.startsWith("../") && !name.includes("node_modules/");
  }

  #call(position: Position): [SourceFile, ts.CallExpression] | undefined {
    const file = this.#byName.get(position.file);
    if (file === undefined) return undefined;
    const call = file.calls.get(offsetOf(file.tree, position.line - 1, position.column - 1));
    return call === undefined ? undefined : [file, call];
  }
}

function at(file: string, tree: ts.SourceFile, offset: number): Position {
  const { line, character } = tree.getLineAndCharacterOfPosition(offset);
  return { file, line: line + 1, column: character + 1 };
}

function offsetOf(tree: ts.SourceFile, line: number, character: number): number {
  const starts = tree.getLineStarts();
  return Math.min((starts[Math.min(line, starts.length - 1)] ?? 0) + character, tree.end);
}

/** A source map points into a callee or just behind it, so: the call whose callee ends nearest before, the inner one of two. */
function nearestCall(file: SourceFile, offset: number): ts.CallExpression | undefined {
  let best: ts.CallExpression | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const [start, call] of file.calls) {
    if (offset < start || offset > call.end) continue;
    const distance = Math.max(0, offset - call.expression.end);
    if (
      distance < bestDistance ||
      (distance === bestDistance && best !== undefined && start > best.getStart(file.tree))
    ) {
      best = call;
      bestDistance = distance;
    }
  }
  return best;
}
