/** The fields of a layout, by their form on the wire. A field may have a meaning: a role, a constant, or none on purpose (`reserved`). */
import type {
  ConstantDefinition,
  FieldDefinition,
  FieldForm,
  FieldOptions,
  NumberRole,
  ReservedDefinition,
  RoleDefinition,
  TextRole,
  UserRole,
  WideRole,
} from "./definition.js";
import { callSite } from "./site.js";

/** Makes a field without a role, or with one of `Meaning`. */
export interface FieldMaker<Meaning> {
  (options?: FieldOptions): FieldDefinition;
  (meaning: Meaning, options?: FieldOptions): FieldDefinition;
}

type UnsignedMeaning = RoleDefinition<NumberRole> | ConstantDefinition | ReservedDefinition;
type WideMeaning = RoleDefinition<WideRole> | ReservedDefinition;

function maker<Meaning>(name: string, form: FieldForm): FieldMaker<Meaning> {
  const make = (...args: unknown[]) => field(name, form, args, make);
  return make as FieldMaker<Meaning>;
}

function field(name: string, form: FieldForm, args: unknown[], callee: (...args: never[]) => unknown): FieldDefinition {
  const [meaning, options] = isMeaning(args[0]) ? args : [undefined, ...args];
  return { definition: "field", name, form, meaning, options, site: callSite(callee) } as FieldDefinition;
}

function isMeaning(value: unknown): boolean {
  return typeof value === "object" && value !== null && "definition" in value;
}

/** An unsigned byte. */
export const u8 = maker<UnsignedMeaning>("u8", { kind: "integer", signed: false, bits: 8 });
/** Unsigned, 16 bits. */
export const u16 = maker<UnsignedMeaning>("u16", { kind: "integer", signed: false, bits: 16 });
/** Unsigned, 24 bits. */
export const u24 = maker<UnsignedMeaning>("u24", { kind: "integer", signed: false, bits: 24 });
/** Unsigned, 32 bits. */
export const u32 = maker<UnsignedMeaning | RoleDefinition<UserRole>>("u32", {
  kind: "integer",
  signed: false,
  bits: 32,
});
/** Unsigned, 64 bits. */
export const u64 = maker<WideMeaning>("u64", { kind: "integer", signed: false, bits: 64 });
/** A signed byte. */
export const i8 = maker<ReservedDefinition>("i8", { kind: "integer", signed: true, bits: 8 });
/** Signed, 16 bits. */
export const i16 = maker<ReservedDefinition>("i16", { kind: "integer", signed: true, bits: 16 });
/** Signed, 24 bits. */
export const i24 = maker<ReservedDefinition>("i24", { kind: "integer", signed: true, bits: 24 });
/** Signed, 32 bits. */
export const i32 = maker<ReservedDefinition>("i32", { kind: "integer", signed: true, bits: 32 });
/** Signed, 64 bits. */
export const i64 = maker<WideMeaning>("i64", { kind: "integer", signed: true, bits: 64 });
/** IEEE 754, 32 bits. */
export const f32 = maker<ReservedDefinition>("f32", { kind: "float", bits: 32 });
/** IEEE 754, 64 bits. */
export const f64 = maker<ReservedDefinition>("f64", { kind: "float", bits: 64 });

/** Exactly `size` bytes. */
export function bytes(size: number, options?: FieldOptions): FieldDefinition;
export function bytes(
  size: number,
  meaning: RoleDefinition<"checksum"> | ReservedDefinition,
  options?: FieldOptions,
): FieldDefinition;
export function bytes(size: number, ...args: unknown[]): FieldDefinition {
  return field("bytes", { kind: "bytes", size }, args, bytes);
}

/** The width of the length in front of a text or of bytes. */
export type PrefixWidth = "u8" | "u16" | "u32";

const PREFIXES = new Map<string, 8 | 16 | 32>([
  ["u8", 8],
  ["u16", 16],
  ["u32", 32],
]);

// What is no width stays as it is, for the shape check to show.
const prefixBits = (prefix: PrefixWidth) => PREFIXES.get(prefix) ?? (prefix as never);

/** UTF-8 text with its length in bytes in front of it: `prefixedText("u8")`. */
export function prefixedText(prefix: PrefixWidth, options?: FieldOptions): FieldDefinition;
export function prefixedText(
  prefix: PrefixWidth,
  meaning: RoleDefinition<TextRole>,
  options?: FieldOptions,
): FieldDefinition;
export function prefixedText(prefix: PrefixWidth, ...args: unknown[]): FieldDefinition {
  return field("prefixedText", { kind: "prefixedText", prefix: prefixBits(prefix) }, args, prefixedText);
}

/** Bytes with their number in front of them: `prefixedBytes("u16")`. */
export function prefixedBytes(prefix: PrefixWidth, options?: FieldOptions): FieldDefinition {
  return field("prefixedBytes", { kind: "prefixedBytes", prefix: prefixBits(prefix) }, [options], prefixedBytes);
}
