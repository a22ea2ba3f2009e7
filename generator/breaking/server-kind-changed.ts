import type { BreakingRule } from "../breaking-rule.js";
import { own } from "../compatibility/comparison.js";

export const serverKindChanged: BreakingRule = {
  id: "server-kind-changed",
  level: "route",
  checks: "A gate stays a gate, a connector a connector, a backend a backend.",
  *check(comparison) {
    const { previous, current } = comparison;
    for (const [name, was] of Object.entries(previous.facts.servers)) {
      const is = own(current.facts.servers, name);
      if (is === undefined || is.kind === was.kind) continue;
      yield {
        message: `${name} was a ${was.kind}, and is a ${is.kind}`,
        hint: "declare a new server type beside it",
        position: current.places.server(name)!,
        previous: previous.places?.server(name) ?? null,
        serversOnly: comparison.isHidden(name),
      };
    }
  },
};
