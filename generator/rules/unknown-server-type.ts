import { didYouMean } from "../../wire/did-you-mean.js";
import type { Rule } from "../rule.js";

export const unknownServerType: Rule = {
  id: "unknown-server-type",
  checks: "A gate chooses from a connector type that exists, and says which when there are several.",
  *check({ model, isWhole, sources }) {
    const complete = isWhole(model.position);
    const connectors = model.servers.filter(({ kind }) => kind === "connector").map(({ name }) => name);
    for (const { name, kind, connectorType, position } of model.servers) {
      if (kind !== "gate") continue;
      if (connectorType === null) {
        if (connectors.length < 2 || !complete) continue;
        yield {
          message: `${name} does not say from which connector type it chooses`,
          hint: `there are ${connectors.join(" and ")}: choose: leastLoaded({ of: "${connectors[0]}" })`,
          position: sources.part(position, 1, "choose"),
        };
        continue;
      }
      if (connectors.includes(connectorType)) continue;
      const other = model.servers.find((server) => server.name === connectorType);
      if (other === undefined && !complete) continue;
      yield {
        message:
          other === undefined
            ? `there is no server type "${connectorType}"`
            : `"${connectorType}" is a ${other.kind}, and a gate chooses connectors`,
        hint: didYouMean(connectorType, connectors) ?? `connector types: ${connectors.join(", ") || "none"}`,
        position: sources.part(position, 1, "choose", 0, "of"),
      };
    }
  },
};
