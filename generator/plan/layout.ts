/**
 * How a header becomes bytes and back, in no particular language: each field with the place where it stands and the way it is
 * read. Places are literal offsets from the header's start up to the first field of variable length; behind one, they count from
 * that field's end.
 */
import type { ByteOrder, FieldType, Layout, LayoutField, Role } from "../model.js";

export interface LayoutPlan {
  readonly name: string;
  /** In the order they stand in. */
  readonly fields: readonly PlannedField[];
  /** Bytes of the header; its least size when it has fields of variable length. */
  readonly size: number;
  /** How many fields of variable length there are. */
  readonly variableFields: number;
  /** Byte width of the sequence field, 0 without one. */
  readonly sequenceBytes: number;
}

export interface PlannedField {
  /** What the schema calls it. */
  readonly name: string;
  readonly doc: string;
  readonly role: Role | null;
  /** 0: `offset` counts from the header's start. n: from the end of the nth field of variable length. */
  readonly origin: number;
  readonly offset: number;
  /** Bytes; of a field of variable length, of the length in front of it. */
  readonly width: number;
  readonly byteOrder: ByteOrder;
  readonly value: HeaderValue;
}

/** How a field's bytes are understood. `property` is what a header object calls the value; the others keep none. */
export type HeaderValue =
  /** A whole number of 1, 2, 3, 4 or (up to 2^53) 8 bytes. */
  | { readonly kind: "integer"; readonly property: string; readonly signed: boolean }
  /** 8 bytes as two unsigned 32-bit numbers, `<property>High` and `<property>Low`; `whole` adds `<property>` as a bigint. */
  | { readonly kind: "halves"; readonly property: string; readonly signed: boolean; readonly whole: boolean }
  /** Up to 4 bytes of a role that has halves: the lower one, `<property>Low`. */
  | { readonly kind: "low"; readonly property: string }
  | { readonly kind: "float"; readonly property: string }
  | { readonly kind: "bytes"; readonly property: string }
  /** Bytes behind a length of `width` bytes. */
  | { readonly kind: "prefixedText"; readonly property: string }
  | { readonly kind: "prefixedBytes"; readonly property: string }
  | { readonly kind: "constant"; readonly value: number; readonly check: boolean }
  | { readonly kind: "reserved" }
  /** The value is what is counted plus `offset`. */
  | {
      readonly kind: "length";
      readonly counts: "frame" | "rest" | "body";
      readonly offset: number;
      readonly signed: boolean;
    }
  /** A CRC-32 in the last four bytes, zeros before them (after them when the order is little). */
  | { readonly kind: "checksum"; readonly over: "body" | "frame" };

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

export function planLayout(layout: Layout): LayoutPlan {
  let origin = 0;
  let offset = 0;
  let size = 0;
  const fields = layout.fields.map((field): PlannedField => {
    const width = widthOf(field.type);
    const planned = {
      name: field.name,
      doc: field.doc,
      role: field.role,
      origin,
      offset,
      width,
      byteOrder: field.byteOrder,
      value: planValue(layout, field),
    };
    size += width;
    if (field.type.kind === "prefixedText" || field.type.kind === "prefixedBytes") {
      origin += 1;
      offset = 0;
    } else {
      offset += width;
    }
    return planned;
  });
  const sequence = fields.find(({ role }) => role?.kind === "sequence");
  return { name: layout.name, fields, size, variableFields: origin, sequenceBytes: Math.min(sequence?.width ?? 0, 4) };
}

function widthOf(type: FieldType): number {
  switch (type.kind) {
    case "integer":
    case "float":
    case "constant":
      return type.bits / 8;
    case "bytes":
    case "reserved":
      return type.size;
    case "prefixedText":
    case "prefixedBytes":
      return type.prefix / 8;
  }
}

function planValue(layout: Layout, field: LayoutField): HeaderValue {
  const { type, role, property } = field;
  if (type.kind === "constant") return { kind: "constant", value: type.value, check: type.onRead === "check" };
  if (type.kind === "reserved") return { kind: "reserved" };
  const misfit = () =>
    new Error(`${layout.name}.${field.name}: a field of type ${type.kind} cannot be the ${role?.kind}`);
  if (role?.kind === "checksum") {
    if (widthOf(type) < 4 || (type.kind !== "integer" && type.kind !== "bytes")) throw misfit();
    return { kind: "checksum", over: role.over };
  }
  if (role?.kind === "length") {
    if (type.kind !== "integer") throw misfit();
    return { kind: "length", counts: role.counts, offset: role.offset, signed: type.signed };
  }
  if (role?.kind === "clientIp") {
    if (type.kind !== "prefixedText") throw misfit();
    return { kind: "prefixedText", property };
  }
  if (type.kind !== "integer") {
    if (role !== null) throw misfit();
    return { kind: type.kind, property };
  }
  if (role !== null && HALVED.has(role.kind)) {
    return type.bits === 64
      ? { kind: "halves", property, signed: type.signed, whole: false }
      : { kind: "low", property };
  }
  if (type.bits === 64 && (role === null || !SINGLE.has(role.kind))) {
    return { kind: "halves", property, signed: type.signed, whole: true };
  }
  return { kind: "integer", property, signed: type.signed };
}
