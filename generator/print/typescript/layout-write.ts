/** The statements that write one header field. */
import type { HeaderValue, PlannedField } from "../../plan/index.js";
import { type LayoutModule, type LayoutNames, parenthesised, place, property } from "./layout-module.js";
import {
  boundsOf,
  checked,
  checkedBetween,
  checkedBits,
  order,
  pathOf,
  storeInteger,
  zeroLines,
} from "./layout-numbers.js";

/** The characters that `char` holds: the visible ones of ASCII. */
const FIRST_CHAR = 0x21;
const LAST_CHAR = 0x7e;

/** Writes a field whose size is fixed, or the length in front of one that has a length. Lengths and checksums are written elsewhere. */
export function writeFixed(module: LayoutModule, names: LayoutNames, field: PlannedField): string[] {
  const { value, width } = field;
  const path = pathOf(names, field);
  switch (value.kind) {
    case "integer":
      return writeInteger(module, names, field, property(value.property));
    case "low": {
      const low = property(`${value.property}Low`);
      return [checked(module, low, width, false, path), ...storeInteger(field, low, false)];
    }
    case "halves": {
      const [first, second] = field.byteOrder === "big" ? ["High", "Low"] : ["Low", "High"];
      const one = property(value.property + first);
      const two = property(value.property + second);
      return [
        checked(module, one, 4, false, path),
        checked(module, two, 4, false, path),
        `view.setUint32(${place(field)}, ${one}${order(field)});`,
        `view.setUint32(${place(field, 4)}, ${two}${order(field)});`,
      ];
    }
    case "float": {
      const name = property(value.property);
      return [
        `if (typeof ${name} !== "number") throw new RangeError(${JSON.stringify(`${names.codec}.${field.name}: not a number`)});`,
        `view.setFloat${width * 8}(${place(field)}, ${name}${order(field)});`,
      ];
    }
    case "bits":
      return writeBits(module, names, field, value.members);
    case "char": {
      const name = property(value.property);
      return [checkedBetween(module, name, FIRST_CHAR, LAST_CHAR, path), ...storeInteger(field, name, false)];
    }
    case "bytes": {
      const name = property(value.property);
      return [
        `if (${name}.length !== ${width}) throw ${module.wire("wrongSize")}(${path}, ${name}.length, ${width});`,
        `${module.wire("copyBytes")}(${name}, 0, ${width}, bytes, ${place(field)});`,
      ];
    }
    case "text":
      return [
        `${module.wire("writePadded")}(${path}, bytes, ${place(field)}, ${property(value.property)}, ${width}, ${value.pad});`,
      ];
    case "prefixedText":
      return storeInteger(field, `size${field.origin + 1}`, false);
    case "prefixedBytes": {
      const size = `size${field.origin + 1}`;
      return [
        ...storeInteger(field, size, false),
        `${module.wire("copyBytes")}(${property(value.property)}, 0, ${size}, bytes, ${place(field, width)});`,
      ];
    }
    case "constant":
      return storeInteger(field, String(value.value), false);
    case "literal":
      return [`${module.wire("writeDelimiter")}(bytes, ${place(field)}, ${module.text(names, value.text)});`];
    case "reserved":
      return zeroLines(field);
    case "varint":
    case "decimal":
    case "until":
    case "length":
    case "checksum":
      return [];
  }
}

/** A whole number that an expression gives. */
export function writeInteger(module: LayoutModule, names: LayoutNames, field: PlannedField, name: string): string[] {
  const signed = field.value.kind === "integer" && field.value.signed;
  return [checked(module, name, field.width, signed, pathOf(names, field)), ...storeInteger(field, name, signed)];
}

/** Several numbers, put together and written at once. */
function writeBits(
  module: LayoutModule,
  names: LayoutNames,
  field: PlannedField,
  members: Extract<HeaderValue, { kind: "bits" }>["members"],
): string[] {
  const lines: string[] = [];
  const terms: string[] = [];
  for (const member of members) {
    const { value, bits, shift } = member;
    if (value.kind === "reserved") continue;
    const name = value.kind === "constant" ? String(value.value) : property(value.property);
    if (value.kind === "integer") lines.push(checkedBits(module, name, bits, pathOf(names, member)));
    if (name !== "0") terms.push(shift === 0 ? name : `(${name} << ${shift})`);
  }
  const word = terms.length === 0 ? "0" : terms.join(" | ");
  // Three bytes are written as one and two, for which the word is mentioned twice.
  return [...lines, ...storeInteger(field, terms.length > 1 && field.width === 3 ? `(${word})` : word, false)];
}

/**
 * Writes a field whose size is known only now. `assign`, such as `const origin1 = `, keeps where it ends, and is empty when nobody asks.
 * The length in front of text and bytes is written with the fixed fields.
 */
export function writeVariable(module: LayoutModule, names: LayoutNames, field: PlannedField, assign: string): string[] {
  const { value, width } = field;
  const path = pathOf(names, field);
  const at = place(field);
  switch (value.kind) {
    case "prefixedText": {
      const number = field.origin + 1;
      const begin = place(field, width);
      // Written at once: its size is only known then, and counting beforehand costs as much as writing.
      return [
        `${assign}${module.wire("writeUtf8")}(bytes, ${begin}, ${property(value.property)});`,
        `const size${number} = origin${number} - ${parenthesised(begin)};`,
        checkedSize(module, field, path),
      ];
    }
    case "prefixedBytes": {
      const number = field.origin + 1;
      return [
        `const size${number} = ${property(value.property)}.length;`,
        checkedSize(module, field, path),
        ...(assign === "" ? [] : [`${assign}${place(field, width)} + size${number};`]),
      ];
    }
    case "varint": {
      const name = property(value.property);
      return [
        checked(module, name, 4, false, path),
        `${assign}${module.wire("writeVarint32")}(bytes, ${at}, ${name});`,
      ];
    }
    case "decimal": {
      const name = property(value.property);
      return [
        checked(module, name, 8, false, path),
        `${assign}${module.wire("writeDecimal")}(bytes, ${at}, ${name}, ${module.text(names, value.delimiter)});`,
      ];
    }
    case "until": {
      const delimiter = module.text(names, value.delimiter);
      return [
        `${assign}${module.wire("writeUntil")}(${path}, bytes, ${at}, ${property(value.property)}, ${delimiter}, ${value.most});`,
      ];
    }
    default: {
      const lines = writeFixed(module, names, field);
      return assign === "" ? lines : [...lines, `${assign}${place(field, width)};`];
    }
  }
}

function checkedSize(module: LayoutModule, field: PlannedField, path: string): string {
  const size = `size${field.origin + 1}`;
  const { most } = boundsOf(field.width, false);
  return `if (${size} > ${most}) throw ${module.wire("tooLong")}(${path}, ${size}, ${most});`;
}
