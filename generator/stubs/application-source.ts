/** `app/index.ts` as its author wrote it: which class is wired to which group. What is not written literally is not known. */
import { ts } from "ts-morph";
import { importOrigin } from "./source-file.js";

export const APPLICATION_PATH = "app/index.ts";

export interface ApplicationSource {
  readonly source: ts.SourceFile;
  /** The argument of `defineApplication`. */
  readonly object: ts.ObjectLiteralExpression;
  /** By server type. */
  readonly types: ReadonlyMap<string, TypeEntry>;
}

export interface TypeEntry {
  readonly name: ts.PropertyName;
  /** Null when it is not written out here. */
  readonly groups: ts.ObjectLiteralExpression | null;
  /** By group: its property's name, and the module its class is imported from. */
  readonly wired: ReadonlyMap<string, GroupEntry>;
}

export interface GroupEntry {
  readonly name: ts.PropertyName;
  /** From the root, without extension; null when it is not a class imported from a file of the project. */
  readonly module: string | null;
}

/** Null when the file does not call `defineApplication` with an object. */
export function readApplication(source: ts.SourceFile): ApplicationSource | null {
  const object = findArgument(source);
  if (object === null) return null;
  const types = new Map<string, TypeEntry>();
  for (const property of object.properties) {
    const name = property.name;
    if (name === undefined || keyOf(name) === null) continue;
    const groups = literalValue(property, source, "groups");
    const wired = new Map<string, GroupEntry>();
    for (const entry of groups?.properties ?? []) {
      const key = entry.name === undefined ? null : keyOf(entry.name);
      if (entry.name === undefined || key === null) continue;
      wired.set(key, { name: entry.name, module: moduleOf(entry, source) });
    }
    types.set(keyOf(name)!, { name, groups, wired });
  }
  return { source, object, types };
}

/** Whether every property is written out: one that is spread in may be any. */
export function isComplete(object: ts.ObjectLiteralExpression): boolean {
  return object.properties.every(({ name }) => name !== undefined && keyOf(name) !== null);
}

function findArgument(source: ts.SourceFile): ts.ObjectLiteralExpression | null {
  let found: ts.ObjectLiteralExpression | null = null;
  const visit = (node: ts.Node): void => {
    if (found !== null) return;
    if (ts.isCallExpression(node) && /(^|\.)defineApplication$/.test(node.expression.getText(source))) {
      found = objectLiteral(node.arguments[0], source);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The object that an expression is, or that the constant it names is declared with in this file. */
function objectLiteral(
  expression: ts.Expression | undefined,
  source: ts.SourceFile,
): ts.ObjectLiteralExpression | null {
  if (expression === undefined) return null;
  if (ts.isObjectLiteralExpression(expression)) return expression;
  if (
    ts.isParenthesizedExpression(expression) ||
    ts.isSatisfiesExpression(expression) ||
    ts.isAsExpression(expression)
  ) {
    return objectLiteral(expression.expression, source);
  }
  if (!ts.isIdentifier(expression)) return null;
  for (const statement of source.statements.filter(ts.isVariableStatement)) {
    for (const { name, initializer } of statement.declarationList.declarations) {
      const constant = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0;
      if (constant && ts.isIdentifier(name) && name.text === expression.text) return objectLiteral(initializer, source);
    }
  }
  return null;
}

/** The object under `key` of a property's object. */
function literalValue(
  property: ts.ObjectLiteralElementLike,
  source: ts.SourceFile,
  key: string,
): ts.ObjectLiteralExpression | null {
  const object = objectLiteral(initializerOf(property), source);
  const inner = object?.properties.find(({ name }) => name !== undefined && keyOf(name) === key);
  return inner === undefined ? null : objectLiteral(initializerOf(inner), source);
}

function initializerOf(property: ts.ObjectLiteralElementLike): ts.Expression | undefined {
  if (ts.isPropertyAssignment(property)) return property.initializer;
  return ts.isShorthandPropertyAssignment(property) ? property.name : undefined;
}

function moduleOf(property: ts.ObjectLiteralElementLike, source: ts.SourceFile): string | null {
  const value = initializerOf(property);
  return value !== undefined && ts.isIdentifier(value) ? (importOrigin(source, value.text)?.module ?? null) : null;
}

function keyOf(name: ts.PropertyName): string | null {
  return ts.isIdentifier(name) || ts.isStringLiteralLike(name) ? name.text : null;
}
