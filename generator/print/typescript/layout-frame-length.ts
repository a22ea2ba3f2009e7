/** Prints `frameLength`: where a frame ends in a stream, told from as few of its bytes as possible. */
import type { LayoutPlan } from "../../plan/index.js";
import { bodyStartOf, isVariable } from "./layout-encode.js";
import { type LayoutModule, loadInteger, place } from "./layout-module.js";

export function printFrameLength(module: LayoutModule, plan: LayoutPlan, name: string): void {
  const { writer } = module;
  const field = plan.fields.find(({ value }) => value.kind === "length");
  const parameters = `slab: ${module.wireType("Slab")}, start: number, end: number, bound: number`;
  if (field?.value.kind !== "length") {
    const ignored = `_slab: ${module.wireType("Slab")}, start: number, end: number, bound: number`;
    writer.write(`function ${name}(${ignored}): number `).block(() => {
      writer.writeLine("return end - start > bound ? -1 : end - start;");
    });
    writer.blankLine();
    return;
  }
  const { counts, offset, signed } = field.value;
  writer.write(`function ${name}(${parameters}): number `).block(() => {
    const walked = plan.fields.filter((each) => isVariable(each) && (each.origin < field.origin || counts === "body"));
    writer.writeLine("const { view } = slab;");
    const need = (text: string) => writer.writeLine(`if (${text} > end) return 0;`);
    for (const each of walked.filter(({ origin }) => origin < field.origin)) {
      need(place(each, each.width));
      writer.writeLine(`const origin${each.origin + 1} = ${place(each, each.width)} + ${loadInteger(each, false)};`);
      writer.writeLine(`if (origin${each.origin + 1} - start > bound) return -1;`);
    }
    need(place(field, field.width));
    writer.writeLine(`const length = ${loadInteger(field, signed)};`);
    for (const each of walked.filter(({ origin }) => origin >= field.origin)) {
      need(place(each, each.width));
      writer.writeLine(`const origin${each.origin + 1} = ${place(each, each.width)} + ${loadInteger(each, false)};`);
      writer.writeLine(`if (origin${each.origin + 1} - start > bound) return -1;`);
    }
    const shift = offset === 0 ? "" : offset > 0 ? ` - ${offset}` : ` + ${-offset}`;
    const from = counts === "rest" ? place(field, field.width) : counts === "body" ? bodyStartOf(plan) : "start";
    const head =
      from === "start" ? "" : `${from.replace(/^start \+ /, "")}${from.startsWith("start") ? "" : " - start"} + `;
    writer.writeLine(`const size = ${head}length${shift};`);
    writer.writeLine(`return size < ${plan.size} || size > bound ? -1 : size;`);
  });
  writer.blankLine();
}
