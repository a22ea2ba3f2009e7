/** Prints `sizeOf`: a literal, and the sizes of the fields that are not always as long. */
import type { LayoutPlan, PlannedField } from "../../plan/index.js";
import { type LayoutModule, type LayoutNames, presence, property } from "./layout-module.js";

export function printSizeOf(module: LayoutModule, names: LayoutNames, plan: LayoutPlan, name: string): void {
  const variable = plan.fields.filter((field) => field.variable);
  const parameter = variable.length === 0 ? `_header: ${names.header}` : `header: ${names.header}`;
  module.writer.write(`function ${name}(${parameter}): number `).block(() => {
    const terms = variable.map((field) => termOf(module, field));
    module.writer.writeLine(`return ${[String(plan.size), ...terms].join(" + ")};`);
  });
  module.writer.blankLine();
}

/** What a field adds to the least size. */
function termOf(module: LayoutModule, field: PlannedField): string {
  const beyond = beyondWidth(module, field);
  if (field.when.length === 0) return beyond!;
  const size = beyond === null ? String(field.width) : `${field.width} + ${beyond}`;
  return `(${presence(field.when)} ? ${size} : 0)`;
}

/** What a field has beside its least width; null when that is its width always. */
function beyondWidth(module: LayoutModule, { value }: PlannedField): string | null {
  switch (value.kind) {
    case "prefixedText":
    case "until":
      return `${module.wire("utf8Size")}(${property(value.property)})`;
    case "prefixedBytes":
      return `${property(value.property)}.length`;
    case "varint":
      return `${module.wire("varintSize")}(${property(value.property)}) - 1`;
    case "decimal":
      return `${module.wire("decimalSize")}(${property(value.property)}) - 1`;
    default:
      return null;
  }
}
