import { lockKey, renamed } from "../lock.js";
import { ARGUMENT, type Rule, showKey } from "../rule.js";

export const retiredId: Rule = {
  id: "retired-id",
  checks: "An id that the lock file knows keeps the meaning it has always had, also after its route is gone.",
  *check({ lock, lockedRoutes, routeFacts, sources }) {
    if (lock === null) return;
    const { messages } = renamed(lock, lockedRoutes);
    const facts = new Map(routeFacts.map((fact) => [fact.route, fact]));
    for (const { route, up, down } of lockedRoutes) {
      for (const [key, direction] of [[up, "up"] as const, [down, "down"] as const]) {
        const former = key === null ? undefined : messages[direction].get(lockKey(key));
        if (key === null || former === undefined || former === route) continue;
        // Both are in the schema under the same id: that is another rule's finding.
        if (lockedRoutes.some((other) => other.route === former && sameKey(other[direction], key))) continue;
        const { position, kind, options } = facts.get(route)!;
        const isReply = direction === "down" && kind === "request" && "reply" in options;
        yield {
          message: `message id ${showKey(key)} meant ${former}, and cannot mean ${route}`,
          hint: `take an id that was never used; if the route was only renamed, add { was: "${former}" }`,
          position: isReply
            ? sources.part(position, ARGUMENT.request.options, "reply")
            : sources.part(position, ARGUMENT.id),
        };
        break;
      }
    }
  },
};

function sameKey(a: readonly number[] | null, b: readonly number[]): boolean {
  return a !== null && lockKey(a) === lockKey(b);
}
