/** Finds its way in a schema file's syntax: to arguments and properties, names and doc comments. */
import { ts } from "ts-morph";

/** One part of the way to a value: a call's argument by index, or an object's property by name. */
export type Step = number | string;

/** Looks through what does not change a value. */
function unwrap(node: ts.Node): ts.Node {
  let inner = node;
  while (
    ts.isParenthesizedExpression(inner) ||
    ts.isAsExpression(inner) ||
    ts.isSatisfiesExpression(inner) ||
    ts.isNonNullExpression(inner)
  ) {
    inner = inner.expression;
  }
  return inner;
}

/** What one step further from `parent` leads to, and where that is written. */
export function child(parent: ts.Node, step: Step): { at: ts.Node; value: ts.Node | undefined } | undefined {
  const node = unwrap(parent);
  if (typeof step === "number") {
    const list = ts.isCallExpression(node) ? node.arguments : ts.isArrayLiteralExpression(node) ? node.elements : [];
    const value = list[step];
    return value === undefined ? undefined : { at: value, value };
  }
  if (!ts.isObjectLiteralExpression(node)) return undefined;
  // The last of two properties with one name is the one that counts.
  const property = node.properties.findLast(
    (candidate) => candidate.name !== undefined && nameText(candidate.name) === step,
  );
  if (property?.name === undefined) return undefined;
  return { at: property.name, value: ts.isPropertyAssignment(property) ? property.initializer : undefined };
}

/** A property's name as the program sees it; undefined when it is computed. */
export function nameText(name: ts.PropertyName): string | undefined {
  if (ts.isIdentifier(name) || ts.isStringLiteralLike(name) || ts.isNumericLiteral(name)) return name.text;
  if (ts.isComputedPropertyName(name) && ts.isStringLiteralLike(name.expression)) return name.expression.text;
  return undefined;
}

/** The property or variable that an expression initialises. */
export function declarationOf(expression: ts.Node): ts.PropertyAssignment | ts.VariableDeclaration | undefined {
  let outer = expression.parent;
  while (unwrap(outer) !== outer) outer = outer.parent;
  if (ts.isPropertyAssignment(outer)) return outer;
  return ts.isVariableDeclaration(outer) ? outer : undefined;
}

/** The text of the last doc comment before a node; of a variable, before its statement. Block tags and what follows them stay out. */
export function docComment(node: ts.Node): string {
  const owner = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  const { text } = owner.getSourceFile();
  const start = owner.getFullStart();
  // Comments behind the comma or brace in front of the node count as trailing that, and may still be about the node.
  const ranges = [
    ...(ts.getTrailingCommentRanges(text, start) ?? []),
    ...(ts.getLeadingCommentRanges(text, start) ?? []),
  ];
  const comment = ranges.map(({ pos, end }) => text.slice(pos, end)).findLast((found) => found.startsWith("/**"));
  if (comment === undefined) return "";
  const lines = comment
    .slice(3, -2)
    .split(/\r?\n/)
    .map((line) => line.replace(/^\s*\*? ?/, "").trimEnd());
  const firstTag = lines.findIndex((line) => line.trimStart().startsWith("@"));
  return (firstTag === -1 ? lines : lines.slice(0, firstTag)).join("\n").trim();
}
