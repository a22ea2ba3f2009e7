/** The number a schema is known by on the wire: two schemas with the same one understand each other. */
import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical-json.js";
import type { Facts } from "./facts.js";

/** 16 hexadecimal digits: the first 8 bytes of SHA-256 over the canonical JSON of the facts. */
export function schemaHash(facts: Facts): string {
  return createHash("sha256").update(canonicalJson(facts)).digest("hex").slice(0, 16);
}
