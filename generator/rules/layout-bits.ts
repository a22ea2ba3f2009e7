import type { FieldType, LayoutField } from "../model.js";
import { distinctLayoutsOf, type Rule } from "../rule.js";

type BitsType = Extract<FieldType, { kind: "bits" }>;

interface BitsField extends LayoutField {
  readonly type: BitsType;
}

export const layoutBits: Rule = {
  id: "layout-bits",
  checks: "The fields of a group of bits fill one to four whole bytes, each bit once.",
  *check({ model, sources }) {
    for (const { layout } of distinctLayoutsOf(model)) {
      for (const group of groupsOf(layout.fields)) {
        const { name, bits } = group[0]!.type.group;
        const taken = new Array<BitsField | undefined>(bits).fill(undefined);
        for (const field of group) {
          const { shift, bits: width } = field.type;
          const range = Array.from({ length: width }, (_, index) => shift + index);
          const met = range.find((bit) => taken[bit] !== undefined);
          if (met !== undefined) {
            const message = `"${field.name}" and "${taken[met]!.name}" of "${name}" share bit ${met}`;
            yield {
              message,
              hint: `bits are counted from the lowest, 0; ${spots(taken[met]!)}`,
              position: field.position,
            };
          }
          for (const bit of range) if (bit >= 0) taken[bit] ??= field;
        }
        const gap = taken.indexOf(undefined);
        const position = sources.nameOf(group[0]!.position, 1);
        if (![8, 16, 24, 32].includes(bits)) {
          const message = `the fields of "${name}" have ${bits} bits, and must fill 8, 16, 24 or 32`;
          yield { message, hint: "fill up with bit(n, reserved())", position };
        } else if (gap !== -1) {
          const hint = `take it with bit(1, reserved(), { at: ${gap} })`;
          yield { message: `bit ${gap} of "${name}" belongs to no field`, hint, position };
        }
      }
    }
  },
};

const spots = ({ name, type }: BitsField) => `"${name}" has ${type.shift} to ${type.shift + type.bits - 1}`;

/** The fields of each group, which follow one another. */
function groupsOf(fields: readonly LayoutField[]): BitsField[][] {
  const groups: BitsField[][] = [];
  for (const field of fields) {
    if (field.type.kind !== "bits") continue;
    if (field.type.group.first) groups.push([]);
    groups.at(-1)!.push(field as BitsField);
  }
  return groups;
}
