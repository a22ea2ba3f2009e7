/** The text of `app/index.ts` when nobody has written it yet. */
import { propertyKey } from "../print/names.js";
import { NameScope, pascalCase } from "../targets/naming.js";

/** A group that has a class to be wired. */
export interface WiredGroup {
  readonly serverType: string;
  readonly group: string;
  /** The class's file, from the root. */
  readonly path: string;
  /** What the file exports it as; `default` included. */
  readonly exported: string;
}

/** How `app/index.ts` imports a class. `local` is free to be chosen unless the export is wanted under its own name. */
export function importLine({ path, exported }: WiredGroup, local: string, extension: string, quote: string): string {
  const specifier = `${quote}./${path.replace(/^app\//, "").replace(/\.ts$/, extension)}${quote}`;
  if (exported === "default") return `import ${local} from ${specifier}`;
  return `import { ${local === exported ? local : `${exported} as ${local}`} } from ${specifier}`;
}

/** What the class is called where another has its name. */
export function qualifiedName({ serverType, group }: WiredGroup): string {
  return pascalCase(serverType) + pascalCase(group);
}

/** `serverTypes` are all of the schema, in its order; those without groups included. */
export function printApplication(serverTypes: readonly string[], groups: readonly WiredGroup[]): string {
  const uses = new Map<string, number>();
  for (const { exported } of groups) uses.set(exported, (uses.get(exported) ?? 0) + 1);
  const scope = new NameScope(["default", "defineApplication"]);
  const locals = new Map(
    groups.map((group) => {
      const qualified = qualifiedName(group);
      return [group, uses.get(group.exported) === 1 ? scope.take(group.exported, qualified) : scope.take(qualified)];
    }),
  );
  const imports = [...groups]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map((group) => `${importLine(group, locals.get(group)!, ".js", '"')};\n`);
  const entries = serverTypes.map((type) => {
    const own = groups.filter(({ serverType }) => serverType === type);
    return `  ${typeProperty(
      type,
      own.map((group) => groupProperty(group, locals.get(group)!)),
    )},\n`;
  });
  return [
    'import { defineApplication } from "../generated/server/index.js";\n',
    ...imports,
    "\nexport default defineApplication({\n",
    ...entries,
    "});\n",
  ].join("");
}

export function typeProperty(serverType: string, properties: readonly string[]): string {
  const groups = properties.length === 0 ? "{}" : `{ ${properties.join(", ")} }`;
  return `${propertyKey(serverType)}: { groups: ${groups} }`;
}

export function groupProperty({ group }: WiredGroup, local: string): string {
  return group === local ? local : `${propertyKey(group)}: ${local}`;
}
