/** What a module of JSON codecs declares for the types of one `.proto` file: the same for the module itself and for those that import it. */
import type { ProtoFile } from "../../model.js";
import { NameSet } from "../names.js";
import { namesOf } from "./file-names.js";

export interface JsonNames {
  /** The codec. */
  readonly codec: string;
  readonly mapping: string;
  readonly read: string;
  readonly write: string;
}

export interface JsonFileNames {
  readonly messages: ReadonlyMap<string, JsonNames>;
  /** Of enums: the map of numbers by name, and the function that writes one. */
  readonly enums: ReadonlyMap<string, { readonly numbers: string; readonly write: string }>;
  readonly all: ReadonlySet<string>;
}

export function jsonNamesOf(file: ProtoFile): JsonFileNames {
  const { messages: types, enums: enumTypes } = namesOf(file);
  const taken = new NameSet();
  const messages = new Map(
    [...types].map(([fullName, { type }]) => [
      fullName,
      {
        codec: taken.take(`${type}Json`),
        mapping: taken.take(`${type}Mapping`),
        read: taken.take(`readJson${type}`),
        write: taken.take(`writeJson${type}`),
      },
    ]),
  );
  const enums = new Map(
    [...enumTypes].map(([fullName, type]) => [
      fullName,
      { numbers: taken.take(`numbersOf${type}`), write: taken.take(`writeJson${type}`) },
    ]),
  );
  const all = new Set([...messages.values(), ...enums.values()].flatMap((names) => Object.values(names)));
  return { messages, enums, all: new Set([...all, "contentOf"]) };
}
