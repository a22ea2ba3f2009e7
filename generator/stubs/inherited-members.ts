/** What a class has from the classes it extends. Only here is the type checker asked: a base class may be in any file. */
import { dirname, join } from "node:path";
import { ts } from "ts-morph";

export interface InheritedMembers {
  readonly names: readonly string[];
  /** Whether a member `server` is inherited that has `notImplemented`, and that the class may use. */
  readonly server: boolean;
}

/** Null when what the class extends cannot be resolved. `path` is the class's file; `node` is found again by its offset. */
export function inheritedMembers(root: string, path: string, node: ts.ClassLikeDeclaration): InheritedMembers | null {
  const file = join(root, path);
  const program = ts.createProgram([file], { ...projectOptions(root), noEmit: true, skipLibCheck: true });
  const source = program.getSourceFile(file);
  if (source === undefined) return null;
  const checker = program.getTypeChecker();
  const same = findAt(source, node.pos, node.kind);
  if (same === null) return null;
  const [base] = checker.getBaseTypes(checker.getTypeAtLocation(same) as ts.InterfaceType);
  if (base === undefined || (base.flags & ts.TypeFlags.Any) !== 0) return null;
  const properties = checker.getPropertiesOfType(base);
  const server = properties.find(({ name }) => name === "server");
  return {
    names: properties.map(({ name }) => name),
    server:
      server !== undefined &&
      !isPrivate(server) &&
      checker.getPropertyOfType(checker.getTypeOfSymbolAtLocation(server, same), "notImplemented") !== undefined,
  };
}

function projectOptions(root: string): ts.CompilerOptions {
  const found = ts.findConfigFile(root, ts.sys.fileExists);
  if (found === undefined) {
    return {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
    };
  }
  const { config } = ts.readConfigFile(found, ts.sys.readFile);
  // Which files the project has does not matter, and listing them may take long.
  return ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, dirname(found)).options;
}

function findAt(source: ts.SourceFile, position: number, kind: ts.SyntaxKind): ts.Node | null {
  let found: ts.Node | null = null;
  const visit = (node: ts.Node): void => {
    if (node.pos === position && node.kind === kind) found = node;
    else if (node.pos <= position && position < node.end) ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isPrivate(symbol: ts.Symbol): boolean {
  const declaration = symbol.valueDeclaration;
  return declaration !== undefined && (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Private) !== 0;
}
