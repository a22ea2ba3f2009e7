import type { Rule } from "../rule.js";

const INTERNAL: ReadonlySet<string> = new Set(["source", "target", "userId", "roleId", "clientIp"]);

export const rolePlace: Rule = {
  id: "role-place",
  checks:
    "A layout has a role once, service only in a two-part key, and roles about servers and users only between servers.",
  *check({ model }) {
    for (const { name: protocol, request, response, key } of model.protocols) {
      for (const { name, role, position } of key.length === 1 ? [...request.fields, ...response.fields] : []) {
        if (role?.kind !== "service") continue;
        yield {
          message: `"${name}" has the role service, which is no part of the key of ${protocol}`,
          hint: 'key: ["service", "messageId"]',
          position,
        };
      }
    }
    const client = model.protocols.flatMap(({ request, response }) => [request, response]);
    for (const layout of [...client, model.internal]) {
      const seen = new Set<string>();
      for (const { name, role, position } of layout.fields) {
        if (role === null) continue;
        if (seen.has(role.kind)) {
          yield {
            message: `"${name}" has the role ${role.kind}, which another field has already`,
            hint: null,
            position,
          };
        }
        seen.add(role.kind);
        if (layout !== model.internal && INTERNAL.has(role.kind)) {
          yield {
            message: `"${name}" has the role ${role.kind}, which only the internal layout can have`,
            hint: "clients are told apart by their sessions; leave the role out if the field is the application's own",
            position,
          };
        }
      }
    }
  },
};
