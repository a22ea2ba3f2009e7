import type { BreakingRule } from "../breaking-rule.js";
import { own } from "../compatibility/comparison.js";

export const typeIdChanged: BreakingRule = {
  id: "type-id-changed",
  level: "route",
  checks: "A server type keeps its number in headers.",
  *check(comparison) {
    const { previous, current } = comparison;
    for (const [name, was] of Object.entries(previous.facts.servers)) {
      const is = own(current.facts.servers, name);
      if (is === undefined || is.typeId === was.typeId) continue;
      yield {
        message: `${name} had type id ${was.typeId}, and has ${is.typeId}`,
        hint: `old clients address it by ${was.typeId}: give it that number back`,
        position: current.places.server(name, "typeId")!,
        previous: previous.places?.server(name, "typeId") ?? null,
        serversOnly: comparison.isHidden(name),
      };
    }
  },
};
