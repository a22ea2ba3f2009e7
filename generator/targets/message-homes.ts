/** Where generated modules find each message and enum: one module a `.proto` file, in `messages/`. */
import type { ProtoFile } from "../model.js";
import { namesOf } from "../print/typescript/file-names.js";

export interface MessageHome {
  /** From a module that stands beside `messages/`. */
  readonly specifier: string;
  /** What it is called there: a type and its codec, or an enum's type and constants. */
  readonly name: string;
}

/** By full name. */
export function messageHomes(files: readonly ProtoFile[]): Map<string, MessageHome> {
  const homes = new Map<string, MessageHome>();
  for (const file of files) {
    const { messages, enums } = namesOf(file);
    const specifier = `./messages/${file.name}.js`;
    for (const [fullName, { type }] of messages) homes.set(fullName, { specifier, name: type });
    for (const [fullName, name] of enums) homes.set(fullName, { specifier, name });
  }
  return homes;
}

/** The line with which an `index.ts` passes on a module of messages; `names` are those the index gives them. */
export function exportMessages(
  file: ProtoFile,
  homes: ReadonlyMap<string, MessageHome>,
  names: ReadonlyMap<string, string>,
): string {
  const types = [...file.messages, ...file.enums].map(({ fullName }) => {
    const { name } = homes.get(fullName)!;
    const exported = names.get(fullName)!;
    return name === exported ? name : `${name} as ${exported}`;
  });
  return types.length === 0 ? "" : exportLine("", types, `./messages/${file.name}.js`);
}

export function exportLine(kind: "type " | "", names: readonly string[], specifier: string): string {
  return `export ${kind}{\n${names.map((name) => `  ${name},\n`).join("")}} from ${JSON.stringify(specifier)};\n`;
}
