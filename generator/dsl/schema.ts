/** The schema itself: what `schema/index.ts` exports as default. */
import type { SchemaDefinition, SchemaOptions } from "./definition.js";
import { callSite } from "./site.js";

/** Puts everything together. Its result is the default export of `schema/index.ts`. */
export function defineSchema(options: SchemaOptions): SchemaDefinition {
  return { definition: "schema", options, site: callSite(defineSchema) };
}
