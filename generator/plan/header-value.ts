/** How the bytes of one header field are understood. */
import { checksumBytes } from "../layout-size.js";
import type { ChecksumAlgorithm, ChecksumCoverage, FieldType, Layout, LayoutField, Role } from "../model.js";

/**
 * `property` is what a header object calls the value; the others keep none. `initial` is what it holds as long as nobody sets it, and 0
 * in all but an application's own numbers.
 */
export type HeaderValue =
  /** A whole number of 1, 2, 3, 4 or (up to 2^53) 8 bytes. */
  | { readonly kind: "integer"; readonly property: string; readonly signed: boolean; readonly initial: number }
  /** 8 bytes as two unsigned 32-bit numbers, `<property>High` and `<property>Low`; `whole` adds `<property>` as a bigint. */
  | { readonly kind: "halves"; readonly property: string; readonly signed: boolean; readonly whole: boolean }
  /** Up to 4 bytes of a role that has halves: the lower one, `<property>Low`. */
  | { readonly kind: "low"; readonly property: string }
  | { readonly kind: "float"; readonly property: string }
  /** 1 to 5 bytes, 7 bits in each. */
  | { readonly kind: "varint"; readonly property: string; readonly initial: number }
  /** Several numbers in one of 1 to 4 bytes. */
  | { readonly kind: "bits"; readonly members: readonly BitMember[] }
  /** One byte from 0x21 to 0x7e. */
  | { readonly kind: "char"; readonly property: string; readonly initial: number }
  /** Decimal digits, and a delimiter behind them. */
  | { readonly kind: "decimal"; readonly property: string; readonly delimiter: string; readonly initial: number }
  /** Text of at most `most` bytes, and a delimiter behind it. */
  | { readonly kind: "until"; readonly property: string; readonly delimiter: string; readonly most: number }
  | { readonly kind: "bytes"; readonly property: string }
  /** Text, filled up with the byte `pad`. */
  | { readonly kind: "text"; readonly property: string; readonly pad: number }
  /** Bytes behind a length of `width` bytes. */
  | { readonly kind: "prefixedText"; readonly property: string }
  | { readonly kind: "prefixedBytes"; readonly property: string }
  | { readonly kind: "constant"; readonly value: number; readonly check: boolean }
  /** The text a frame begins with. */
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "reserved" }
  /** The value is what is counted plus `offset`. */
  | {
      readonly kind: "length";
      readonly counts: "frame" | "rest" | "body";
      readonly offset: number;
      readonly signed: boolean;
    }
  /** A checksum in the last `size` bytes, zeros before them (after them when the order is little). */
  | {
      readonly kind: "checksum";
      readonly algorithm: ChecksumAlgorithm;
      readonly over: ChecksumCoverage;
      readonly size: number;
    };

export interface BitMember {
  readonly name: string;
  readonly doc: string;
  readonly role: Role | null;
  readonly bits: number;
  /** How many bits are below it. */
  readonly shift: number;
  readonly value: Extract<HeaderValue, { kind: "integer" | "constant" | "reserved" }>;
}

/** Roles whose values have 64 bits, and which header objects therefore hold as halves. */
const HALVED = new Set(["timestamp", "userId", "roleId"]);
/** Roles that header objects hold as one number, however wide the field is. */
const SINGLE = new Set([
  "sequence",
  "messageId",
  "serverType",
  "compressed",
  "encrypted",
  "errorCode",
  "source",
  "target",
]);
/** Roles that are text. */
const TEXTS = new Set(["clientIp", "route"]);

/** What a field holds that is no part of a group of bits. */
export function planValue(layout: Layout, field: LayoutField): HeaderValue {
  const { type, role, property, initial } = field;
  const misfit = () =>
    new Error(`${layout.name}.${field.name}: a field of type ${type.kind} cannot be the ${role?.kind}`);
  if (role?.kind === "checksum") {
    const value = planChecksum(type, role);
    if (value === null) throw misfit();
    return value;
  }
  if (role?.kind === "length") {
    if (type.kind !== "integer") throw misfit();
    return { kind: "length", counts: role.counts, offset: role.offset, signed: type.signed };
  }
  switch (type.kind) {
    case "constant":
      return { kind: "constant", value: type.value, check: type.onRead === "check" };
    case "reserved":
      return { kind: "reserved" };
    case "text":
    case "until":
    case "prefixedText":
      if (role !== null && !TEXTS.has(role.kind)) throw misfit();
      return textValue(type, property);
    case "varint":
    case "char":
      return { kind: type.kind, property, initial };
    case "decimal":
      return { kind: "decimal", property, delimiter: type.delimiter, initial };
    case "integer":
      if (role?.kind === "clientIp") throw misfit();
      return planInteger(field, type);
    case "float":
    case "bytes":
    case "prefixedBytes":
      if (role !== null) throw misfit();
      return { kind: type.kind, property };
    case "bits":
      throw misfit();
  }
}

function planChecksum(type: FieldType, role: Extract<Role, { kind: "checksum" }>): HeaderValue | null {
  const { algorithm, over } = role;
  const size = checksumBytes(algorithm);
  const width = type.kind === "integer" ? type.bits / 8 : type.kind === "bytes" ? type.size : 0;
  return width < size ? null : { kind: "checksum", algorithm, over, size };
}

function textValue(type: Extract<FieldType, { kind: "text" | "until" | "prefixedText" }>, property: string) {
  switch (type.kind) {
    case "text":
      return { kind: "text", property, pad: type.pad } as const;
    case "until":
      return { kind: "until", property, delimiter: type.delimiter, most: type.most } as const;
    case "prefixedText":
      return { kind: "prefixedText", property } as const;
  }
}

function planInteger(
  { role, property, initial }: LayoutField,
  { bits, signed }: Extract<FieldType, { kind: "integer" }>,
) {
  if (role !== null && HALVED.has(role.kind)) {
    return bits === 64
      ? ({ kind: "halves", property, signed, whole: false } as const)
      : ({ kind: "low", property } as const);
  }
  if (bits === 64 && (role === null || !SINGLE.has(role.kind))) {
    return { kind: "halves", property, signed, whole: true } as const;
  }
  return { kind: "integer", property, signed, initial } as const;
}

/** What one of several fields in the same bytes holds. */
export function planBits(field: LayoutField, type: Extract<FieldType, { kind: "bits" }>): BitMember {
  const { name, doc, role, property, initial } = field;
  const { bits, shift, holds } = type;
  const shared = { name, doc, role, bits, shift };
  if (holds === "reserved") return { ...shared, value: { kind: "reserved" } };
  if (holds === "value") return { ...shared, value: { kind: "integer", property, signed: false, initial } };
  return { ...shared, value: { kind: "constant", value: holds.constant, check: holds.onRead === "check" } };
}
