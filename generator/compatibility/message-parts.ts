/** Questions about the parts of messages and enums, as their facts tell them. */
import type { Facts, FieldFacts, MessageFacts, ReservedFacts, Table } from "../facts.js";

export function isReserved({ reserved }: { readonly reserved?: ReservedFacts | undefined }, number: number): boolean {
  return (reserved?.numbers ?? []).some(([from, to]) => from <= number && number <= to);
}

export function isReservedName({ reserved }: { readonly reserved?: ReservedFacts | undefined }, name: string): boolean {
  return (reserved?.names ?? []).includes(name);
}

/** Null when no field is called `name`. */
export function numberOfName({ fields }: MessageFacts, name: string): number | null {
  for (const [number, field] of Object.entries(fields)) if (field.name === name) return Number(number);
  return null;
}

export type Cardinality = "single" | "repeated" | "map";

export function cardinality({ presence, key }: FieldFacts): Cardinality {
  if (key !== undefined) return "map";
  return presence === "repeated" ? presence : "single";
}

/** Types of one group have the same bytes for the values that both can have. */
const GROUPS: readonly (readonly string[])[] = [
  ["int32", "int64", "uint32", "uint64", "bool"],
  ["sint32", "sint64"],
  ["string", "bytes"],
  ["fixed32", "sfixed32"],
  ["fixed64", "sfixed64"],
];

/** What a field's value is on the wire. An enum is an int32 there; a message stands for itself. */
export function wireGroup(type: string, enums: Table<unknown>): string {
  const scalar = Object.hasOwn(enums, type) ? "int32" : type;
  return GROUPS.find((group) => group.includes(scalar))?.[0] ?? scalar;
}

/** Numbers of the fields that exclude each other with field `number`, itself included. */
export function excludedWith({ fields }: MessageFacts, number: number): number[] {
  const own = fields[number]?.oneof;
  if (own === undefined) return [number];
  return Object.entries(fields).flatMap(([other, { oneof }]) => (oneof === own ? [Number(other)] : []));
}

/** Whether some protocol writes its bodies in JSON. */
export function writesJson({ protocols }: Facts): boolean {
  return Object.values(protocols).some(({ body }) => body === "json");
}
