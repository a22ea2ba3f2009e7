import type { Condition, LayoutField } from "../model.js";
import { layoutsOf, type NamedLayout, type Rule } from "../rule.js";

const INTERNAL: ReadonlySet<string> = new Set(["source", "target", "userId", "roleId", "clientIp"]);

/** Roles that are a part of a key, and the key they are a part of. */
const KEY_ROLES: ReadonlyMap<string, string> = new Map([
  ["service", '["service", "messageId"]'],
  ["route", '["route"]'],
]);

export const rolePlace: Rule = {
  id: "role-place",
  checks:
    "A layout has a role once, service and route only as parts of a key, and roles about servers and users only between servers.",
  *check({ model }) {
    const told = new Set<string>();
    for (const named of layoutsOf(model)) {
      for (const problem of misplaced(named)) {
        const { file, line, column } = problem.position;
        // Requests and responses may have one layout.
        const key = `${file}:${line}:${column} ${problem.message}`;
        if (!told.has(key)) yield problem;
        told.add(key);
      }
    }
  },
};

function* misplaced({ layout, protocol }: NamedLayout) {
  const seen: LayoutField[] = [];
  for (const field of layout.fields) {
    const { name, role, position } = field;
    if (role === null) continue;
    const key = KEY_ROLES.get(role.kind);
    if (protocol !== null && key !== undefined && !protocol.key.some((part) => part === role.kind)) {
      yield {
        message: `"${name}" has the role ${role.kind}, which is no part of the key of ${protocol.name}`,
        hint: `key: ${key}`,
        position,
      };
    }
    const other = seen.find((earlier) => earlier.role?.kind === role.kind || earlier.property === field.property);
    if (other !== undefined && !areAlternatives(other, field)) yield twice(field, other);
    seen.push(field);
    if (protocol !== null && INTERNAL.has(role.kind)) {
      yield {
        message: `"${name}" has the role ${role.kind}, which only the internal layout can have`,
        hint: "clients are told apart by their sessions; leave the role out if the field is the application's own",
        position,
      };
    }
  }
}

function twice({ name, role, property, position }: LayoutField, other: LayoutField) {
  const kind = role!.kind;
  if (kind === "route" && other.role?.kind === "route" && other.property !== property) {
    const message = `"${name}" has the role route, as "${other.name}" has, and both may be there`;
    const hint = "say when each is there, so that only one can be: { when: { byCode: 1 } } and { when: { byCode: 0 } }";
    return { message, hint, position };
  }
  if (kind === other.role?.kind) {
    return { message: `"${name}" has the role ${kind}, which another field has already`, hint: null, position };
  }
  const hint = "a route's code is its message id";
  return { message: `"${name}" has the role ${kind}, and "${other.name}" holds the same number`, hint, position };
}

/** A route may be there by name or by code, and never by both. */
function areAlternatives(a: LayoutField, b: LayoutField): boolean {
  if (a.role?.kind !== "route" || b.role?.kind !== "route" || a.property === b.property) return false;
  return a.when.some((one) => b.when.some((other) => one.field === other.field && exclude(one, other)));
}

function exclude(a: Condition, b: Condition): boolean {
  if (a.not && b.not) return false;
  if (a.not) return b.values.every((value) => a.values.includes(value));
  if (b.not) return a.values.every((value) => b.values.includes(value));
  return !a.values.some((value) => b.values.includes(value));
}
