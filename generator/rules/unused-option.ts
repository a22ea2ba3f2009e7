import { ROUTE_OPTIONS } from "../dsl/route-option.js";
import { ARGUMENT, type Rule } from "../rule.js";

const REASONS: ReadonlyMap<string, string> = new Map([
  ["public", "it lets sessions without a uid call a handler"],
  ["timeout", "nobody waits for a push"],
  ["rate", "it bounds what clients send"],
  ["maxBytes", "it bounds what clients send"],
  ["order", "it says which requests of clients wait for one another"],
  ["overflow", "it says what happens to pushes for a client that does not keep up"],
]);

export const unusedOption: Rule = {
  id: "unused-option",
  checks: "No route has an option that its kind has no use for.",
  *check({ routeFacts, sources }) {
    for (const { route, kind, options, position } of routeFacts) {
      const argument = ARGUMENT[kind].options;
      for (const [option, value] of Object.entries(options)) {
        const kinds = ROUTE_OPTIONS.get(option);
        if (kinds !== undefined && !kinds.includes(kind)) {
          yield {
            message: `"${option}" has no use on ${route}, which is made by ${kind}()`,
            hint: `${REASONS.get(option)}; it belongs to ${kinds.map((other) => `${other}()`).join(", ")}`,
            position: sources.part(position, argument, option),
          };
        }
        if (option === "rate" && kind === "request" && (value as { over?: unknown } | null)?.over === "drop") {
          yield {
            message: `over: "drop" has no use on ${route}, which is made by request()`,
            hint: "a request is always answered, over its rate with RATE_LIMITED; only a notify can be dropped",
            position: sources.part(position, argument, "rate", "over"),
          };
        }
      }
    }
  },
};
