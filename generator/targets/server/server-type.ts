/** `<serverType>.ts`: what the code of one server type is given, and the interfaces its groups implement. */
import type { Group, ServerType } from "../../model.js";
import { propertyKey } from "../../print/names.js";
import { ServerModule, type ServerSchema } from "./server-module.js";

const HANDLES = { gate: "GateServer", connector: "ConnectorServer", backend: "BackendServer" } as const;

export function printServerType(schema: ServerSchema, type: ServerType): string {
  const names = schema.names.types.get(type.name)!;
  const groupNames = type.groups.map(({ name }) => schema.names.groups.get(`${type.name}.${name}`)!);
  const { session, context, remoteContext, pushes, server } = names;
  const module = new ServerModule(schema, [session, context, remoteContext, pushes, server, ...groupNames]);
  const data = module.sessionData();
  const { writer } = module;
  const alias = (name: string, runtimeName: string, parameters: string) => {
    writer.writeLine(`export type ${name} = ${module.runtimeType(runtimeName)}<${parameters}>;`);
  };
  module.doc("A client's session.");
  alias(session, "Session", data);
  writer.blankLine();
  module.doc(`What a handler of ${type.name} is given beside the message.`);
  alias(context, "HandlerContext", module.contextParameters());
  writer.blankLine();
  module.doc(`What a remote of ${type.name} is given beside the request.`);
  alias(remoteContext, "RemoteContext", data);
  writer.blankLine();
  printPushes(module, type, pushes, data);
  module.doc([`What a server of type ${type.name} offers its groups.`, type.doc].join("\n\n"));
  alias(server, HANDLES[type.kind], `${data}, ${pushes}, ${module.importType("Rpc", "./rpc.js")}`);
  type.groups.forEach((group, index) => {
    writer.blankLine();
    printGroup(module, schema, type, group, groupNames[index]!, data);
  });
  return module.toString();
}

function printPushes(module: ServerModule, type: ServerType, name: string, data: string): void {
  module.doc(`What servers of type ${type.name} tell clients.`);
  if (type.pushes.length === 0) {
    module.writer.writeLine(`export interface ${name} {}`).blankLine();
    return;
  }
  module.writer.write(`export interface ${name} `).block(() => {
    for (const push of type.pushes) {
      module.doc(push.doc);
      const sender = `${module.runtimeType("PushSender")}<${module.message(push.message)}, ${data}>`;
      module.writer.writeLine(`readonly ${propertyKey(push.name)}: ${sender};`);
    }
  });
  module.writer.blankLine();
}

function printGroup(
  module: ServerModule,
  schema: ServerSchema,
  type: ServerType,
  group: Group,
  name: string,
  data: string,
): void {
  const { context, remoteContext } = schema.names.types.get(type.name)!;
  const kinds = [group.handlers.length > 0 ? "routes" : "", group.remotes.length > 0 ? "remotes" : ""];
  module.doc(`The ${kinds.filter((kind) => kind !== "").join(" and ")} of \`${type.name}.${group.name}\`.`);
  module.writer
    .write(`export interface ${name} extends ${module.runtimeType("GroupLifecycle")}<${data}> `)
    .block(() => {
      for (const handler of group.handlers) {
        module.doc(handler.doc);
        const parameter = `${handler.kind === "request" ? "request" : "message"}: ${module.message(handler.request)}`;
        const answer = handler.response === null ? "void" : module.message(handler.response);
        module.writer.writeLine(`${method(handler.method, parameter, context, answer)}`);
      }
      for (const remote of group.remotes) {
        module.doc(remote.doc);
        const parameter = `request: ${module.message(remote.request)}`;
        module.writer.writeLine(method(remote.method, parameter, remoteContext, module.message(remote.response)));
      }
    });
}

function method(name: string, parameter: string, context: string, answer: string): string {
  return `${propertyKey(name)}(${parameter}, context: ${context}): ${answer} | Promise<${answer}>;`;
}
