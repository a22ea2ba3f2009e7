import type { BreakingRule } from "../breaking-rule.js";
import { own } from "../compatibility/comparison.js";
import { typeSubject } from "../compatibility/source-pairs.js";

export const messageRemoved: BreakingRule = {
  id: "message-removed",
  level: "wire",
  checks: "A message that a route carried is still there.",
  *check(comparison) {
    const { previous, current } = comparison;
    const carried = new Map<string, string>();
    for (const { former, previous: was } of comparison.routes) {
      for (const message of [was.message, was.response]) {
        // A body that is no message but bytes has no entry.
        if (message === undefined || own(previous.facts.messages, message) === undefined) continue;
        if (!carried.has(message)) carried.set(message, former);
      }
    }
    for (const [message, route] of carried) {
      if (comparison.typeNow(message) !== null) continue;
      const place = previous.places?.type(message) ?? null;
      yield {
        message: `${message} is gone, which ${route} carried`,
        hint: "whoever still sends it is not understood: keep it, and the route, until nobody does",
        position: current.places.aroundType(message, place?.file),
        previous: place,
        serversOnly: comparison.isBetweenServers(message),
        subject: typeSubject(message),
      };
    }
  },
};
