import { didYouMean } from "../../wire/did-you-mean.js";
import { highestValue } from "../layout-size.js";
import type { Condition, Layout, LayoutField } from "../model.js";
import { distinctLayoutsOf, type Rule } from "../rule.js";

export const layoutCondition: Rule = {
  id: "layout-condition",
  checks: "Whether a field is there is told by earlier fields, which are numbers that can have the values asked for.",
  *check({ model, sources }) {
    for (const { layout } of distinctLayoutsOf(model)) {
      for (const field of layout.fields) {
        const { name, role, type, when, position: call } = field;
        // The condition of a group of bits is all its fields', and told once.
        if (when.length === 0 || (type.kind === "bits" && !type.group.first)) continue;
        const position = sources.nameOf(call, type.kind === "bits" ? 1 : 0);
        if (role?.kind === "length" || role?.kind === "checksum") {
          const message = `"${name}" has the role ${role.kind}, and must always be there`;
          yield { message, hint: "a frame without it could not be checked", position };
        }
        for (const condition of when) {
          const problem = problemWith(layout, field, condition);
          if (problem !== null) yield { ...problem, position };
        }
      }
    }
  },
};

function problemWith({ fields }: Layout, field: LayoutField, { field: asked, values }: Condition) {
  const shown = field.type.kind === "bits" ? field.type.group.name : field.name;
  const index = fields.findIndex(({ name }) => name === asked);
  const other = fields[index];
  if (other === undefined) {
    const earlier = fields.slice(0, fields.indexOf(field)).map(({ name }) => name);
    const hint = didYouMean(asked, earlier) ?? `fields before it: ${earlier.join(", ") || "none"}`;
    return { message: `"${shown}" depends on "${asked}", which the layout does not have`, hint };
  }
  if (index >= fields.indexOf(field) || isOfSameGroup(field, other)) {
    const where = other === field ? "itself" : isOfSameGroup(field, other) ? "a field of its own" : "a later field";
    const message = `"${shown}" depends on ${where === "itself" ? where : `"${asked}", ${where}`}`;
    return { message, hint: "whoever reads it must know by then whether it is there" };
  }
  const highest = isKept(other) ? highestValue(other) : 0;
  if (highest === 0) {
    const hint =
      "an unsigned number that a header keeps: no length, checksum, constant or text, and of no more than 32 bits";
    return { message: `"${shown}" depends on "${asked}", which is no number that can be compared`, hint };
  }
  const wrong = values.find((value) => value < 0 || value > highest);
  if (wrong === undefined) return null;
  return { message: `"${shown}" depends on "${asked}" being ${wrong}, and it goes from 0 to ${highest}`, hint: null };
}

/** Whether a header has the field's value as one number. */
function isKept({ role, type }: LayoutField): boolean {
  if (role?.kind === "length" || role?.kind === "checksum") return false;
  if (type.kind === "bits") return type.holds === "value";
  return type.kind !== "integer" || type.bits < 64;
}

function isOfSameGroup({ type: a }: LayoutField, { type: b }: LayoutField): boolean {
  return a.kind === "bits" && b.kind === "bits" && a.group.name === b.group.name;
}
