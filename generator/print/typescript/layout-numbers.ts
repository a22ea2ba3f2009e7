/** How whole numbers of a fixed size are read, written, and kept within their bounds. */
import type { PlannedField } from "../../plan/index.js";
import { type LayoutModule, type LayoutNames, place } from "./layout-module.js";

/** The byte order's argument of a DataView's methods. */
export function order(field: PlannedField): string {
  return field.byteOrder === "little" ? ", true" : "";
}

/** How a diagnostic calls the field. */
export const pathOf = ({ codec }: LayoutNames, { name }: { readonly name: string }) =>
  JSON.stringify(`${codec}.${name}`);

/** The bounds of a whole number of `width` bytes. */
export function boundsOf(width: number, signed: boolean): { least: number; most: number } {
  const count = 2 ** (8 * width);
  if (width === 8) return { least: signed ? Number.MIN_SAFE_INTEGER : 0, most: Number.MAX_SAFE_INTEGER };
  return signed ? { least: -count / 2, most: count / 2 - 1 } : { least: 0, most: count - 1 };
}

/** The expression of a field's whole number. */
export function loadInteger(field: PlannedField, signed: boolean, width: number = field.width, more = 0): string {
  const kind = signed ? "Int" : "Uint";
  const little = field.byteOrder === "little";
  const at = (offset: number) => place(field, more + offset);
  switch (width) {
    case 1:
      return `view.get${kind}8(${at(0)})`;
    case 2:
    case 4:
      return `view.get${kind}${width * 8}(${at(0)}${order(field)})`;
    case 3:
      return little
        ? `((view.get${kind}8(${at(2)}) << 16) | view.getUint16(${at(0)}, true))`
        : `((view.get${kind}8(${at(0)}) << 16) | view.getUint16(${at(1)}))`;
    default: {
      const [high, low] = little ? [at(4), at(0)] : [at(0), at(4)];
      return `(view.get${kind}32(${high}${order(field)}) * 0x100000000 + view.getUint32(${low}${order(field)}))`;
    }
  }
}

export function storeInteger(
  field: PlannedField,
  name: string,
  signed: boolean,
  width: number = field.width,
  more = 0,
): string[] {
  const kind = signed ? "Int" : "Uint";
  const little = field.byteOrder === "little";
  const at = (offset: number) => place(field, more + offset);
  switch (width) {
    case 1:
      return [`view.set${kind}8(${at(0)}, ${name});`];
    case 2:
    case 4:
      return [`view.set${kind}${width * 8}(${at(0)}, ${name}${order(field)});`];
    case 3:
      return little
        ? [`view.setUint16(${at(0)}, ${name}, true);`, `view.setUint8(${at(2)}, ${name} >> 16);`]
        : [`view.setUint8(${at(0)}, ${name} >> 16);`, `view.setUint16(${at(1)}, ${name});`];
    default: {
      const high = `Math.floor(${name} / 0x100000000)`;
      return little
        ? [`view.setUint32(${at(0)}, ${name}, true);`, `view.setInt32(${at(4)}, ${high}, true);`]
        : [`view.setInt32(${at(0)}, ${high});`, `view.setUint32(${at(4)}, ${name});`];
    }
  }
}

/** Zeros in all of a field's bytes. */
export function zeroLines(field: PlannedField): string[] {
  return field.width > 8 || (field.width & (field.width - 1)) !== 0
    ? [`bytes.fill(0, ${place(field)}, ${place(field, field.width)});`]
    : storeInteger(field, "0", false);
}

/** Refuses what does not fit the bytes: stored unchecked, it would arrive as something else. */
export function checked(module: LayoutModule, name: string, width: number, signed: boolean, path: string): string {
  const { least, most } = boundsOf(width, signed);
  const cut = {
    1: signed ? `(${name} << 24) >> 24` : `(${name} & 0xff)`,
    2: signed ? `(${name} << 16) >> 16` : `(${name} & 0xffff)`,
    3: signed ? `(${name} << 8) >> 8` : `(${name} & 0xffffff)`,
    4: signed ? `(${name} | 0)` : `${name} >>> 0`,
  }[width];
  const condition =
    cut === undefined ? `!Number.isSafeInteger(${name})${signed ? "" : ` || ${name} < 0`}` : `${cut} !== ${name}`;
  return refusal(module, condition, path, name, least, most);
}

/** The same for so many bits, which are less than a number's 32. */
export function checkedBits(module: LayoutModule, name: string, bits: number, path: string): string {
  const most = 2 ** bits - 1;
  const cut = bits === 32 ? `${name} >>> 0` : `(${name} & ${hex(most)})`;
  return refusal(module, `${cut} !== ${name}`, path, name, 0, most);
}

/** The same for a whole number between bounds that are no power of two. */
export function checkedBetween(module: LayoutModule, name: string, least: number, most: number, path: string): string {
  const condition = `!Number.isInteger(${name}) || ${name} < ${least} || ${name} > ${most}`;
  return refusal(module, condition, path, name, least, most);
}

function refusal(
  module: LayoutModule,
  condition: string,
  path: string,
  name: string,
  least: number,
  most: number,
): string {
  return `if (${condition}) throw ${module.wire("outOfRange")}(${path}, ${name}, ${least}, ${most});`;
}

export const hex = (value: number) => `0x${value.toString(16)}`;
