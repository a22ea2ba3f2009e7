/** Modules of JSON codecs in a generated folder: one a `.proto` file, in `json/`, like those of the messages in `messages/`. */
import { dirname, relative } from "node:path/posix";
import type { Model, ProtoFile } from "../model.js";
import { type ImportStyle, type JsonPlaces, jsonCodecName, printJsonMessages } from "../print/typescript/index.js";
import { withFirstLine } from "./first-line.js";
import type { MessageHome } from "./message-homes.js";
import type { GeneratedFile } from "./target.js";

const places: JsonPlaces = {
  messages: (from, { name }) => `${"../".repeat(from.name.split("/").length)}messages/${name}.js`,
  json: (from, { name }) => {
    const path = relative(dirname(from.name), name);
    return `${path.startsWith(".") ? path : `./${path}`}.js`;
  },
};

/** Whether somebody speaks JSON: else there are no such codecs. */
export function speaksJson({ protocols }: Model): boolean {
  return protocols.some(({ body }) => body === "json");
}

/** `imports` says how a module finds `wire/`, by how many folders it stands below the generated one. */
export function printJsonModules(
  files: readonly ProtoFile[],
  imports: (depth: number) => ImportStyle,
): GeneratedFile[] {
  return files.map((file) => {
    const style = imports(file.name.split("/").length);
    const text = printJsonMessages(file, { protoFiles: files }, style, places);
    return { path: `json/${file.name}.ts`, text: withFirstLine(text) };
  });
}

/** Where the JSON codec of each message is, by full name. */
export function jsonHomes(files: readonly ProtoFile[]): Map<string, MessageHome> {
  return new Map(
    files.flatMap((file) =>
      file.messages.map(({ fullName }) => {
        const name = jsonCodecName(file, fullName);
        return [fullName, { specifier: `./json/${file.name}.js`, name }] as const;
      }),
    ),
  );
}
