/** The target `server`: types, codecs and tables for the code that runs in gates, connectors and backends. */
import type { Model } from "../../model.js";
import { printLayouts, printMessages, wireFromPackage } from "../../print/typescript/index.js";
import { withFirstLine } from "../first-line.js";
import { printJsonModules } from "../json-modules.js";
import type { GeneratedFile, Target } from "../target.js";
import { visibleFiles } from "../visible-files.js";
import { printApplication } from "./application.js";
import { printErrors } from "./errors.js";
import { hasHeaderFields, printHeaderFields } from "./header-fields.js";
import { printIndex } from "./index-module.js";
import { printManifest } from "./manifest.js";
import { printRpc } from "./rpc.js";
import { serverSchema } from "./server-module.js";
import { printServerType } from "./server-type.js";

export const serverTarget: Target = {
  name: "server",

  emit(model: Model): GeneratedFile[] {
    const schema = serverSchema(model);
    const file = (path: string, text: string) => ({ path, text: withFirstLine(text) });
    return [
      file("application.ts", printApplication(schema)),
      file("errors.ts", printErrors(schema)),
      ...(hasHeaderFields(model) ? [file("header-fields.ts", printHeaderFields(model))] : []),
      file("index.ts", printIndex(schema)),
      file("layouts.ts", printLayouts(model, wireFromPackage)),
      file("manifest.ts", printManifest(schema)),
      file("rpc.ts", printRpc(schema)),
      ...model.servers.map((type) =>
        file(`${schema.names.types.get(type.name)!.module}.ts`, printServerType(schema, type)),
      ),
      ...model.protoFiles.map((proto) =>
        file(`messages/${proto.name}.ts`, printMessages(proto, model, wireFromPackage)),
      ),
      ...(schema.jsonHomes === null ? [] : printJsonModules(visibleFiles(model), () => wireFromPackage)),
    ];
  },
};
