/** Header encoders: every field at its place with one DataView, its value's range checked, length and checksum last known first. */
import type { HeaderValue, LayoutPlan, PlannedField } from "../../plan/index.js";
import { boundsOf, type LayoutModule, order, place, property } from "./layout-module.js";
import type { LayoutNames } from "./layouts.js";

/** Whether the field's length is known only at run time. */
export const isVariable = ({ value }: PlannedField) => value.kind === "prefixedText" || value.kind === "prefixedBytes";

function sizeOfVariable(module: LayoutModule, { value }: PlannedField): string {
  if (value.kind === "prefixedText") return `${module.wire("utf8Size")}(${property(value.property)})`;
  return value.kind === "prefixedBytes" ? `${property(value.property)}.length` : "0";
}

export function printSizeOf(module: LayoutModule, names: LayoutNames, plan: LayoutPlan, name: string): void {
  const variable = plan.fields.filter(isVariable);
  const parameter = variable.length === 0 ? `_header: ${names.header}` : `header: ${names.header}`;
  module.writer.write(`function ${name}(${parameter}): number `).block(() => {
    const terms = variable.map((field) => sizeOfVariable(module, field));
    module.writer.writeLine(`return ${[String(plan.size), ...terms].join(" + ")};`);
  });
  module.writer.blankLine();
}

export function printEncodeHeader(module: LayoutModule, names: LayoutNames, plan: LayoutPlan, name: string): void {
  const { writer } = module;
  const slab = `slab: ${module.wireType("Slab")}`;
  const usesHeader = plan.fields.some(({ value }) => "property" in value);
  const usesEnd = plan.fields.some(({ value }) => value.kind === "length" || value.kind === "checksum");
  const parameters = [
    `${usesHeader ? "" : "_"}header: ${names.header}`,
    slab,
    "start: number",
    `${usesEnd ? "" : "_"}end: number`,
  ];
  writer.write(`function ${name}(${parameters.join(", ")}): void `).block(() => {
    writer.writeLine(`const { ${usesBytes(plan) ? "bytes, " : ""}view } = slab;`);
    for (const field of plan.fields.filter(isVariable)) printOrigin(module, names, plan, field);
    const bodyStart = bodyStartOf(plan);
    for (const field of plan.fields) {
      for (const line of writeLines(module, names, field, bodyStart)) writer.writeLine(line);
    }
    const checksum = plan.fields.find(({ value }) => value.kind === "checksum");
    if (checksum?.value.kind !== "checksum") return;
    const from = checksum.value.over === "body" ? bodyStart : "start";
    for (const line of writeChecksum(module, checksum, from)) writer.writeLine(line);
  });
  writer.blankLine();
}

function usesBytes(plan: LayoutPlan): boolean {
  return plan.fields.some(({ value }) =>
    ["bytes", "prefixedText", "prefixedBytes", "checksum", "reserved"].includes(value.kind),
  );
}

/** Where the body begins: behind the last field. */
export function bodyStartOf(plan: LayoutPlan): string {
  const behind = plan.fields.filter(({ origin }) => origin === plan.variableFields);
  const offset = behind.filter((field) => !isVariable(field)).reduce((sum, { width }) => sum + width, 0);
  const origin = plan.variableFields === 0 ? "start" : `origin${plan.variableFields}`;
  return offset === 0 ? origin : `${origin} + ${offset}`;
}

/** The size of a variable field, and the place behind it, from which later ones count. */
function printOrigin(module: LayoutModule, names: LayoutNames, plan: LayoutPlan, field: PlannedField): void {
  const { writer } = module;
  const { value } = field;
  const number = field.origin + 1;
  const { most } = boundsOf(field.width, false);
  const begin = place(field, field.width);
  if (value.kind === "prefixedText") {
    // Written at once: its size is only known then, and counting beforehand costs as much as writing.
    writer.writeLine(
      `const origin${number} = ${module.wire("writeUtf8")}(bytes, ${begin}, ${property(value.property)});`,
    );
    writer.writeLine(`const size${number} = origin${number} - ${parenthesised(begin)};`);
  } else writer.writeLine(`const size${number} = ${sizeOfVariable(module, field)};`);
  writer.writeLine(
    `if (size${number} > ${most}) throw ${module.wire("tooLong")}("${names.codec}.${field.name}", size${number}, ${most});`,
  );
  const needed =
    plan.variableFields > number ||
    plan.fields.some(({ origin }) => origin === number) ||
    plan.fields.some(({ value }) => needsBodyStart(value));
  if (needed && value.kind !== "prefixedText") writer.writeLine(`const origin${number} = ${begin} + size${number};`);
}

function needsBodyStart(value: HeaderValue): boolean {
  return (value.kind === "length" && value.counts === "body") || (value.kind === "checksum" && value.over === "body");
}

