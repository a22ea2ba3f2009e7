import type { Layout } from "../model.js";
import type { Rule } from "../rule.js";

/** Properties of header objects by the role that brings them. */
const PROPERTIES: ReadonlyMap<string, string> = new Map([
  ...["length", "sequence", "messageId", "service", "serverType", "compressed", "encrypted", "errorCode"].map(own),
  ...["flags", "version", "source", "target", "clientIp", "checksum", "timestamp", "userId", "roleId"].map(own),
  ...["timestamp", "userId", "roleId"].flatMap((role): [string, string][] => [
    [`${role}High`, role],
    [`${role}Low`, role],
  ]),
]);

const FRAME: ReadonlySet<string> = new Set(["bodyStart", "bodyEnd"]);

function own(role: string): [string, string] {
  return [role, role];
}

export const layoutField: Rule = {
  id: "layout-field",
  checks: "A field without a role is not called like a property that a role gives to header objects.",
  *check({ model, sources }) {
    const layouts: Layout[] = [
      ...model.protocols.flatMap(({ request, response }) => [request, response]),
      model.internal,
    ];
    for (const { name, role, type, position } of layouts.flatMap(({ fields }) => fields)) {
      if (role !== null || type.kind === "constant" || type.kind === "reserved") continue;
      const owner = PROPERTIES.get(name);
      if (owner !== undefined) {
        yield {
          message: `"${name}" is the name of the role ${owner}, which the field does not have`,
          hint: `give it the role, role.${owner}(), or another name`,
          position: sources.nameOf(position),
        };
      } else if (FRAME.has(name)) {
        const hint = "give the field another name";
        yield { message: `"${name}" is a property of every header`, hint, position: sources.nameOf(position) };
      }
    }
  },
};
