/** The module of header layouts while it is printed, and how places in a header are written down. */
import type { PlannedField } from "../../plan/index.js";
import { Module } from "../module.js";
import type { ImportStyle } from "./import-style.js";

/** The interfaces of `wire/layout-codec.ts` that header classes implement. */
export type HeaderInterface = "RequestHeader" | "ResponseHeader" | "InternalHeader";

/** In which file of `wire/` each building block is. */
const WIRE_FILES = {
  "copy-bytes": ["copyBytes"],
  crc32: ["crc32"],
  "error-code": ["ErrorCode"],
  "header-codec": ["crc32Except", "outOfRange", "tooLong", "wrongSize"],
  "layout-codec": ["InternalHeader", "LayoutCodec", "RequestHeader", "ResponseHeader"],
  slab: ["Slab"],
  "utf8-read": ["decodeUtf8"],
  "utf8-write": ["utf8Size", "writeUtf8"],
} as const;

export type LayoutWireName = (typeof WIRE_FILES)[keyof typeof WIRE_FILES][number];

const fileOf = new Map<string, string>(
  Object.entries(WIRE_FILES).flatMap(([file, names]) => names.map((name) => [name, file] as const)),
);

export class LayoutModule extends Module {
  readonly #imports: ImportStyle;

  constructor(ownNames: Iterable<string>, imports: ImportStyle) {
    super(ownNames);
    this.#imports = imports;
  }

  wire(name: LayoutWireName): string {
    return this.import(name, this.#imports.wire(fileOf.get(name)!));
  }

  wireType(name: LayoutWireName): string {
    return this.importType(name, this.#imports.wire(fileOf.get(name)!));
  }
}

/** `start + 20`, or `origin1 + 2` behind a field of variable length; `more` counts from the field's first byte. */
export function place(field: PlannedField, more = 0): string {
  const offset = field.offset + more;
  const origin = field.origin === 0 ? "start" : `origin${field.origin}`;
  return offset === 0 ? origin : `${origin} + ${offset}`;
}

/** Access to a property of `header`. */
export function property(name: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? `header.${name}` : `header[${JSON.stringify(name)}]`;
}

/** The byte order's argument of a DataView's methods. */
export function order(field: PlannedField): string {
  return field.byteOrder === "little" ? ", true" : "";
}

/** The bounds of a whole number of `width` bytes. */
export function boundsOf(width: number, signed: boolean): { least: number; most: number } {
  const count = 2 ** (8 * width);
  if (width === 8) return { least: signed ? Number.MIN_SAFE_INTEGER : 0, most: Number.MAX_SAFE_INTEGER };
  return signed ? { least: -count / 2, most: count / 2 - 1 } : { least: 0, most: count - 1 };
}

/** The expression of a field's whole number. */
export function loadInteger(field: PlannedField, signed: boolean): string {
  const kind = signed ? "Int" : "Uint";
  const little = field.byteOrder === "little";
  switch (field.width) {
    case 1:
      return `view.get${kind}8(${place(field)})`;
    case 2:
    case 4:
      return `view.get${kind}${field.width * 8}(${place(field)}${order(field)})`;
    case 3:
      return little
        ? `((view.get${kind}8(${place(field, 2)}) << 16) | view.getUint16(${place(field)}, true))`
        : `((view.get${kind}8(${place(field)}) << 16) | view.getUint16(${place(field, 1)}))`;
    default: {
      const [high, low] = little ? [place(field, 4), place(field)] : [place(field), place(field, 4)];
      return `(view.get${kind}32(${high}${order(field)}) * 0x100000000 + view.getUint32(${low}${order(field)}))`;
    }
  }
}
