import { fieldSize, headerSize, highestValue, utf8Length } from "../layout-size.js";
import type { Layout, LayoutField } from "../model.js";
import { distinctLayoutsOf, type Rule } from "../rule.js";

export const layoutLength: Rule = {
  id: "layout-length",
  checks: "A length tells where the frame ends from a place that is known, and reaches as far as the shortest frame.",
  *check({ model }) {
    for (const { layout } of distinctLayoutsOf(model)) {
      const index = layout.fields.findIndex(({ role }) => role?.kind === "length");
      const field = layout.fields[index];
      if (field?.role?.kind !== "length" || field.type.kind !== "integer") continue;
      const { position } = field;
      const before = layout.fields.slice(0, index).find(isVariable);
      const behind = layout.fields.slice(index + 1).find(isVariable);
      if (before !== undefined) {
        const message = `"${field.name}" stands behind "${before.name}", which is not always as long: where the frame ends could not be told from a part of it`;
        yield { message, hint: `put it in front of "${before.name}"`, position };
      } else if (behind !== undefined && field.role.counts === "body") {
        const message = `"${field.name}" counts the body alone, and "${behind.name}" in front of the body is not always as long: where the frame ends could not be told from a part of it`;
        yield { message, hint: 'count it as well: role.length({ counts: "rest" })', position };
      } else yield* outOfReach(layout, field, index);
    }
  },
};

/** Whether a field may be absent or has no fixed size. */
function isVariable({ type, when }: LayoutField): boolean {
  return when.length > 0 || ["prefixedText", "prefixedBytes", "varint", "decimal", "until"].includes(type.kind);
}

function* outOfReach(layout: Layout, field: LayoutField, index: number) {
  const { name, role, position } = field;
  if (role?.kind !== "length") return;
  const behind = headerSize({ ...layout, fields: layout.fields.slice(index + 1) }) + utf8Length(layout.end);
  const before = headerSize({ ...layout, fields: layout.fields.slice(0, index) }) + utf8Length(layout.start);
  const least = { body: 0, rest: behind, frame: before + fieldSize(field.type) + behind }[role.counts] + role.offset;
  const highest = highestValue(field);
  if (least < 0) {
    const message = `"${name}" would be ${least} in a frame without a body`;
    yield { message, hint: `an offset of ${role.offset} takes away more than is counted`, position };
  } else if (least > highest) {
    const message = `"${name}" reaches ${highest}, and is ${least} in the shortest frame without a body`;
    yield { message, hint: "give it more bits, or count less", position };
  }
}
