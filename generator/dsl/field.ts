/** The fields of a layout, by their form on the wire. A field may have a meaning: a role, a constant, or none on purpose (`reserved`). */
import type {
  BitDefinition,
  BitOptions,
  BitsDefinition,
  BitsOptions,
  BitsRole,
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

/** Base 128, as in protobuf: unsigned, 32 bits in one to five bytes. */
export const varint = maker<RoleDefinition<NumberRole> | RoleDefinition<UserRole>>("varint", {
  kind: "varint",
  bits: 32,
});
/** One visible character of ASCII; its value is the character's code. For text framings. */
export const char = maker<RoleDefinition<NumberRole>>("char", { kind: "char" });

/** A whole number from 0 on in decimal digits, up to a delimiter: `decimal("/")`. For text framings. */
export function decimal(delimiter: string, options?: FieldOptions): FieldDefinition;
export function decimal(
  delimiter: string,
  meaning: RoleDefinition<NumberRole>,
  options?: FieldOptions,
): FieldDefinition;
export function decimal(delimiter: string, ...args: unknown[]): FieldDefinition {
  return field("decimal", { kind: "decimal", delimiter }, args, decimal);
}

export interface UntilOptions extends FieldOptions {
  /** Bytes of the longest text. 255 unless given. */
  readonly most?: number;
}

/** Text up to a delimiter: `until("/")`. For text framings. */
export function until(delimiter: string, options?: UntilOptions): FieldDefinition;
export function until(delimiter: string, meaning: RoleDefinition<TextRole>, options?: UntilOptions): FieldDefinition;
export function until(delimiter: string, ...args: unknown[]): FieldDefinition {
  return field("until", { kind: "until", delimiter, most: 0 }, args, until);
}

/** The width of the length in front of a text or of bytes. */
export type PrefixWidth = "u8" | "u16" | "u32";

const PREFIXES = new Map<unknown, 8 | 16 | 32>([
  ["u8", 8],
  ["u16", 16],
  ["u32", 32],
]);

/** Exactly `size` bytes; or as many as a length in front of them says: `bytes("u16")`. */
export function bytes(size: number | PrefixWidth, options?: FieldOptions): FieldDefinition;
export function bytes(
  size: number,
  meaning: RoleDefinition<"checksum"> | ReservedDefinition,
  options?: FieldOptions,
): FieldDefinition;
export function bytes(size: number | PrefixWidth, ...args: unknown[]): FieldDefinition {
  const prefix = PREFIXES.get(size);
  // What is neither stays as it is, for the shape check to show.
  const form =
    prefix === undefined
      ? { kind: "bytes" as const, size: size as number }
      : { kind: "prefixedBytes" as const, prefix };
  return field("bytes", form, args, bytes);
}

export interface TextOptions extends FieldOptions {
  /** The character that fills what text of a fixed size leaves. `"\0"` unless given. */
  readonly pad?: string;
}

/**
 * UTF-8 text in exactly `size` bytes, padded behind; or as many as a length in front of it says: `text("u8")`.
 */
export function text(size: number, options?: TextOptions): FieldDefinition;
export function text(size: PrefixWidth, options?: FieldOptions): FieldDefinition;
export function text(size: number, meaning: RoleDefinition<TextRole>, options?: TextOptions): FieldDefinition;
export function text(size: PrefixWidth, meaning: RoleDefinition<TextRole>, options?: FieldOptions): FieldDefinition;
export function text(size: number | PrefixWidth, ...args: unknown[]): FieldDefinition {
  const prefix = PREFIXES.get(size);
  const form =
    prefix === undefined
      ? { kind: "text" as const, size: size as number, pad: 0 }
      : { kind: "prefixedText" as const, prefix };
  return field("text", form, args, text);
}

/**
 * Several fields that share one to four whole bytes, in order from the highest bits or from the lowest.
 *
 * ```ts
 * flag: bits({ first: "lowest" }, { routeIsCode: bit(1), kind: bit(3, role.kind({ ... })), unused: bit(4, reserved()) })
 * ```
 */
export function bits(options: BitsOptions, fields: Readonly<Record<string, BitDefinition>>): BitsDefinition {
  return { definition: "bits", options, fields, site: callSite(bits) };
}

/** So many bits of a group. */
export function bit(width: number, options?: BitOptions): BitDefinition;
export function bit(
  width: number,
  meaning: RoleDefinition<BitsRole> | ConstantDefinition | ReservedDefinition,
  options?: BitOptions,
): BitDefinition;
export function bit(width: number, ...args: unknown[]): BitDefinition {
  const [meaning, options] = isMeaning(args[0]) ? args : [undefined, ...args];
  return { definition: "bit", width, meaning, options, site: callSite(bit) } as BitDefinition;
}
