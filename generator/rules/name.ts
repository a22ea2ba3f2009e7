import { ts } from "ts-morph";
import type { Position } from "../model.js";
import { GROUP_MEMBERS, INHERITED_NAMES, languagesReserving, THENABLE } from "../reserved-names.js";
import type { Rule, RuleContext } from "../rule.js";

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const APPLICATION_NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;

interface Named {
  readonly what: string;
  readonly name: string;
  readonly position: Position;
  /** It becomes a member of a generated object that programs may await. */
  readonly member: boolean;
  /** It becomes a method of a group's class. */
  readonly method: boolean;
}

export const name: Rule = {
  id: "name",
  checks: "Every name that reaches generated code is an identifier there, and no word of a target language.",
  *check(context) {
    for (const named of names(context)) {
      const problem = problemWith(named);
      if (problem !== null) yield { ...problem, position: named.position };
    }
    const { model, sources } = context;
    if (!APPLICATION_NAME.test(model.name)) {
      yield {
        message: `the application's name "${model.name}" is no name for a class`,
        hint: "letters, digits, - and _, a letter first",
        position: sources.part(model.position, 0, "name"),
      };
    }
    yield* writtenPrototypes(context);
  },
};

function* names({ model, sources, handlers, remotes, schedules, pushes }: RuleContext): Generator<Named> {
  for (const { name, position } of model.servers) {
    yield { what: "server type", name, position: sources.part(position, 0), member: true, method: false };
  }
  const groups = new Set<string>();
  for (const { method, position, server, group } of [...handlers, ...remotes, ...schedules]) {
    const key = `${server.name}.${group.name}`;
    if (!groups.has(key)) {
      yield { what: "group", name: group.name, position: sources.nameOf(position, 1), member: true, method: false };
    }
    groups.add(key);
    yield { what: "method", name: method, position: sources.nameOf(position), member: true, method: true };
  }
  for (const { name, position } of pushes) {
    yield { what: "push", name, position: sources.nameOf(position), member: true, method: false };
  }
  for (const { name, request, response } of model.protocols) {
    const position = sources.part(model.position, 0, "protocols", name);
    yield { what: "protocol", name, position, member: false, method: false };
    yield* fieldNames(request.fields, sources);
    yield* fieldNames(response.fields, sources);
  }
  yield* fieldNames(model.internal.fields, sources);
  for (const { name, position } of model.errors) yield { what: "error", name, position, member: false, method: false };
}

function* fieldNames(fields: readonly { name: string; position: Position }[], sources: RuleContext["sources"]) {
  for (const { name, position } of fields) {
    yield { what: "field", name, position: sources.nameOf(position), member: false, method: false };
  }
}

function problemWith({ what, name, member, method }: Named): { message: string; hint: string } | null {
  if (!IDENTIFIER.test(name)) {
    return { message: `the ${what} "${name}" is not an identifier`, hint: "letters, digits and _, no digit first" };
  }
  const hint = "give it another name";
  if (INHERITED_NAMES.has(name)) {
    return { message: `the ${what} "${name}" is called like something every JavaScript object has`, hint };
  }
  if (method && GROUP_MEMBERS.has(name)) {
    return { message: `the ${what} "${name}" is called like a member of every group's class`, hint };
  }
  if (member && name === THENABLE) {
    return { message: `the ${what} "${name}" would make its owner look like a promise`, hint };
  }
  const languages = languagesReserving(name);
  if (languages.length === 0) return null;
  return { message: `the ${what} "${name}" is a reserved word of ${languages.join(" and ")}`, hint };
}

/** `{ __proto__: ... }` sets an object's prototype instead of a property, so that the program does not see the name at all. */
function* writtenPrototypes({ sources }: RuleContext) {
  for (const tree of sources.trees()) {
    const found: ts.PropertyName[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isPropertyAssignment(node) && !ts.isComputedPropertyName(node.name) && node.name.text === "__proto__") {
        found.push(node.name);
      }
      ts.forEachChild(node, visit);
    };
    visit(tree);
    for (const node of found) {
      yield {
        message: '"__proto__" is called like something every JavaScript object has',
        hint: "give it another name",
        position: sources.positionOf(node),
      };
    }
  }
}
