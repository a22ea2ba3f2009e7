/** `<serverType>.ts`: what the code of one server type is given, and the interfaces its groups implement. */
import type { Group, ServerType } from "../../model.js";
import { propertyKey } from "../../print/names.js";
import { ServerModule, type ServerSchema } from "./server-module.js";

const HANDLES = { gate: "GateServer", connector: "ConnectorServer", backend: "BackendServer" } as const;

export function printServerType(schema: ServerSchema, type: ServerType): string {
  const names = schema.names.types.get(type.name)!;
  const groupNames = type.groups.map(({ name }) => schema.names.groups.get(`${type.name}.${name}`)!);
  const { session, context, remoteContext, scheduleContext, pushes, server } = names;
  const own = [session, context, remoteContext, ...(scheduleContext === null ? [] : [scheduleContext]), pushes, server];
  const module = new ServerModule(schema, [...own, ...groupNames]);
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
  if (scheduleContext !== null) {
    module.doc(`What a schedule of ${type.name} is given.`);
    writer.writeLine(`export type ${scheduleContext} = ${module.runtimeType("ScheduleContext")};`);
    writer.blankLine();
  }
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
  const { context, remoteContext, scheduleContext } = schema.names.types.get(type.name)!;
  module.doc(`The ${listed(kindsIn(group))} of \`${type.name}.${group.name}\`.`);
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
      for (const schedule of group.schedules) {
        module.doc(schedule.doc);
        module.writer.writeLine(`${propertyKey(schedule.method)}(context: ${scheduleContext}): void | Promise<void>;`);
      }
    });
}

function kindsIn({ handlers, remotes, schedules }: Group): string[] {
  const kinds = { routes: handlers, remotes, schedules };
  return Object.entries(kinds).flatMap(([kind, methods]) => (methods.length > 0 ? [kind] : []));
}

/** `routes`, `routes and remotes`, `routes, remotes and schedules`. */
function listed(words: readonly string[]): string {
  const last = words.at(-1)!;
  return words.length === 1 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}

function method(name: string, parameter: string, context: string, answer: string): string {
  return `${propertyKey(name)}(${parameter}, context: ${context}): ${answer} | Promise<${answer}>;`;
}
