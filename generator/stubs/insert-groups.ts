/** Wires new groups and server types into an existing `app/index.ts`: an import and a property each, touching no other byte. */
import { ts } from "ts-morph";
import { type ApplicationSource, isComplete, readApplication } from "./application-source.js";
import { groupProperty, importLine, qualifiedName, typeProperty, type WiredGroup } from "./application-stub.js";
import type { Problem } from "./group-class.js";
import { parse, positionOf, syntaxError } from "./source-file.js";
import { detectStyle, type SourceStyle } from "./source-style.js";
import { type Insertion, indentationAt, insert, lineStart, opensLine } from "./text-edit.js";

export interface GroupInsertion {
  readonly text: string;
  /** `<serverType>.<group>`, and `<serverType>` for one without groups. */
  readonly added: readonly string[];
  readonly problems: readonly Problem[];
}

/** `serverTypes` and `groups` are those the application lacks; a group may be of a type it has. */
export function insertGroups(
  application: ApplicationSource,
  serverTypes: readonly string[],
  groups: readonly WiredGroup[],
): GroupInsertion {
  let text = application.source.text;
  const added: string[] = [];
  const problems: Problem[] = [];
  const steps = [
    ...groups
      .filter(({ serverType }) => !serverTypes.includes(serverType))
      .map((group) => ({
        names: [`${group.serverType}.${group.group}`],
        type: group.serverType,
        wired: [group],
        isNew: false,
      })),
    ...serverTypes.map((type) => {
      const wired = groups.filter(({ serverType }) => serverType === type);
      const names = wired.length === 0 ? [type] : wired.map(({ group }) => `${type}.${group}`);
      return { names, type, wired, isNew: true };
    }),
  ];
  // One at a time: each finds the file as the one before left it.
  for (const { names, type, wired, isNew } of steps) {
    const current = readApplication(parse(application.source.fileName, text))!;
    const object = isNew ? current.object : (current.types.get(type)?.groups ?? null);
    const next = object === null ? null : wire(current, object, type, wired, isNew);
    if (next === null) {
      const entry = current.types.get(type)?.name;
      problems.push({
        message: `${names.join(", ")} cannot be wired here: the groups are not written out as one object; add ${names.length === 1 ? "it" : "them"} by hand`,
        position: entry === undefined ? positionOf(current.object) : positionOf(entry),
      });
    } else {
      text = next;
      added.push(...names);
    }
  }
  return { text, added, problems };
}

function wire(
  { source }: ApplicationSource,
  object: ts.ObjectLiteralExpression,
  type: string,
  groups: readonly WiredGroup[],
  isNew: boolean,
): string | null {
  if (!isComplete(object)) return null;
  const style = detectStyle(source);
  const used = identifiersOf(source);
  const locals = groups.map((group) => {
    const local = freeName([...(group.exported === "default" ? [] : [group.exported]), qualifiedName(group)], used);
    used.add(local);
    return local;
  });
  const properties = groups.map((group, index) => groupProperty(group, locals[index]!));
  const imports = importInsertion(
    source,
    groups.map((group, index) => importLine(group, locals[index]!, extensionOf(source), style.quote) + style.semicolon),
    style,
  );
  if (imports === null) return null;
  const inserted = isNew ? [typeProperty(type, properties)] : properties;
  const text = insert(source.text, [...imports, ...propertyInsertions(source, object, inserted, style)]);
  const after = parse(source.fileName, text);
  if (syntaxError(after) !== null) return null;
  const entry = readApplication(after)?.types.get(type);
  return groups.every(({ group }) => entry?.wired.get(group)?.module != null) ? text : null;
}

/** Behind the last import. Null when there is none: then the file is not one this can extend. */
function importInsertion(source: ts.SourceFile, lines: readonly string[], style: SourceStyle): Insertion[] | null {
  if (lines.length === 0) return [];
  const last = source.statements.filter(ts.isImportDeclaration).at(-1);
  if (last === undefined) return null;
  const { text } = source;
  const newline = text.indexOf("\n", last.end);
  const rest = text.slice(last.end, newline === -1 ? text.length : newline);
  if (newline !== -1 && /^\s*(\/\/.*)?$/.test(rest)) {
    return [{ offset: newline + 1, text: lines.map((line) => line + style.newline).join("") }];
  }
  return [{ offset: last.end, text: lines.map((line) => style.newline + line).join("") }];
}

function propertyInsertions(
  source: ts.SourceFile,
  object: ts.ObjectLiteralExpression,
  properties: readonly string[],
  style: SourceStyle,
): Insertion[] {
  const { text } = source;
  const close = object.end - 1;
  const last = object.properties.at(-1);
  const trailing = object.properties.hasTrailingComma ?? false;
  const inside = text.slice(last?.end ?? object.getStart(source) + 1, close);
  if (!inside.includes("\n")) {
    if (last === undefined) return [{ offset: object.getStart(source) + 1, text: ` ${properties.join(", ")} ` }];
    if (trailing)
      return [{ offset: object.properties.end, text: properties.map((property) => ` ${property},`).join("") }];
    return [{ offset: last.end, text: properties.map((property) => `, ${property}`).join("") }];
  }
  const opens = last !== undefined && opensLine(text, last.getStart(source));
  const indentation = opens
    ? indentationAt(text, last.getStart(source))
    : indentationAt(text, object.getStart(source)) + style.unit;
  const comma = last === undefined || trailing;
  const body = properties
    .map((property, index) => {
      const separator = comma || index < properties.length - 1 ? "," : "";
      return indentation + property + separator + style.newline;
    })
    .join("");
  const first: Insertion[] = comma ? [] : [{ offset: last.end, text: "," }];
  if (opensLine(text, close)) return [...first, { offset: lineStart(text, close), text: body }];
  return [...first, { offset: close, text: style.newline + body + indentationAt(text, object.getStart(source)) }];
}

/** `.js`, unless the file imports its classes otherwise. */
function extensionOf(source: ts.SourceFile): string {
  const specifiers = source.statements
    .filter(ts.isImportDeclaration)
    .map(({ moduleSpecifier }) => (ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : ""))
    .filter((specifier) => specifier.startsWith("./"));
  if (specifiers.length === 0 || specifiers.some((specifier) => specifier.endsWith(".js"))) return ".js";
  return specifiers.some((specifier) => specifier.endsWith(".ts")) ? ".ts" : "";
}

function identifiersOf(source: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) names.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

function freeName(candidates: readonly string[], used: ReadonlySet<string>): string {
  const free = candidates.find((candidate) => !used.has(candidate));
  if (free !== undefined) return free;
  let number = 2;
  while (used.has(`${candidates.at(-1)}${number}`)) number++;
  return `${candidates.at(-1)}${number}`;
}
