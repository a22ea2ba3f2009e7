/** `client.ts`: the class an application connects with, a typed face of the client runtime's connection. */
import type { Handler, Push, ServerType } from "../../model.js";
import { propertyKey } from "../../print/names.js";
import { ClientModule, type ClientSchema, RUNTIME } from "./client-module.js";
import type { ClientTypeNames } from "./names.js";

export function printClient(schema: ClientSchema): string {
  const { model, names } = schema;
  const interfaces = [...names.types.values()].map((type) => type.interface);
  const module = new ClientModule(schema, [names.client, ...interfaces, ...PARAMETERS]);
  const types = model.servers.filter(({ name }) => names.types.has(name));
  for (const type of types) printRoutesOf(module, type, names.types.get(type.name)!);
  printClass(module, schema, types);
  return module.toString();
}

/** What the class's methods call their own. */
const PARAMETERS = ["line", "listener", "logIn", "login", "message", "options", "request", "state"];

function printRoutesOf(module: ClientModule, type: ServerType, names: ClientTypeNames): void {
  const { writer } = module;
  module.doc([`The routes and pushes of \`${type.name}\`.`, type.doc].join("\n\n"));
  writer.write(`export interface ${names.interface} `).block(() => {
    for (const group of type.groups.filter(({ handlers }) => handlers.length > 0)) {
      writer.write(`readonly ${propertyKey(group.name)}: `).inlineBlock(() => {
        for (const handler of group.handlers) {
          module.doc(handler.doc);
          writer.writeLine(`${propertyKey(handler.method)}${signature(module, handler)};`);
        }
      });
      writer.write(";").newLine();
    }
    for (const push of type.pushes) {
      module.doc([push.doc, "Returns a function that ends the subscription."].join("\n\n"));
      writer.writeLine(`${propertyKey(push.name)}${subscription(module, push)};`);
    }
  });
  writer.blankLine();
}

function signature(module: ClientModule, { request, response }: Handler): string {
  if (response === null) return `(message: ${module.message(request)}): void`;
  const options = `options?: ${module.importType("CallOptions", RUNTIME)}`;
  return `(request: ${module.message(request)}, ${options}): Promise<${module.message(response)}>`;
}

function subscription(module: ClientModule, { message }: Push): string {
  return `(listener: (message: ${module.message(message)}) => void): () => void`;
}

function printClass(module: ClientModule, { model, names }: ClientSchema, types: readonly ServerType[]): void {
  const { writer } = module;
  const connection = module.import("Connection", RUNTIME);
  const options = module.importType("ClientOptions", RUNTIME);
  const line = module.importType("Line", RUNTIME);
  const state = module.importType("ConnectionState", RUNTIME);
  module.doc(`A client of \`${model.name}\`: its connection, and its routes by server type and group.`);
  writer.write(`export class ${names.client} `).block(() => {
    writer.writeLine(`readonly #line: ${line};`);
    for (const type of types) {
      const { property, interface: name } = names.types.get(type.name)!;
      module.doc(type.doc);
      writer.writeLine(`readonly ${propertyKey(property)}: ${name};`);
    }
    writer.blankLine();
    writer.write(`private constructor(line: ${line}) `).block(() => {
      writer.writeLine("this.#line = line;");
      for (const type of types) printAssignment(module, type, names.types.get(type.name)!, names.routes);
    });
    writer.blankLine();
    const description = module.import("description", "./routes.js");
    module.doc(
      "Connects, trying again for a while. Rejects with the last reason when that was in vain, and at once when the server\n" +
        "does not want this client.",
    );
    writer
      .write(`static async connect({ login, ...options }: ${options}<${names.client}>): Promise<${names.client}> `)
      .block(() => {
        writer.writeLine(
          `const logIn = login === undefined ? null : (line: ${line}) => login(new ${names.client}(line));`,
        );
        writer.writeLine(`return new ${names.client}(await ${connection}.open(${description}, options, logIn));`);
      });
    writer.blankLine();
    module.doc("What the connection is doing.");
    writer.write(`get state(): ${state} `).block(() => writer.writeLine("return this.#line.state;"));
    writer.blankLine();
    module.doc("Calls `listener` at every change of the state. Returns a function that ends the subscription.");
    writer.write(`onState(listener: (state: ${state}) => void): () => void `).block(() => {
      writer.writeLine("return this.#line.onState(listener);");
    });
    writer.blankLine();
    module.doc("Calls `listener` when pushes were lost for good. Returns a function that ends the subscription.");
    writer.write("onGap(listener: () => void): () => void ").block(() => {
      writer.writeLine("return this.#line.onGap(listener);");
    });
    writer.blankLine();
    module.doc("Closes for good. Calls in flight reject.");
    writer.write("close(): void ").block(() => writer.writeLine("this.#line.close();"));
  });
}

function printAssignment(
  module: ClientModule,
  type: ServerType,
  names: ClientTypeNames,
  routes: ReadonlyMap<string, string>,
): void {
  const { writer } = module;
  const route = (name: string) => module.import(routes.get(name)!, "./routes.js");
  const target = /^[A-Za-z_$][\w$]*$/.test(names.property)
    ? `.${names.property}`
    : `[${JSON.stringify(names.property)}]`;
  writer.write(`this${target} = `).inlineBlock(() => {
    for (const group of type.groups.filter(({ handlers }) => handlers.length > 0)) {
      writer.write(`${propertyKey(group.name)}: `).inlineBlock(() => {
        for (const { route: name, method, response } of group.handlers) {
          writer.writeLine(
            response === null
              ? `${propertyKey(method)}: (message) => line.notify(${route(name)}, message),`
              : `${propertyKey(method)}: (request, options) => line.request(${route(name)}, request, options),`,
          );
        }
      });
      writer.write(",").newLine();
    }
    for (const push of type.pushes) {
      const name = propertyKey(push.name);
      writer.writeLine(`${name}: (listener) => line.subscribe(${route(push.route)}, listener),`);
    }
  });
  writer.write(";").newLine();
}
