/** Checksums in headers: computed when everything they cover is written, and verified when everything else is read. */
import type { ChecksumAlgorithm } from "../../model.js";
import type { HeaderValue, LayoutPlan, PlannedField } from "../../plan/index.js";
import { bodyStartOf, type LayoutModule, type LayoutWireName, place } from "./layout-module.js";
import { loadInteger, storeInteger, zeroLines } from "./layout-numbers.js";

type ChecksumValue = Extract<HeaderValue, { kind: "checksum" }>;

interface ChecksumField extends PlannedField {
  readonly value: ChecksumValue;
}

const FUNCTIONS: Readonly<Record<ChecksumAlgorithm, LayoutWireName>> = {
  crc32: "crc32",
  crc32c: "crc32c",
  adler32: "adler32",
  "crc16-ccitt": "crc16Ccitt",
};

export function checksumOf(plan: LayoutPlan): ChecksumField | undefined {
  return plan.fields.find((field): field is ChecksumField => field.value.kind === "checksum");
}

/** Whether a change of the header changes the checksum. */
export const coversHeader = ({ value }: ChecksumField) => value.over !== "body";

/** Where in a wider field the checksum's own bytes stand. */
function offsetIn({ byteOrder, width, value }: ChecksumField): number {
  return byteOrder === "big" ? width - value.size : 0;
}

/**
 * The lines that write a checksum into a field that may hold anything before. `bodyEnd` is behind the body, `end` behind the frame.
 */
export function writeChecksum(
  module: LayoutModule,
  plan: LayoutPlan,
  field: ChecksumField,
  bodyEnd: string,
  end: string,
): string[] {
  const { value } = field;
  const sum = module.wire(FUNCTIONS[value.algorithm]);
  const range = {
    body: `${bodyStartOf(plan)}, ${bodyEnd}`,
    rest: `${place(field, field.width)}, ${end}`,
    header: `start, ${bodyStartOf(plan)}`,
    frame: `start, ${end}`,
  }[value.over];
  const covered = value.over === "frame" || value.over === "header";
  return [
    ...(covered || field.width > value.size ? zeroLines(field) : []),
    ...storeInteger(field, `${sum}(bytes, ${range})`, false, value.size, offsetIn(field)),
  ];
}

/** The lines that verify a checksum. `bad` is the statement for a wrong one. */
export function verifyChecksum(module: LayoutModule, field: ChecksumField, frameEnd: string, bad: string): string[] {
  const { value } = field;
  const sum = module.wire(FUNCTIONS[value.algorithm]);
  const behind = place(field, field.width);
  const except = (end: string) =>
    `${module.wire("sumExcept")}(${sum}, bytes, start, ${place(field)}, ${behind}, ${end})`;
  const expected = {
    body: () => `${sum}(bytes, bodyStart, bodyEnd)`,
    rest: () => `${sum}(bytes, ${behind}, ${frameEnd})`,
    header: () => except("bodyStart"),
    frame: () => except(frameEnd),
  }[value.over]();
  const at = offsetIn(field);
  const lines = [`if (${loadInteger(field, false, value.size, at)} !== ${expected}) ${bad}`];
  if (field.width > value.size) {
    const [from, to] = at === 0 ? [value.size, field.width] : [0, at];
    lines.push(`for (let at = ${place(field, from)}; at < ${place(field, to)}; at++) {`);
    lines.push(`  if (bytes[at] !== 0) ${bad}`);
    lines.push("}");
  }
  return lines;
}
