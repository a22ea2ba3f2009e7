/** The target `client-typescript`: a folder one copies into a browser's or a Node.js program. It imports nothing outside itself. */
import type { Model } from "../../model.js";
import { Module } from "../../print/module.js";
import { printLayouts, printMessages, wireBeside } from "../../print/typescript/index.js";
import { printErrorCodes } from "../error-codes.js";
import { withFirstLine } from "../first-line.js";
import { printJsonModules } from "../json-modules.js";
import { exportLine, exportMessages } from "../message-homes.js";
import type { GeneratedFile, Target } from "../target.js";
import { printClient } from "./client-class.js";
import { clientModel } from "./client-model.js";
import { type ClientSchema, clientSchema, RUNTIME } from "./client-module.js";
import { copySources } from "./copied-sources.js";
import { RUNTIME_CLASSES, RUNTIME_TYPES } from "./names.js";
import { printRoutes } from "./routes.js";

export const clientTypescriptTarget: Target = {
  name: "client-typescript",

  emit(model: Model): GeneratedFile[] {
    const visible = clientModel(model);
    if (visible === null) return [];
    const schema = clientSchema(visible);
    const file = (path: string, text: string) => ({ path, text: withFirstLine(text) });
    // Layouts between servers are nobody else's business.
    const layouts = { protocols: visible.protocols, internal: null };
    const generated = [
      file("client.ts", printClient(schema)),
      file("errors.ts", printErrors(schema)),
      file("index.ts", printIndex(schema)),
      file("layouts.ts", printLayouts(layouts, wireBeside("./wire"))),
      file("routes.ts", printRoutes(schema)),
      ...schema.files.map((proto) => {
        const up = "../".repeat(proto.name.split("/").length);
        return file(
          `messages/${proto.name}.ts`,
          printMessages(proto, { protoFiles: schema.files }, wireBeside(`${up}wire`)),
        );
      }),
      ...(schema.json ? printJsonModules(schema.files, (depth) => wireBeside(`${"../".repeat(depth)}wire`)) : []),
    ];
    return [...generated, ...copySources(generated)];
  },
};

function printErrors({ model }: ClientSchema): string {
  const module = new Module(["ErrorCode", "ErrorName"]);
  printErrorCodes(module, model.errors, module.import("ErrorCode", "./wire/error-code.js"));
  return module.toString();
}

function printIndex({ files, names, homes }: ClientSchema): string {
  const interfaces = [...names.types.values()].map((type) => type.interface);
  return [
    exportLine("", [names.client, ...interfaces.map((name) => `type ${name}`)], "./client.js"),
    'export { ErrorCode, type ErrorName } from "./errors.js";\n',
    ...files.map((file) => exportMessages(file, homes, names.messages)),
    exportLine("", [...RUNTIME_CLASSES, ...RUNTIME_TYPES.map((name) => `type ${name}`)], RUNTIME),
  ].join("");
}
