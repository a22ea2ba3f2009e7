/** `rpc.ts`: how servers call each other's remotes. */
import type { Remote, ServerType } from "../../model.js";
import { propertyKey } from "../../print/names.js";
import { ServerModule, type ServerSchema } from "./server-module.js";

export function printRpc(schema: ServerSchema): string {
  const module = new ServerModule(schema, ["Rpc"]);
  const { writer } = module;
  const types = schema.model.servers.filter(({ groups }) => groups.some(({ remotes }) => remotes.length > 0));
  module.doc(
    "Calls remotes, by server type, group and name. Rejects with `Failure`: what the remote threw, or why there is no answer.",
  );
  writer.write("export interface Rpc ").block(() => {
    for (const type of types) {
      module.doc(type.doc);
      writer.write(`readonly ${propertyKey(type.name)}: `).inlineBlock(() => {
        for (const group of type.groups.filter(({ remotes }) => remotes.length > 0)) {
          writer.write(`readonly ${propertyKey(group.name)}: `).inlineBlock(() => {
            for (const remote of group.remotes) printRemote(module, type, remote);
          });
          writer.write(";").newLine();
        }
      });
      writer.write(";").newLine();
    }
  });
  return module.toString();
}

function printRemote(module: ServerModule, type: ServerType, remote: Remote): void {
  module.doc(remote.doc);
  const target = `to${needsTarget(type) ? "" : "?"}: ${module.runtimeType("RpcTarget")}<${module.sessionData()}>`;
  const options = `options?: ${module.runtimeType("CallOptions")}`;
  const response = module.message(remote.response);
  module.writer.writeLine(
    `${propertyKey(remote.method)}(request: ${module.message(remote.request)}, ${target}, ${options}): Promise<${response}>;`,
  );
}

/** Whether the type's rule asks for something that is neither in the request nor in the servers' state. */
function needsTarget({ routeBy }: ServerType): boolean {
  return routeBy !== null && ["uid", "sessionData", "server"].includes(routeBy.kind);
}
