/** How the server for a key is found, and how a gate picks a connector. */
import type { ChoiceDefinition, ChoiceOptions, RoutingDefinition } from "./definition.js";
import { callSite } from "./site.js";

/** By the session's uid: the same user always reaches the same server, and adding a server moves few users. */
export function uid(): RoutingDefinition<"uid"> {
  return { definition: "routing", rule: "uid", site: callSite(uid) };
}

/** By a field of the session's data: sessions with the same value reach the same server. */
export function sessionData(field: string): RoutingDefinition<"sessionData"> {
  return { definition: "routing", rule: "sessionData", field, site: callSite(sessionData) };
}

/** By a field that every request to this type has. The connector reads that one field of the body. */
export function messageField(field: string): RoutingDefinition<"messageField"> {
  return { definition: "routing", rule: "messageField", field, site: callSite(messageField) };
}

/** To the server whose id a text field of the session's data holds. It stays there when servers come and go. */
export function server(field: string): RoutingDefinition<"server"> {
  return { definition: "routing", rule: "server", field, site: callSite(server) };
}

/** To the server with the least to do: a backend's `routeBy`, or a gate's `choose`. */
export function leastLoaded(): RoutingDefinition<"leastLoaded"> & ChoiceDefinition<"leastLoaded">;
/** A gate's `choose`: the connector of the type `of` with the least to do. */
export function leastLoaded(options: ChoiceOptions): ChoiceDefinition<"leastLoaded">;
export function leastLoaded(options?: ChoiceOptions): ChoiceDefinition<"leastLoaded"> {
  return { definition: "routing", rule: "leastLoaded", options, site: callSite(leastLoaded) };
}

/** To one server after the other: a backend's `routeBy`, or a gate's `choose`. */
export function roundRobin(): RoutingDefinition<"roundRobin"> & ChoiceDefinition<"roundRobin">;
/** A gate's `choose`: one connector of the type `of` after the other. */
export function roundRobin(options: ChoiceOptions): ChoiceDefinition<"roundRobin">;
export function roundRobin(options?: ChoiceOptions): ChoiceDefinition<"roundRobin"> {
  return { definition: "routing", rule: "roundRobin", options, site: callSite(roundRobin) };
}

/** A gate's `choose`: the same uid always gets the same connector. */
export function hash(options?: ChoiceOptions): ChoiceDefinition<"hash"> {
  return { definition: "routing", rule: "hash", options, site: callSite(hash) };
}
