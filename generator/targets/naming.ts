/** How names of the schema become names of types, and how names that would meet in one scope are told apart. */
import type { ProtoFile } from "../model.js";
import { namesOf } from "../print/typescript/file-names.js";

/** `room` -> `Room`, `friendList` -> `FriendList`, `im.login` -> `ImLogin`, `_2` -> `_2`. */
export function pascalCase(name: string): string {
  const joined = name
    .split(/[^A-Za-z0-9]+/)
    .filter((part) => part !== "")
    .map((part) => part[0]!.toUpperCase() + part.slice(1))
    .join("");
  return /^[A-Za-z]/.test(joined) ? joined : `_${joined}`;
}

/** Names that already stand in one scope. What is declared twice gets the first of its alternatives that is free. */
export class NameScope {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  has(name: string): boolean {
    return this.#taken.has(name);
  }

  /** Takes the first free name of the list; when none is free, the last one with a number behind it. */
  take(...alternatives: [string, ...string[]]): string {
    const last = alternatives.at(-1)!;
    let name = alternatives.find((candidate) => !this.#taken.has(candidate));
    for (let number = 2; name === undefined; number++) {
      if (!this.#taken.has(`${last}_${number}`)) name = `${last}_${number}`;
    }
    this.#taken.add(name);
    return name;
  }
}

/** Every message and enum of the schema by its full name; of two that would be called the same, both get their package in front. */
export function nameMessages(files: readonly ProtoFile[], scope: NameScope): Map<string, string> {
  const types = files.flatMap((file) => {
    const { messages, enums } = namesOf(file);
    const declared = [...[...messages].map(([fullName, { type }]) => [fullName, type] as const), ...enums];
    const prefix = file.package === "" ? "" : `${pascalCase(file.package)}_`;
    return declared.map(([fullName, short]) => ({
      fullName,
      short,
      qualified: prefix + short,
    }));
  });
  const uses = new Map<string, number>();
  for (const { short } of types) uses.set(short, (uses.get(short) ?? 0) + 1);
  const names = new Map<string, string>();
  for (const { fullName, short, qualified } of types) {
    names.set(fullName, uses.get(short) === 1 ? scope.take(short, qualified) : scope.take(qualified));
  }
  return names;
}
