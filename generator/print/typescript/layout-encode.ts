/** Header encoders: every field at its place with one DataView, its value's range checked, length and checksum last known first. */
import type { HeaderValue, LayoutPlan, PlannedField } from "../../plan/index.js";
import { checksumOf, writeChecksum } from "./layout-checksum.js";
import {
  bodyStartOf,
  type LayoutModule,
  type LayoutNames,
  parenthesised,
  place,
  presence,
  shifted,
} from "./layout-module.js";
import { checked, pathOf, storeInteger } from "./layout-numbers.js";
import { writeFixed, writeVariable } from "./layout-write.js";

export function printEncodeHeader(module: LayoutModule, names: LayoutNames, plan: LayoutPlan, name: string): void {
  const { writer } = module;
  const lines = [
    ...plan.fields.filter(({ variable }) => variable).flatMap((field) => variableLines(module, names, plan, field)),
    ...plan.fields
      .filter(({ when }) => when.length === 0)
      .flatMap((field) =>
        field.value.kind === "length" ? writeLength(module, names, plan, field) : writeFixed(module, names, field),
      ),
    ...endLines(module, names, plan),
  ];
  const text = lines.join("\n");
  const used = (word: string) => new RegExp(`\\b${word}\\b`).test(text);
  const parameters = ["header", "slab", "start", "end"].map((parameter) => {
    const type = { header: names.header, slab: module.wireType("Slab") }[parameter] ?? "number";
    const mentioned = parameter === "slab" ? lines.length > 0 : used(parameter);
    return `${mentioned ? "" : "_"}${parameter}: ${type}`;
  });
  writer.write(`function ${name}(${parameters.join(", ")}): void `).block(() => {
    const parts = ["bytes", "view"].filter(used);
    if (parts.length > 0) writer.writeLine(`const { ${parts.join(", ")} } = slab;`);
    for (const line of lines) writer.writeLine(line);
  });
  writer.blankLine();
}

/** What can only be written when everything before it is. */
function endLines(module: LayoutModule, names: LayoutNames, plan: LayoutPlan): string[] {
  const bodyEnd = plan.trailer === 0 ? "end" : `end - ${plan.trailer}`;
  const lines: string[] = [];
  if (plan.trailer > 0) {
    lines.push(`${module.wire("writeDelimiter")}(bytes, ${bodyEnd}, ${module.text(names, plan.end)});`);
  }
  const checksum = checksumOf(plan);
  if (checksum !== undefined) lines.push(...writeChecksum(module, plan, checksum, bodyEnd, "end"));
  if (plan.framing === "delimiter") {
    const begin = plan.fields.find(({ value }) => value.kind === "literal");
    const from = begin === undefined ? "start" : `start + ${begin.width}`;
    const end = module.text(names, plan.end);
    lines.push(`${module.wire("checkDelimiter")}("${names.codec}", bytes, ${end}, ${from}, ${bodyEnd});`);
  }
  return lines;
}

/** The lines that come first: they write what is not always as long, and find the places behind it, from which later fields count. */
function variableLines(module: LayoutModule, names: LayoutNames, plan: LayoutPlan, field: PlannedField): string[] {
  const { value, when } = field;
  const number = field.origin + 1;
  const needed =
    plan.variableFields > number ||
    plan.fields.some(({ origin }) => origin === number) ||
    plan.fields.some((other) => needsBodyStart(other.value)) ||
    // Its size is where it ends less where it begins.
    value.kind === "prefixedText";
  if (when.length === 0) return writeVariable(module, names, field, needed ? `const origin${number} = ` : "");
  const inner = writeVariable(module, names, field, needed ? `origin${number} = ` : "");
  // The length of text and bytes is a number like others, which are written later.
  if (value.kind === "prefixedText" || value.kind === "prefixedBytes") inner.push(...writeFixed(module, names, field));
  return [
    ...(needed ? [`let origin${number} = ${place(field)};`] : []),
    `if (${presence(when)}) {`,
    ...inner.map((line) => `  ${line}`),
    "}",
  ];
}

function needsBodyStart(value: HeaderValue): boolean {
  if (value.kind === "length") return value.counts === "body";
  return value.kind === "checksum" && (value.over === "body" || value.over === "header");
}

function writeLength(module: LayoutModule, names: LayoutNames, plan: LayoutPlan, field: PlannedField): string[] {
  const { value, width } = field;
  if (value.kind !== "length") return [];
  const from = { frame: "start", rest: place(field, width), body: bodyStartOf(plan) }[value.counts];
  const less = value.counts === "body" ? value.offset - plan.trailer : value.offset;
  return [
    `const length = end - ${parenthesised(from)}${shifted(less)};`,
    checked(module, "length", width, value.signed, pathOf(names, field)),
    ...storeInteger(field, "length", value.signed),
  ];
}
