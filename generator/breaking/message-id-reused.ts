import type { BreakingRule } from "../breaking-rule.js";
import type { RouteFacts } from "../facts.js";
import { showKey } from "../rule.js";

export const messageIdReused: BreakingRule = {
  id: "message-id-reused",
  level: "wire",
  checks: "A message id does not come to mean another route.",
  *check({ routes, previous, current }) {
    const heirs = new Map(routes.map(({ former, name, current: is }) => [former, is === null ? null : name]));
    const owners = new Map<string, string>();
    for (const { former, previous: was } of routes) for (const key of keysOf(was)) owners.set(key, former);
    for (const [route, is] of Object.entries(current.facts.routes)) {
      const owner = keysOf(is)
        .map((key) => owners.get(key))
        .find((former) => former !== undefined && heirs.get(former) !== route);
      if (owner === undefined) continue;
      yield {
        message: `message id ${showKey(is.id!)} meant ${owner}, and means ${route}`,
        hint: `give ${route} an id that was never used; if it is ${owner} under a new name, add { was: "${owner}" }`,
        position: current.places.route(route, "id")!,
        previous: previous.places?.route(owner, "id") ?? null,
      };
    }
  },
};

/** An id means one thing from client to server, and one from server to client. */
function keysOf({ kind, id, reply }: RouteFacts): string[] {
  if (id === undefined) return [];
  const up = `up ${id.join(",")}`;
  const down = `down ${(reply ?? id).join(",")}`;
  if (kind === "request") return [up, down];
  return [kind === "push" ? down : up];
}
