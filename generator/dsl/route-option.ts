/** Which options the kinds of routes have. A rule says why a kind has no use for one, so the shape check leaves those to it. */

export type RouteKind = "request" | "notify" | "push" | "rpc";

const HANDLERS: readonly RouteKind[] = ["request", "notify"];

/** Option to the kinds that have it. */
export const ROUTE_OPTIONS: ReadonlyMap<string, readonly RouteKind[]> = new Map([
  ["public", HANDLERS],
  ["timeout", ["request", "notify", "rpc"]],
  ["rate", HANDLERS],
  ["maxBytes", HANDLERS],
  ["order", HANDLERS],
  ["reply", ["request"]],
  ["failure", ["request"]],
  ["overflow", ["push"]],
  ["was", ["request", "notify", "push", "rpc"]],
]);

const KINDS: readonly string[] = ["request", "notify", "push", "rpc"];

/** Whether `definition` makes a route, and `option` is one that some kind of route has. */
export function isRouteOption(definition: string, option: string): boolean {
  return KINDS.includes(definition) && ROUTE_OPTIONS.has(option);
}
