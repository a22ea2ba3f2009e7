/** `application.ts`: the shape of the users' `app/index.ts`, and what makes it runnable. */
import { propertyKey } from "../../print/names.js";
import { ServerModule, type ServerSchema } from "./server-module.js";

export function printApplication(schema: ServerSchema): string {
  const module = new ServerModule(schema, ["Application", "defineApplication", "application", "everywhere"]);
  const { writer } = module;
  const data = module.sessionData();
  const filters = `${module.runtimeType("Filters")}<${data}>`;
  module.doc(
    "By server type: the classes that answer for its groups, and the filters around its handlers and remotes.",
  );
  writer.write("export interface Application ").block(() => {
    for (const type of schema.model.servers) {
      const names = schema.names.types.get(type.name)!;
      module.doc(type.doc);
      writer.write(`readonly ${propertyKey(type.name)}: ${filters} & `).inlineBlock(() => {
        writer.write("readonly groups: ").inlineBlock(() => {
          for (const group of type.groups) {
            const name = module.ofType(type.name, schema.names.groups.get(`${type.name}.${group.name}`)!);
            const server = module.ofType(type.name, names.server);
            writer.writeLine(
              `readonly ${propertyKey(group.name)}: ${module.runtimeType("GroupClass")}<${server}, ${name}>;`,
            );
          }
        });
        writer.write(";").newLine();
      });
      writer.write(";").newLine();
    }
  });
  writer.blankLine();
  module.doc("What `app/index.ts` exports. Filters in `everywhere` are around those of the server types.");
  const runnable = module.runtimeType("RunnableApplication");
  writer
    .write(`export function defineApplication(application: Application, everywhere: ${filters} = {}): ${runnable} `)
    .block(() => {
      writer.writeLine(
        `return { ${module.import("manifest", "./manifest.js")}, servers: { ...application }, everywhere };`,
      );
    });
  return module.toString();
}
