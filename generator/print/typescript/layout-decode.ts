/** Header decoders: one size check, then every field from its place, then what the header says about the frame is verified. */
import { type LayoutPlan, leastSize } from "../../plan/index.js";
import { checksumOf, verifyChecksum } from "./layout-checksum.js";
import { bodyStartOf, type LayoutModule, type LayoutNames, place, shifted } from "./layout-module.js";
import { loadInteger } from "./layout-numbers.js";
import { readField } from "./layout-read.js";

export function printDecodeHeader(module: LayoutModule, names: LayoutNames, plan: LayoutPlan, name: string): void {
  const { writer } = module;
  const code = module.wire("ErrorCode");
  const bad = `return ${code}.BAD_FRAME;`;
  const lines = [
    ...delimited(module, names, plan, bad),
    ...plan.fields.flatMap((field, index) => {
      if (field.value.kind === "length") return [`const length = ${loadInteger(field, field.value.signed)};`];
      const rest = leastSize(plan.fields.slice(index + 1));
      const limit = plan.framing === "delimiter" ? "bodyEnd" : "end";
      return readField({ module, names, bad, limit, rest }, field);
    }),
    `const bodyStart = ${bodyStartOf(plan)};`,
    ...bodyEndLines(module, names, plan, bad),
    "header.bodyStart = bodyStart;",
    "header.bodyEnd = bodyEnd;",
  ];
  const checksum = checksumOf(plan);
  if (checksum !== undefined) {
    const frameEnd = plan.trailer === 0 ? "bodyEnd" : `bodyEnd + ${plan.trailer}`;
    lines.push(...verifyChecksum(module, checksum, frameEnd, `return ${code}.BAD_CHECKSUM;`));
  }
  const text = lines.join("\n");
  const uses = ["bytes", "view"].filter((part) => new RegExp(`\\b${part}\\b`).test(text));
  const slab = `${uses.length > 0 ? "" : "_"}slab: ${module.wireType("Slab")}`;
  const parameters = `header: ${names.header}, ${slab}, start: number, end: number`;
  writer.write(`function ${name}(${parameters}): number `).block(() => {
    writer.writeLine(`if (end - start < ${plan.size + plan.trailer}) ${bad}`);
    if (uses.length > 0) writer.writeLine(`const { ${uses.join(", ")} } = slab;`);
    for (const line of lines) writer.writeLine(line);
    writer.writeLine(`return ${code}.OK;`);
  });
  writer.blankLine();
}

/** Where nothing counts a frame's bytes, its end is looked for first: nothing of the header may be read beyond it. */
function delimited(module: LayoutModule, names: LayoutNames, plan: LayoutPlan, bad: string): string[] {
  if (plan.framing !== "delimiter") return [];
  const begin = plan.fields.find(({ value }) => value.kind === "literal")?.width ?? 0;
  const from = begin === 0 ? "start" : `start + ${begin}`;
  return [
    `const bodyEnd = ${module.wire("indexOfDelimiter")}(bytes, ${module.text(names, plan.end)}, ${from}, end);`,
    `if (bodyEnd - start < ${plan.size}) ${bad}`,
  ];
}

function bodyEndLines(module: LayoutModule, names: LayoutNames, plan: LayoutPlan, bad: string): string[] {
  if (plan.framing === "delimiter") return [];
  const field = plan.fields.find(({ value }) => value.kind === "length");
  if (field?.value.kind !== "length") return ["const bodyEnd = end;"];
  const { counts, offset } = field.value;
  const from = { frame: "start", rest: place(field, field.width), body: "bodyStart" }[counts];
  const less = counts === "body" ? -offset : -offset - plan.trailer;
  const last = plan.trailer === 0 ? "end" : `end - ${plan.trailer}`;
  return [
    `const bodyEnd = ${from} + length${shifted(less)};`,
    `if (bodyEnd < bodyStart || bodyEnd > ${last}) ${bad}`,
    ...(plan.trailer === 0
      ? []
      : [`if (!${module.wire("standsAt")}(bytes, ${module.text(names, plan.end)}, bodyEnd)) ${bad}`]),
  ];
}
