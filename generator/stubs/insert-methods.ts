/** Adds the methods a group's class lacks, at its end, touching no other byte of the file. Needs no import the file does not have. */
import type { ts } from "ts-morph";
import { findGroupClass, type GroupClass, type Problem } from "./group-class.js";
import { type GroupStub, methodLines, type StubMethod } from "./group-stub.js";
import { GENERATED_INDEX, importedNames, parse, positionOf, syntaxError } from "./source-file.js";
import { detectStyle, type SourceStyle } from "./source-style.js";
import { indentationAt, insert, lineStart, opensLine } from "./text-edit.js";

export interface MethodInsertion {
  readonly text: string;
  /** Routes that got a method. */
  readonly added: readonly string[];
}

/** `found` is the class in `source`. Null when nothing is missing. */
export function insertMethods(
  root: string,
  source: ts.SourceFile,
  found: GroupClass,
  stub: GroupStub,
): MethodInsertion | Problem | null {
  const missing = stub.methods.filter(({ name }) => !found.members.has(name));
  if (missing.length === 0) return null;
  const routes = missing.map(({ route }) => route);
  const position = positionOf(found.node.name ?? found.node);
  if (found.server === null) {
    return {
      message: `${routes.join(", ")} cannot be added: this class keeps no ${stub.serverName}, which the stub answers with`,
      position,
    };
  }
  const text = insert(source.text, [methodsAtEnd(source, found, found.server, missing)]);
  const after = parse(source.fileName, text);
  const again = syntaxError(after) === null ? findGroupClass(root, after, stub) : null;
  if (again === null || !("members" in again) || !sameMembers(found, again, missing)) {
    return { message: `${routes.join(", ")} cannot be added at the end of this class; write them by hand`, position };
  }
  return { text, added: routes };
}

function methodsAtEnd(source: ts.SourceFile, found: GroupClass, server: string, methods: readonly StubMethod[]) {
  const style = detectStyle(source);
  const { text } = source;
  const { node } = found;
  const end = node.getEnd() - 1;
  const outer = indentationAt(text, node.getStart(source));
  const inner = memberIndentation(source, node) ?? outer + style.unit;
  const unit = inner.startsWith(outer) && inner !== outer ? inner.slice(outer.length) : style.unit;
  const blocks = methods.map((method) =>
    methodLines(method, typesFor(source, method, found.interfaceText, style), server, { ...style, unit })
      .map((line) => inner + line + style.newline)
      .join(""),
  );
  const body = blocks.join(style.newline);
  if (!opensLine(text, end)) return { offset: end, text: `${style.newline}${body}${outer}` };
  const offset = lineStart(text, end);
  const before = text.slice(node.members.pos, offset).trimEnd();
  const previousLine = text.slice(lineStart(text, offset - 1), offset).trim();
  return { offset, text: before === "" || previousLine === "" ? body : style.newline + body };
}

/** Of the last member that opens a line. */
function memberIndentation(source: ts.SourceFile, node: ts.ClassLikeDeclaration): string | null {
  const member = [...node.members].reverse().find((member) => opensLine(source.text, member.getStart(source)));
  return member === undefined ? null : indentationAt(source.text, member.getStart(source));
}

/** What the file imports by name, and for the rest what the interface says: an import would be another change of the file. */
function typesFor(source: ts.SourceFile, method: StubMethod, interfaceText: string, { quote }: SourceStyle) {
  const imported = importedNames(source, GENERATED_INDEX);
  const local = (name: string) => (name === "Uint8Array" ? name : imported(name));
  const signature = `${interfaceText}[${quote}${method.name}${quote}]`;
  return {
    parameters: method.parameters.map(({ type }, index) => local(type) ?? `Parameters<${signature}>[${index}]`),
    response: method.response === null ? "void" : (local(method.response) ?? `ReturnType<${signature}>`),
  };
}

function sameMembers(before: GroupClass, after: GroupClass, added: readonly StubMethod[]): boolean {
  const expected = new Set([...before.members.keys(), ...added.map(({ name }) => name)]);
  const grown = after.node.members.length - before.node.members.length === added.length;
  return grown && expected.size === after.members.size && [...after.members.keys()].every((name) => expected.has(name));
}
