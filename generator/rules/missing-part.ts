import type { Rule } from "../rule.js";

export const missingPart: Rule = {
  id: "missing-part",
  checks: "A schema has a protocol, a gate and a connector.",
  *check({ model, isWhole, sources }) {
    if (!isWhole(model.position)) return;
    if (model.protocols.length === 0) {
      const position = sources.part(model.position, 0, "protocols");
      yield { message: "the schema has no protocol", hint: "protocols: { main: protocol({ ... }) }", position };
    }
    for (const kind of ["gate", "connector"] as const) {
      if (model.servers.some((server) => server.kind === kind)) continue;
      yield {
        message: `the schema has no ${kind}`,
        hint: `clients come in through one: ${kind}("${kind}", { typeId: ... })`,
        position: sources.part(model.position, 0, "servers"),
      };
    }
  },
};
