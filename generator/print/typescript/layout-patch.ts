/** Prints `patchSequence`: another sequence number in a frame that is written already. */
import type { LayoutPlan } from "../../plan/index.js";
import { isPatchable } from "../../plan/index.js";
import { checksumOf, coversHeader, writeChecksum } from "./layout-checksum.js";
import { type LayoutModule, type LayoutNames, place } from "./layout-module.js";
import { loadInteger } from "./layout-numbers.js";
import { writeInteger } from "./layout-write.js";

export function printPatchSequence(module: LayoutModule, names: LayoutNames, plan: LayoutPlan, name: string): void {
  const { writer } = module;
  const field = plan.fields.find(({ role }) => role?.kind === "sequence");
  if (field === undefined || !isPatchable(plan)) {
    writer.writeLine(`function ${name}(): void {}`).blankLine();
    return;
  }
  const found = checksumOf(plan);
  const checksum = found !== undefined && coversHeader(found) ? found : undefined;
  const lines = plan.fields
    .filter(({ variable, origin }) => variable && origin < furthestOrigin(plan))
    .map((each) => `const origin${each.origin + 1} = ${place(each, each.width)} + ${loadInteger(each, false)};`);
  lines.push(...writeInteger(module, names, field, "sequence"));
  if (checksum !== undefined) {
    const bodyEnd = plan.trailer === 0 ? "end" : `end - ${plan.trailer}`;
    lines.push(...writeChecksum(module, plan, checksum, bodyEnd, "end"));
  }
  const text = lines.join("\n");
  const used = (word: string) => new RegExp(`\\b${word}\\b`).test(text);
  const slab = `slab: ${module.wireType("Slab")}`;
  const end = `${used("end") ? "" : "_"}end: number`;
  writer.write(`function ${name}(${slab}, start: number, ${end}, sequence: number): void `).block(() => {
    writer.writeLine(`const { ${["bytes", "view"].filter(used).join(", ")} } = slab;`);
    for (const line of lines) writer.writeLine(line);
  });
  writer.blankLine();
}

/** How many fields whose size is not fixed stand before what is rewritten. */
function furthestOrigin(plan: LayoutPlan): number {
  const checksum = checksumOf(plan);
  const rewritten = [plan.fields.find(({ role }) => role?.kind === "sequence")!];
  if (checksum !== undefined && coversHeader(checksum)) {
    rewritten.push(checksum);
    if (checksum.value.over === "header") return plan.variableFields;
  }
  return Math.max(...rewritten.map(({ origin }) => origin));
}
