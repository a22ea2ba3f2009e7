import type { FieldType, LayoutField } from "../model.js";
import { distinctLayoutsOf, type Rule, type RuleContext } from "../rule.js";

/** Properties of header objects by the role that brings them. */
const PROPERTIES: ReadonlyMap<string, string> = new Map([
  ...[
    "length",
    "sequence",
    "messageId",
    "service",
    "kind",
    "route",
    "serverType",
    "compressed",
    "encrypted",
    "errorCode",
  ].map(own),
  ...["flags", "version", "source", "target", "clientIp", "checksum", "timestamp", "userId", "roleId"].map(own),
  ...["timestamp", "userId", "roleId"].flatMap((role): [string, string][] => [
    [`${role}High`, role],
    [`${role}Low`, role],
  ]),
]);

const FRAME: ReadonlySet<string> = new Set(["bodyStart", "bodyEnd"]);

function own(role: string): [string, string] {
  return [role, role];
}

export const layoutField: Rule = {
  id: "layout-field",
  checks: "Fields have names of their own, and one without a role none that a role gives to header objects.",
  *check({ model, sources }) {
    const layouts = distinctLayoutsOf(model).map(({ layout }) => layout);
    for (const { fields } of layouts) {
      yield* halfNames(fields, sources);
      yield* namesakes(fields, sources);
    }
    for (const { name, role, type, position } of layouts.flatMap(({ fields }) => fields)) {
      if (role !== null || !keepsValue(type)) continue;
      const owner = PROPERTIES.get(name);
      if (owner !== undefined) {
        yield {
          message: `"${name}" is the name of the role ${owner}, which the field does not have`,
          hint: `give it the role, role.${owner}(), or another name`,
          position: sources.nameOf(position),
        };
      } else if (FRAME.has(name)) {
        const hint = "give the field another name";
        yield { message: `"${name}" is a property of every header`, hint, position: sources.nameOf(position) };
      }
    }
  },
};

function keepsValue(type: FieldType): boolean {
  return type.kind === "bits" ? type.holds === "value" : type.kind !== "constant" && type.kind !== "reserved";
}

/** The fields of groups of bits stand beside all others in a header. */
function* namesakes(fields: readonly LayoutField[], sources: RuleContext["sources"]) {
  const names = new Set<string>();
  for (const { name, position } of fields) {
    if (names.has(name)) {
      const message = `"${name}" is the name of another field of the layout`;
      yield {
        message,
        hint: "fields of a group of bits count as fields of the layout",
        position: sources.nameOf(position),
      };
    }
    names.add(name);
  }
}

/** A field of 64 bits without a role is there three times: whole, and as two halves. */
function* halfNames(fields: readonly LayoutField[], sources: RuleContext["sources"]) {
  const whole = fields.filter(({ role, type }) => role === null && type.kind === "integer" && type.bits === 64);
  const halves = new Map(whole.flatMap(({ name }) => [`${name}High`, `${name}Low`].map((half) => [half, name])));
  for (const { name, role, position } of fields) {
    const owner = role === null ? halves.get(name) : undefined;
    if (owner === undefined) continue;
    yield {
      message: `"${name}" is the name of one half of "${owner}", which has 64 bits`,
      hint: "give the field another name",
      position: sources.nameOf(position),
    };
  }
}
