/** How many bytes layouts take, and what their numbers can hold. */
import type { FieldType, Layout, LayoutField, SimpleRole } from "./model.js";

/** Bytes of a field; of one with a length in front, its least size. */
export function fieldSize(type: FieldType): number {
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

export function fieldOf(layout: Layout, role: SimpleRole | "length" | "checksum"): LayoutField | undefined {
  return layout.fields.find((field) => field.role?.kind === role);
}

/** The highest number an unsigned integer field holds; 0 for every other field and for none. */
export function highestValue(field: LayoutField | undefined): number {
  return field?.type.kind === "integer" && !field.type.signed ? 2 ** field.type.bits - 1 : 0;
}

/** The longest body whose length the layout's length field can say; infinite for a layout without one. */
export function bodyCapacity(layout: Layout): number {
  const index = layout.fields.findIndex((field) => field.role?.kind === "length");
  const field = layout.fields[index];
  if (field?.role?.kind !== "length") return Number.POSITIVE_INFINITY;
  const { counts, offset } = field.role;
  const counted = counts === "body" ? [] : counts === "frame" ? layout.fields : layout.fields.slice(index + 1);
  const header = counted.reduce((sum, { type }) => sum + fieldSize(type), 0);
  return Math.max(0, highestValue(field) - offset - header);
}
