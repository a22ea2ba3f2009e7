/** Header decoders: one size check, then every field from its place, then what the header says about the frame is verified. */
import type { LayoutPlan, PlannedField } from "../../plan/index.js";
import { bodyStartOf, checksumOffset } from "./layout-encode.js";
import { type LayoutModule, loadInteger, order, place, property } from "./layout-module.js";
import type { LayoutNames } from "./layouts.js";

export function printDecodeHeader(module: LayoutModule, names: LayoutNames, plan: LayoutPlan, name: string): void {
  const { writer } = module;
  const parameters = `header: ${names.header}, slab: ${module.wireType("Slab")}, start: number, end: number`;
  const code = module.wire("ErrorCode");
  writer.write(`function ${name}(${parameters}): number `).block(() => {
    writer.writeLine(`if (end - start < ${plan.size}) return ${code}.BAD_FRAME;`);
    const uses = [usesBytes(plan) ? "bytes" : "", usesView(plan) ? "view" : ""].filter((each) => each !== "");
    if (uses.length > 0) writer.writeLine(`const { ${uses.join(", ")} } = slab;`);
    for (const field of plan.fields) for (const line of readLines(module, plan, field)) writer.writeLine(line);
    writer.writeLine(`const bodyStart = ${bodyStartOf(plan)};`);
    printLength(module, plan);
    writer.writeLine("header.bodyStart = bodyStart;");
    writer.writeLine("header.bodyEnd = bodyEnd;");
    for (const field of plan.fields) if (field.value.kind === "checksum") printChecksum(module, field, code);
    writer.writeLine(`return ${code}.OK;`);
  });
  writer.blankLine();
}

function usesBytes(plan: LayoutPlan): boolean {
  return plan.fields.some(({ value }) => ["bytes", "prefixedText", "prefixedBytes", "checksum"].includes(value.kind));
}

function usesView(plan: LayoutPlan): boolean {
  return plan.fields.some(({ value }) => value.kind !== "bytes" && value.kind !== "reserved");
}

function readLines(module: LayoutModule, plan: LayoutPlan, field: PlannedField): string[] {
  const { value, width } = field;
  const bad = `return ${module.wire("ErrorCode")}.BAD_FRAME;`;
  switch (value.kind) {
    case "integer":
      return [`${property(value.property)} = ${loadInteger(field, value.signed)};`];
    case "low":
      return [`${property(`${value.property}Low`)} = ${loadInteger(field, false)};`];
    case "halves": {
      const [first, second] = field.byteOrder === "big" ? ["High", "Low"] : ["Low", "High"];
      return [
        `${property(value.property + first)} = view.getUint32(${place(field)}${order(field)});`,
        `${property(value.property + second)} = view.getUint32(${place(field, 4)}${order(field)});`,
      ];
    }
    case "float":
      return [`${property(value.property)} = view.getFloat${width * 8}(${place(field)}${order(field)});`];
    case "bytes":
      return [
        `${module.wire("copyBytes")}(bytes, ${place(field)}, ${place(field, width)}, ${property(value.property)}, 0);`,
      ];
    case "prefixedText":
      return [
        ...originLines(plan, field, bad),
        `const text${field.origin + 1} = ${module.wire("decodeUtf8")}(bytes, ${place(field, width)}, origin${field.origin + 1});`,
        `if (text${field.origin + 1} === null) ${bad}`,
        `${property(value.property)} = text${field.origin + 1};`,
      ];
    case "prefixedBytes": {
      const size = `origin${field.origin + 1} - ${parenthesised(place(field, width))}`;
      return [
        ...originLines(plan, field, bad),
        `${property(value.property)} = new Uint8Array(${size});`,
        `${module.wire("copyBytes")}(bytes, ${place(field, width)}, origin${field.origin + 1}, ${property(value.property)}, 0);`,
      ];
    }
    case "constant":
      return value.check ? [`if (${loadInteger(field, false)} !== ${value.value}) ${bad}`] : [];
    case "length":
      return [`const length = ${loadInteger(field, value.signed)};`];
    case "reserved":
    case "checksum":
      return [];
  }
}

/** Where a variable field ends. What must still follow it has to fit too. */
function originLines(plan: LayoutPlan, field: PlannedField, bad: string): string[] {
  const number = field.origin + 1;
  const rest = plan.fields.filter(({ origin }) => origin >= number).reduce((sum, { width }) => sum + width, 0);
  return [
    `const origin${number} = ${place(field, field.width)} + ${loadInteger(field, false)};`,
    `if (origin${number} > ${rest === 0 ? "end" : `end - ${rest}`}) ${bad}`,
  ];
}

const parenthesised = (text: string) => (text.includes(" ") ? `(${text})` : text);

function printLength(module: LayoutModule, plan: LayoutPlan): void {
  const { writer } = module;
  const field = plan.fields.find(({ value }) => value.kind === "length");
  if (field === undefined || field.value.kind !== "length") {
    writer.writeLine("const bodyEnd = end;");
    return;
  }
  const { counts, offset } = field.value;
  const from = { frame: "start", rest: place(field, field.width), body: "bodyStart" }[counts];
  const shift = offset === 0 ? "" : offset > 0 ? ` - ${offset}` : ` + ${-offset}`;
  writer.writeLine(`const bodyEnd = ${from} + length${shift};`);
  writer.writeLine(`if (bodyEnd < bodyStart || bodyEnd > end) return ${module.wire("ErrorCode")}.BAD_FRAME;`);
}

function printChecksum(module: LayoutModule, field: PlannedField, code: string): void {
  const { writer } = module;
  if (field.value.kind !== "checksum") return;
  const at = checksumOffset(field);
  const sum =
    field.value.over === "body"
      ? `${module.wire("crc32")}(bytes, bodyStart, bodyEnd)`
      : `${module.wire("crc32Except")}(bytes, start, ${place(field)}, ${place(field, field.width)}, bodyEnd)`;
  writer.writeLine(`if (view.getUint32(${place(field, at)}${order(field)}) !== ${sum}) return ${code}.BAD_CHECKSUM;`);
  if (field.width === 4) return;
  const [from, to] = at === 0 ? [4, field.width] : [0, at];
  writer.write(`for (let at = ${place(field, from)}; at < ${place(field, to)}; at++) `).block(() => {
    writer.writeLine(`if (bytes[at] !== 0) return ${code}.BAD_CHECKSUM;`);
  });
}
