/**
 * One TypeScript module while it is printed: a code writer for its body, and its imports, collected as the body mentions them.
 * Modules print the same from run to run: imports are sorted, nothing depends on time or place.
 */
import { CodeBlockWriter } from "ts-morph";
import { docLines } from "./doc.js";

export class Module {
  readonly writer = new CodeBlockWriter({ indentNumberOfSpaces: 2, useTabs: false, newLine: "\n" });
  /** Names no import may take: the module's own declarations. */
  readonly #own: Set<string>;
  /** By specifier, the imported names and what they are called here. */
  readonly #imports = new Map<string, Map<string, { local: string; typeOnly: boolean }>>();
  readonly #locals = new Set<string>();

  constructor(ownNames: Iterable<string> = []) {
    this.#own = new Set(ownNames);
  }

  /** The name under which the body may use `name` of `specifier`. An import that would clash is renamed. */
  import(name: string, specifier: string): string {
    return this.#mention(name, specifier, false);
  }

  /** The same for a name that is only used as a type. */
  importType(name: string, specifier: string): string {
    return this.#mention(name, specifier, true);
  }

  #mention(name: string, specifier: string, typeOnly: boolean): string {
    const names = this.#imports.get(specifier) ?? new Map<string, { local: string; typeOnly: boolean }>();
    this.#imports.set(specifier, names);
    const known = names.get(name);
    if (known !== undefined) {
      if (!typeOnly) known.typeOnly = false;
      return known.local;
    }
    let local = name;
    while (this.#own.has(local) || this.#locals.has(local)) local += "_";
    this.#locals.add(local);
    names.set(name, { local, typeOnly });
    return local;
  }

  /** Whether the name is taken at the top of the module. */
  has(name: string): boolean {
    return this.#own.has(name) || this.#locals.has(name);
  }

  doc(text: string): this {
    for (const line of docLines(text)) this.writer.writeLine(line);
    return this;
  }

  /** The module's text: imports, then the body. */
  toString(): string {
    const imports = [...this.#imports]
      .sort(([a], [b]) => compare(a, b))
      .map(([specifier, names]) => {
        const sorted = [...names].sort(([a], [b]) => compare(a, b));
        const allTypes = sorted.every(([, { typeOnly }]) => typeOnly);
        const list = sorted.map(([name, { local, typeOnly }]) => {
          const renamed = local === name ? name : `${name} as ${local}`;
          return typeOnly && !allTypes ? `type ${renamed}` : renamed;
        });
        return `import ${allTypes ? "type " : ""}${braced(list)} from ${JSON.stringify(specifier)};\n`;
      });
    const body = `${this.writer.toString().trim()}\n`;
    return imports.length === 0 ? body : `${imports.join("")}\n${body}`;
  }
}

const LINE = 100;

function braced(list: readonly string[]): string {
  const line = `{ ${list.join(", ")} }`;
  return line.length <= LINE ? line : `{\n${list.map((item) => `  ${item},\n`).join("")}}`;
}

/** By code units: independent of the machine's language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
