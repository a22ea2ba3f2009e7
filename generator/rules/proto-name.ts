import type { Rule } from "../rule.js";

export const protoName: Rule = {
  id: "proto-name",
  checks: "No two fields of a message have the same name in a program or in JSON.",
  *check({ model }) {
    for (const { fullName, fields } of model.protoFiles.flatMap(({ messages }) => messages)) {
      const owners = new Map<string, string>();
      const jsonOwners = new Map<string, string>();
      for (const { name, jsonName, protoName: written, position } of fields) {
        const owner = owners.get(name);
        const jsonOwner = jsonOwners.get(jsonName);
        owners.set(name, written);
        jsonOwners.set(jsonName, written);
        const other = owner ?? jsonOwner;
        if (other === undefined) continue;
        const called = owner === undefined ? `"${jsonName}" in JSON` : `"${name}" in a program`;
        yield {
          message: `"${written}" and "${other}" of ${fullName} are both called ${called}`,
          hint: "give one of them another name",
          position,
        };
      }
    }
  },
};
