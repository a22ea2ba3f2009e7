/** `routes.ts`: what the client runtime knows of the schema. */

import { sameId } from "../../message-key.js";
import { propertyKey } from "../../print/names.js";
import { layoutNames } from "../../print/typescript/index.js";
import { controlId, keyNumber } from "../protocol-key.js";
import { ClientModule, type ClientSchema, RUNTIME } from "./client-module.js";

export function printRoutes(schema: ClientSchema): string {
  const { model, names } = schema;
  const module = new ClientModule(schema, ["description", ...names.routes.values()]);
  const { writer } = module;
  /** Values are TypeScript already; a list becomes an array. */
  const constant = (name: string, type: string, values: Record<string, string | readonly string[]>) => {
    writer.write(`export const ${name}: ${type} = `).inlineBlock(() => {
      for (const [property, value] of Object.entries(values)) {
        if (typeof value === "string") {
          writer.writeLine(`${property}: ${value},`);
        } else {
          writer.writeLine(`${property}: [`).indent(() => {
            for (const element of value) writer.writeLine(`${element},`);
          });
          writer.writeLine("],");
        }
      }
    });
    writer.write(";").newLine().blankLine();
  };
  const routes: string[] = [];
  const pushes: string[] = [];
  for (const type of model.servers) {
    for (const handler of type.groups.flatMap(({ handlers }) => handlers)) {
      const name = names.routes.get(handler.route)!;
      const request = module.message(handler.request);
      const response = handler.response === null ? null : module.message(handler.response);
      const kind = response === null ? `NotifyRoute` : "RequestRoute";
      const parameters = response === null ? request : `${request}, ${response}`;
      routes.push(name);
      constant(name, `${module.importType(kind, RUNTIME)}<${parameters}>`, {
        kind: text(handler.kind),
        route: text(handler.route),
        messageId: String(keyNumber(handler.messageId)),
        ...(sameId(handler.replyId, handler.messageId) ? {} : { replyId: String(keyNumber(handler.replyId)) }),
        serverType: String(type.typeId),
        request: module.codec(handler.request),
        ...(handler.response === null ? {} : { response: module.codec(handler.response) }),
        timeout: String(handler.timeout),
        maxBytes: String(handler.maxBytes),
      });
    }
    for (const push of type.pushes) {
      const name = names.routes.get(push.route)!;
      pushes.push(name);
      constant(name, `${module.importType("PushRoute", RUNTIME)}<${module.message(push.message)}>`, {
        kind: text("push"),
        route: text(push.route),
        messageId: String(keyNumber(push.messageId)),
        message: module.codec(push.message),
      });
    }
  }
  const protocol = model.protocols[0]!;
  const errors = model.errors.map(({ name, code }) => `${propertyKey(name)}: ${code}`);
  constant("description", module.importType("ClientDescription", RUNTIME), {
    name: text(model.name),
    version: String(model.version),
    schemaHash: text(model.schemaHash),
    lineage: model.lock.lineage.map(({ hash }) => text(hash)),
    request: module.import(layoutNames(protocol.name, "request").codec, "./layouts.js"),
    response: module.import(layoutNames(protocol.name, "response").codec, "./layouts.js"),
    ...(protocol.key.length === 2 ? { pair: "true" } : {}),
    controlId: String(controlId(protocol)),
    errors: errors.length === 0 ? "{}" : `{ ${errors.join(", ")} }`,
    routes,
    pushes,
  });
  return module.toString();
}

const text = (value: string) => JSON.stringify(value);