function writeLines(module: LayoutModule, names: LayoutNames, field: PlannedField, bodyStart: string): string[] {
  const { value, width } = field;
  const path = JSON.stringify(`${names.codec}.${field.name}`);
  switch (value.kind) {
    case "integer":
      return writeValue(module, names, field, property(value.property));
    case "low": {
      const low = property(`${value.property}Low`);
      return [...checked(module, low, width, false, path), ...storeInteger(field, low, false)];
    }
    case "halves": {
      const [first, second] = field.byteOrder === "big" ? ["High", "Low"] : ["Low", "High"];
      const one = property(value.property + first);
      const two = property(value.property + second);
      return [
        ...checked(module, one, 4, false, path),
        ...checked(module, two, 4, false, path),
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
    case "bytes": {
      const name = property(value.property);
      return [
        `if (${name}.length !== ${width}) throw ${module.wire("wrongSize")}(${path}, ${name}.length, ${width});`,
        `${module.wire("copyBytes")}(${name}, 0, ${width}, bytes, ${place(field)});`,
      ];
    }
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
    case "reserved":
      return zeroLines(field);
    case "checksum":
      return [];
    case "length": {
      const from = { frame: "start", rest: parenthesised(place(field, width)), body: parenthesised(bodyStart) }[
        value.counts
      ];
      const offset = value.offset === 0 ? "" : value.offset > 0 ? ` + ${value.offset}` : ` - ${-value.offset}`;
      return [
        `const length = end - ${from}${offset};`,
        ...checked(module, "length", width, value.signed, path),
        ...storeInteger(field, "length", value.signed),
      ];
    }
  }
}

/** A whole number that an expression gives. */
export function writeValue(module: LayoutModule, names: LayoutNames, field: PlannedField, name: string): string[] {
  const signed = field.value.kind === "integer" && field.value.signed;
  const path = JSON.stringify(`${names.codec}.${field.name}`);
  return [...checked(module, name, field.width, signed, path), ...storeInteger(field, name, signed)];
}

const parenthesised = (text: string) => (text.includes(" ") ? `(${text})` : text);

/** Refuses what does not fit the bytes: stored unchecked, it would arrive as something else. */
function checked(module: LayoutModule, name: string, width: number, signed: boolean, path: string): string[] {
  const { least, most } = boundsOf(width, signed);
  const cut = {
    1: signed ? `(${name} << 24) >> 24` : `(${name} & 0xff)`,
    2: signed ? `(${name} << 16) >> 16` : `(${name} & 0xffff)`,
    3: signed ? `(${name} << 8) >> 8` : `(${name} & 0xffffff)`,
    4: signed ? `(${name} | 0)` : `${name} >>> 0`,
  }[width];
  const condition =
    cut === undefined ? `!Number.isSafeInteger(${name})${signed ? "" : ` || ${name} < 0`}` : `${cut} !== ${name}`;
  return [`if (${condition}) throw ${module.wire("outOfRange")}(${path}, ${name}, ${least}, ${most});`];
}

function storeInteger(field: PlannedField, name: string, signed: boolean): string[] {
  const kind = signed ? "Int" : "Uint";
  const little = field.byteOrder === "little";
  switch (field.width) {
    case 1:
      return [`view.set${kind}8(${place(field)}, ${name});`];
    case 2:
    case 4:
      return [`view.set${kind}${field.width * 8}(${place(field)}, ${name}${order(field)});`];
    case 3:
      return little
        ? [`view.setUint16(${place(field)}, ${name}, true);`, `view.setUint8(${place(field, 2)}, ${name} >> 16);`]
        : [`view.setUint8(${place(field)}, ${name} >> 16);`, `view.setUint16(${place(field, 1)}, ${name});`];
    default: {
      const high = `Math.floor(${name} / 0x100000000)`;
      return little
        ? [`view.setUint32(${place(field)}, ${name}, true);`, `view.setInt32(${place(field, 4)}, ${high}, true);`]
        : [`view.setInt32(${place(field)}, ${high});`, `view.setUint32(${place(field, 4)}, ${name});`];
    }
  }
}

/** The checksum from an offset on, in a field that may hold anything before. */
export function writeChecksum(module: LayoutModule, field: PlannedField, from: string): string[] {
  const at = place(field, checksumOffset(field));
  const sum = `${module.wire("crc32")}(bytes, ${from}, end)`;
  const covered = field.value.kind === "checksum" && field.value.over === "frame";
  return [...(covered || field.width > 4 ? zeroLines(field) : []), `view.setUint32(${at}, ${sum}${order(field)});`];
}

function zeroLines(field: PlannedField): string[] {
  return field.width > 8 || (field.width & (field.width - 1)) !== 0
    ? [`bytes.fill(0, ${place(field)}, ${place(field, field.width)});`]
    : storeInteger(field, "0", false);
}

/** Where in a wider field the four bytes stand. */
export function checksumOffset(field: PlannedField): number {
  return field.byteOrder === "big" ? field.width - 4 : 0;
}
