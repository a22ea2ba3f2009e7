import { didYouMean } from "../../wire/did-you-mean.js";
import { type MessageField, type MessageType, RAW_BODY, type RoutingRule, type ServerType } from "../model.js";
import type { Rule, RuleContext } from "../rule.js";

export const routingKey: Rule = {
  id: "routing-key",
  checks: "The field a routing rule names exists wherever it is looked for, and its value can be a key.",
  *check(context) {
    for (const server of context.model.servers) {
      const rule = server.routeBy;
      if (rule === null) continue;
      if (rule.kind === "sessionData" || rule.kind === "server") yield* checkSession(context, rule);
      if (rule.kind === "messageField") yield* checkMessages(context, server, rule);
    }
  },
};

type FieldRule = Extract<RoutingRule, { field: string }>;

function* checkSession({ model, isWhole, messages, sources }: RuleContext, rule: FieldRule) {
  if (model.session === null) {
    if (!isWhole(model.position)) return;
    yield {
      message: `${rule.kind}("${rule.field}") needs session data, and the schema declares none`,
      hint: 'name its message in defineSchema: session: "chat.SessionData"',
      position: sources.part(rule.position, 0),
    };
    return;
  }
  const message = messages.get(model.session);
  if (message === undefined) return;
  const problem = fieldProblem(message, rule, "the session data");
  if (problem !== null) yield { ...problem, position: sources.part(rule.position, 0) };
}

function* checkMessages(context: RuleContext, server: ServerType, rule: FieldRule) {
  const position = context.sources.part(rule.position, 0);
  const routes = server.groups.flatMap(({ handlers, remotes }) => [...handlers, ...remotes]);
  const seen = new Set<string>();
  let first: { readonly message: MessageType; readonly type: string } | null = null;
  for (const { route, request } of routes) {
    if (request === RAW_BODY) {
      yield {
        message: `${route} takes raw(), which has no field "${rule.field}"`,
        hint: "route by something else",
        position,
      };
      continue;
    }
    const message = context.messages.get(request);
    if (message === undefined || seen.has(request)) continue;
    seen.add(request);
    const problem = fieldProblem(message, rule, `what ${route} takes`);
    if (problem !== null) {
      yield { ...problem, position };
      continue;
    }
    const type = typeName(message.fields.find(({ name }) => name === rule.field)!);
    first ??= { message, type };
    if (type !== first.type) {
      yield {
        message: `"${rule.field}" is ${type} in ${message.fullName} and ${first.type} in ${first.message.fullName}`,
        hint: "keys are compared as they stand on the wire; give the field one type",
        position,
      };
    }
  }
}

/** `whose` says why the message is looked at. */
function fieldProblem(message: MessageType, { kind, field: name }: FieldRule, whose: string) {
  const field = message.fields.find((candidate) => candidate.name === name);
  if (field === undefined) {
    const names = message.fields.map((candidate) => candidate.name);
    return {
      message: `${message.fullName}, ${whose}, has no field "${name}"`,
      hint: didYouMean(name, names) ?? (names.length === 0 ? "it has no fields at all" : `it has: ${names.join(", ")}`),
    };
  }
  const type = typeName(field);
  if (kind === "server") {
    return type === "string"
      ? null
      : {
          message: `"${name}" of ${message.fullName} is ${type}, and must hold a server's id`,
          hint: "make it a string",
        };
  }
  return isKey(field)
    ? null
    : {
        message: `"${name}" of ${message.fullName} is ${type}, which cannot be a key`,
        hint: "use a string, bytes, bool, an integer or an enum",
      };
}

function isKey({ type, presence }: MessageField): boolean {
  if (presence === "repeated" || presence === "map" || type.kind === "message") return false;
  return type.kind === "enum" || (type.scalar !== "double" && type.scalar !== "float");
}

function typeName({ type, presence }: MessageField): string {
  const name = type.kind === "scalar" ? type.scalar : type.fullName;
  return presence === "repeated" || presence === "map" ? `a ${presence === "map" ? "map" : "list"} of ${name}` : name;
}
