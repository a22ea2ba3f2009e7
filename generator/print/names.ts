/** Names that a schema may use and TypeScript may not: reserved words and what generated modules need under its own name. */

const RESERVED_WORDS = new Set(
  (
    "abstract any arguments as asserts async await bigint boolean break case catch class const continue debugger declare default " +
    "delete do else enum eval export extends false finally for from function get if implements import in infer instanceof interface " +
    "is keyof let module namespace never new null number object of package private protected public readonly require return set " +
    "static string super switch symbol this throw true try type typeof undefined unique unknown using var void while with yield"
  ).split(" "),
);

/** Globals that generated code mentions: a type of the schema must not hide them. */
const GLOBALS = new Set(
  "Array BigInt Boolean Buffer DataView Error Infinity Map Math NaN Number Object Promise RangeError Record String Symbol Uint8Array globalThis".split(
    " ",
  ),
);

/** Properties every object has without being given them. */
const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype));

const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]*$/;

/** A name for a declaration at the top of a module. Escaped with a `$`, which no `.proto` name holds. */
export function safeIdentifier(name: string): string {
  return RESERVED_WORDS.has(name) || GLOBALS.has(name) ? `${name}$` : name;
}

/** Whether reading the property of an object that lacks it gives something all the same. */
export function isInherited(property: string): boolean {
  return INHERITED.has(property);
}

/** How a property is written in an object literal or a type: quoted where it must be. */
export function propertyKey(name: string): string {
  return IDENTIFIER.test(name) ? name : JSON.stringify(name);
}

/** Gives out names, each once: what is taken gets a `_` more. */
export class NameSet {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  /** `wish`, or the next name like it that is free and no reserved word. */
  take(wish: string): string {
    let name = wish;
    while (this.#taken.has(name) || RESERVED_WORDS.has(name) || GLOBALS.has(name)) name += "_";
    this.#taken.add(name);
    return name;
  }

  has(name: string): boolean {
    return this.#taken.has(name);
  }
}
