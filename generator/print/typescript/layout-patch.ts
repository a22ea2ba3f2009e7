/** Prints `patchSequence`: another sequence number in a frame that is written already. */
import type { LayoutPlan } from "../../plan/index.js";
import { isVariable, writeChecksum, writeValue } from "./layout-encode.js";
import { type LayoutModule, loadInteger, place } from "./layout-module.js";
import type { LayoutNames } from "./layouts.js";

export function printPatchSequence(module: LayoutModule, names: LayoutNames, plan: LayoutPlan, name: string): void {
  const { writer } = module;
  const field = plan.fields.find(({ role }) => role?.kind === "sequence");
  if (field === undefined) {
    writer.writeLine(`function ${name}(): void {}`).blankLine();
    return;
  }
  const checksum = plan.fields.find(({ value }) => value.kind === "checksum" && value.over === "frame");
  const parameters = [
    `slab: ${module.wireType("Slab")}`,
    "start: number",
    checksum === undefined ? "_end: number" : "end: number",
    "sequence: number",
  ];
  const furthest = Math.max(field.origin, checksum?.origin ?? 0);
  writer.write(`function ${name}(${parameters.join(", ")}): void `).block(() => {
    writer.writeLine(`const { ${checksum === undefined ? "" : "bytes, "}view } = slab;`);
    for (const variable of plan.fields.filter((each) => isVariable(each) && each.origin < furthest)) {
      writer.writeLine(
        `const origin${variable.origin + 1} = ${place(variable, variable.width)} + ${loadInteger(variable, false)};`,
      );
    }
    for (const line of writeValue(module, names, field, "sequence")) writer.writeLine(line);
    if (checksum !== undefined) for (const line of writeChecksum(module, checksum, "start")) writer.writeLine(line);
  });
  writer.blankLine();
}
