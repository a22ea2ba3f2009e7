/** `index.ts`: everything an application imports, each name once. */
import { exportLine, exportMessages } from "../message-homes.js";
import { hasHeaderFields } from "./header-fields.js";
import type { ServerSchema } from "./server-module.js";

export function printIndex({ model, names, homes }: ServerSchema): string {
  const lines = [
    'export { type Application, defineApplication } from "./application.js";\n',
    'export { ErrorCode, type ErrorName, failure } from "./errors.js";\n',
    ...(hasHeaderFields(model) ? ['export type { ReplyFields, RequestFields } from "./header-fields.js";\n'] : []),
    'export { manifest } from "./manifest.js";\n',
    'export type { Rpc } from "./rpc.js";\n',
  ];
  for (const type of model.servers) {
    const { module, session, context, remoteContext, scheduleContext, pushes, server } = names.types.get(type.name)!;
    const groups = type.groups.map(({ name }) => names.groups.get(`${type.name}.${name}`)!);
    const schedules = scheduleContext === null ? [] : [scheduleContext];
    const own = [session, context, remoteContext, ...schedules, pushes, server, ...groups];
    lines.push(exportLine("type ", own, `./${module}.js`));
  }
  for (const file of model.protoFiles) lines.push(exportMessages(file, homes, names.messages));
  return lines.join("");
}
