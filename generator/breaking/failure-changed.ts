import type { BreakingRule } from "../breaking-rule.js";
import type { RouteFacts } from "../facts.js";

export const failureChanged: BreakingRule = {
  id: "failure-changed",
  level: "wire",
  checks: "Where no header field says so, a route tells of failures in the same field of its response.",
  *check({ routes, previous, current }) {
    for (const { former, name, previous: was, current: is } of routes) {
      if (is === null || is.kind !== was.kind || is.failure === was.failure) continue;
      yield {
        message: `${name} told of failures ${describe(was)}, and does so ${describe(is)}`,
        hint: "old clients look for the code where it was: keep it there",
        position: current.places.route(name, "failure")!,
        previous: previous.places?.route(former, "failure") ?? null,
      };
    }
  },
};

function describe({ failure, response }: RouteFacts): string {
  if (failure === undefined) return "in the header";
  return failure === "silent" ? "not at all" : `in field ${failure} of ${response}`;
}
