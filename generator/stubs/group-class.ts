/** The user's class of one group: where it is, what it has, and how it reaches its server. */
import { ts } from "ts-morph";
import type { Position } from "../model.js";
import type { GroupStub } from "./group-stub.js";
import { inheritedMembers } from "./inherited-members.js";
import { GENERATED_INDEX, importedNames, positionAt, positionOf } from "./source-file.js";

export interface GroupClass {
  readonly node: ts.ClassLikeDeclaration;
  /** The generated interface, as the file writes it. */
  readonly interfaceText: string;
  /** `this.server`, or null when the class keeps its server nowhere that can be seen. */
  readonly server: string | null;
  /** Names of the members an instance has, inherited ones included, and where the class declares them. */
  readonly members: ReadonlyMap<string, Position | null>;
}

/** What cannot be done to a user's file, or what the user should know of it. */
export interface Problem {
  readonly message: string;
  readonly position: Position;
}

/** The class of a file that implements the group's interface. */
export function findGroupClass(root: string, source: ts.SourceFile, stub: GroupStub): GroupClass | Problem {
  const local = importedNames(source, GENERATED_INDEX);
  const interfaceName = local(stub.interfaceName) ?? stub.interfaceName;
  const found = classesOf(source).flatMap((node) => {
    const heritage = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ImplementsKeyword);
    const type = heritage?.types.find(({ expression }) => expression.getText(source) === interfaceName);
    return type === undefined ? [] : [node];
  });
  const [node, second] = found;
  if (node === undefined) {
    return {
      message: `no class here implements ${stub.interfaceName}, so that nothing can be added to it`,
      position: positionAt(source, 0),
    };
  }
  if (second !== undefined) {
    return {
      message: `more than one class here implements ${stub.interfaceName}; which of them is ${stub.serverType}.${stub.group} cannot be told`,
      position: positionOf(second.name ?? second),
    };
  }
  const members = declaredMembers(node);
  let server = serverAccess(node, source, local(stub.serverName) ?? stub.serverName);
  if (node.heritageClauses?.some(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)) {
    const inherited = inheritedMembers(root, source.fileName, node);
    if (inherited === null) {
      return {
        message: `what ${node.name?.text ?? "this class"} inherits cannot be resolved, so that nothing can be added to it`,
        position: positionOf(node.name ?? node),
      };
    }
    for (const name of inherited.names) {
      if (!members.has(name)) members.set(name, null);
    }
    if (server === null && inherited.server) server = "this.server";
  }
  return { node, interfaceText: interfaceName, server, members };
}

/** What a file exports one of its classes as: a name, `default`, or null. */
export function exportedName(source: ts.SourceFile, node: ts.ClassLikeDeclaration): string | null {
  const statement = ts.isClassDeclaration(node) ? node : node.parent.parent?.parent;
  const declared = node.name?.text ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name.getText(source) : null);
  if (ts.isExportAssignment(node.parent)) return "default";
  if (statement !== undefined && hasModifier(statement, [ts.SyntaxKind.ExportKeyword])) {
    return hasModifier(statement, [ts.SyntaxKind.DefaultKeyword]) ? "default" : declared;
  }
  for (const other of source.statements) {
    if (ts.isExportAssignment(other) && other.expression.getText(source) === declared) return "default";
    if (!ts.isExportDeclaration(other) || other.exportClause === undefined || other.moduleSpecifier !== undefined)
      continue;
    if (!ts.isNamedExports(other.exportClause)) continue;
    const element = other.exportClause.elements.find(
      ({ name, propertyName }) => (propertyName ?? name).text === declared,
    );
    if (element !== undefined) return element.name.text;
  }
  return null;
}

export function classesOf(source: ts.SourceFile): ts.ClassLikeDeclaration[] {
  const found: ts.ClassLikeDeclaration[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isClassLike(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

export function declaredMembers(node: ts.ClassLikeDeclaration): Map<string, Position | null> {
  const members = new Map<string, Position | null>();
  for (const member of node.members) {
    if (isStatic(member)) continue;
    if (ts.isConstructorDeclaration(member)) {
      for (const parameter of member.parameters.filter(isParameterProperty)) {
        members.set(parameter.name.getText(), positionOf(parameter.name));
      }
    } else if (member.name !== undefined) {
      const name = nameText(member.name);
      if (name !== null && !members.has(name)) members.set(name, positionOf(member.name));
    }
  }
  return members;
}

/** Null for a private name, which is nobody's route, and for one that is computed when the program runs. */
function nameText(name: ts.PropertyName): string | null {
  if (ts.isIdentifier(name) || ts.isStringLiteralLike(name)) return name.text;
  if (ts.isComputedPropertyName(name) && ts.isStringLiteralLike(name.expression)) return name.expression.text;
  return null;
}

/**
 * The member that holds the server: one declared with the server's type, or one called `server` or `#server` whose type is left to
 * the compiler. Anything else would be a guess.
 */
function serverAccess(node: ts.ClassLikeDeclaration, source: ts.SourceFile, serverType: string): string | null {
  const candidates = node.members.flatMap((member): (ts.PropertyDeclaration | ts.ParameterDeclaration)[] => {
    if (ts.isPropertyDeclaration(member)) return isStatic(member) ? [] : [member];
    return ts.isConstructorDeclaration(member) ? member.parameters.filter(isParameterProperty) : [];
  });
  const typed = candidates.find(({ type }) => type?.getText(source) === serverType);
  const untyped = candidates.find(
    ({ name, type }) => type === undefined && ["server", "#server"].includes(name.getText(source)),
  );
  const found = typed ?? untyped;
  return found === undefined ? null : `this.${found.name.getText(source)}`;
}

function isStatic(member: ts.ClassElement): boolean {
  return hasModifier(member, [ts.SyntaxKind.StaticKeyword]);
}

const PROPERTY_MODIFIERS = [
  ts.SyntaxKind.PublicKeyword,
  ts.SyntaxKind.ProtectedKeyword,
  ts.SyntaxKind.PrivateKeyword,
  ts.SyntaxKind.ReadonlyKeyword,
  ts.SyntaxKind.OverrideKeyword,
];

/** `constructor(readonly server: ChatServer)` declares a member. */
function isParameterProperty(parameter: ts.ParameterDeclaration): boolean {
  return hasModifier(parameter, PROPERTY_MODIFIERS);
}

function hasModifier(node: ts.Node, kinds: readonly ts.SyntaxKind[]): boolean {
  if (!ts.canHaveModifiers(node)) return false;
  return ts.getModifiers(node)?.some(({ kind }) => kinds.includes(kind)) ?? false;
}
