/** How many bytes layouts take, and what their numbers can hold. */
import type { ChecksumAlgorithm, FieldType, Layout, LayoutField, Role } from "./model.js";

/**
 * Bytes of a field; the least of one whose size is not fixed. Of a group of bits, the first field has the bytes of all, and the others
 * none.
 */
export function fieldSize(type: FieldType): number {
  switch (type.kind) {
    case "integer":
    case "float":
    case "constant":
      return type.bits / 8;
    case "bits":
      return type.group.first ? type.group.bits / 8 : 0;
    case "varint":
    case "char":
      return 1;
    case "decimal":
      return 1 + utf8Length(type.delimiter);
    case "until":
      return utf8Length(type.delimiter);
    case "bytes":
    case "text":
    case "reserved":
      return type.size;
    case "prefixedText":
    case "prefixedBytes":
      return type.prefix / 8;
  }
}

/** Bytes of a checksum before it is padded. */
export function checksumBytes(algorithm: ChecksumAlgorithm): number {
  return algorithm === "crc16-ccitt" ? 2 : 4;
}

export function fieldOf(layout: Layout, role: Role["kind"]): LayoutField | undefined {
  return layout.fields.find((field) => field.role?.kind === role);
}

/** The highest number an unsigned number's field holds; 0 for every other field and for none. */
export function highestValue(field: LayoutField | undefined): number {
  switch (field?.type.kind) {
    case "integer":
      return field.type.signed ? 0 : 2 ** field.type.bits - 1;
    case "bits":
    case "varint":
      return 2 ** field.type.bits - 1;
    case "char":
      return LAST_CHAR;
    case "decimal":
      return Number.MAX_SAFE_INTEGER;
    default:
      return 0;
  }
}

/** `~`, the last visible character of ASCII. */
const LAST_CHAR = 0x7e;

/** Bytes of the shortest header, and of what stands around the body beside it. */
export function headerSize(layout: Layout): number {
  return layout.fields.reduce((sum, { type, when }) => sum + (when.length > 0 ? 0 : fieldSize(type)), 0);
}

export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** The longest body whose length the layout's length field can say; infinite for a layout without one. */
export function bodyCapacity(layout: Layout): number {
  const index = layout.fields.findIndex((field) => field.role?.kind === "length");
  const field = layout.fields[index];
  if (field?.role?.kind !== "length") return Number.POSITIVE_INFINITY;
  const { counts, offset } = field.role;
  const behind = headerSize({ ...layout, fields: layout.fields.slice(index + 1) }) + utf8Length(layout.end);
  const counted = {
    body: 0,
    rest: behind,
    frame: headerSize({ ...layout, fields: layout.fields.slice(0, index + 1) }) + utf8Length(layout.start) + behind,
  };
  return Math.max(0, highestValue(field) - offset - counted[counts]);
}
