/** Prints `frameLength`: where a frame ends in a stream, told from as few of its bytes as possible. */
import type { LayoutPlan, PlannedField } from "../../plan/index.js";
import { type LayoutModule, type LayoutNames, place, shifted } from "./layout-module.js";
import { loadInteger } from "./layout-numbers.js";

export function printFrameLength(module: LayoutModule, names: LayoutNames, plan: LayoutPlan, name: string): void {
  const { writer } = module;
  const lines = { length: counted, delimiter: delimited, transport: () => TRANSPORT }[plan.framing](
    module,
    names,
    plan,
  );
  const text = lines.join("\n");
  const uses = ["bytes", "view"].filter((part) => new RegExp(`\\b${part}\\b`).test(text));
  const slab = `${uses.length > 0 ? "" : "_"}slab: ${module.wireType("Slab")}`;
  const seen = plan.framing === "delimiter" ? ", seen = 0" : "";
  writer.write(`function ${name}(${slab}, start: number, end: number, bound: number${seen}): number `).block(() => {
    if (uses.length > 0) writer.writeLine(`const { ${uses.join(", ")} } = slab;`);
    for (const line of lines) writer.writeLine(line);
  });
  writer.blankLine();
}

/** Nothing in a frame tells: it is what the transport delivered. */
const TRANSPORT = ["return end - start > bound ? -1 : end - start;"];

function counted(module: LayoutModule, names: LayoutNames, plan: LayoutPlan): string[] {
  const index = plan.fields.findIndex(({ value }) => value.kind === "length");
  const field = plan.fields[index]!;
  if (field.value.kind !== "length") return [];
  const { counts, offset, signed } = field.value;
  const before = { frame: 0, rest: field.offset + field.width, body: plan.size + plan.trailer }[counts];
  return [
    `if (end - start < ${field.offset + field.width}) return 0;`,
    ...plan.fields.slice(0, index).flatMap((earlier) => mismatch(module, names, earlier)),
    `const size = ${loadInteger(field, signed)}${shifted(before - offset)};`,
    `return size < ${plan.size + plan.trailer} || size > bound ? -1 : size;`,
  ];
}

/** What must stand before the length, and does not: this is no frame, or not the beginning of one. */
function mismatch(module: LayoutModule, names: LayoutNames, field: PlannedField): string[] {
  const { value } = field;
  if (value.kind === "literal") {
    return [`if (!${module.wire("standsAt")}(bytes, ${module.text(names, value.text)}, ${place(field)})) return -1;`];
  }
  return value.kind === "constant" && value.check
    ? [`if (${loadInteger(field, false)} !== ${value.value}) return -1;`]
    : [];
}

function delimited(module: LayoutModule, names: LayoutNames, plan: LayoutPlan): string[] {
  const begin = plan.fields.find(({ value }) => value.kind === "literal");
  const size = begin?.width ?? 0;
  // A client that sends byte by byte must not have everything before looked at each time.
  const from = `start + Math.max(${size}, seen - ${plan.trailer - 1})`;
  return [
    ...(begin === undefined ? [] : [`if (end - start < ${size}) return 0;`, ...mismatch(module, names, begin)]),
    "const limit = end - start < bound ? end : start + bound;",
    `const trailer = ${module.wire("indexOfDelimiter")}(bytes, ${module.text(names, plan.end)}, ${from}, limit);`,
    `if (trailer >= 0) return trailer + ${plan.trailer} - start;`,
    "return end - start < bound ? 0 : -1;",
  ];
}
