import type { Rule } from "../rule.js";

export const protoName: Rule = {
  id: "proto-name",
  checks: "No two fields of a message have the same name in a program.",
  *check({ model }) {
    for (const { fullName, fields } of model.protoFiles.flatMap(({ messages }) => messages)) {
      const owners = new Map<string, string>();
      for (const { name, protoName: written, position } of fields) {
        const owner = owners.get(name);
        owners.set(name, written);
        if (owner === undefined) continue;
        yield {
          message: `"${written}" and "${owner}" of ${fullName} are both called "${name}" in a program`,
          hint: "give one of them another name",
          position,
        };
      }
    }
  },
};
