/** The number a schema is known by on the wire: two schemas with the same one understand each other. */
import { createHash } from "node:crypto";
import type { Layout, MessageType, Model } from "./model.js";

/** The parts of a model that the hash is made of, and one that must not be. */
export type HashedModel = Pick<Model, "protocols" | "internal" | "session" | "servers" | "protoFiles">;

/**
 * 16 hexadecimal digits: the first 8 bytes of SHA-256 over the canonical JSON of ids, layouts, routes and the messages they use.
 * Documentation, positions, limits, and the names of fields and errors do not count.
 */
export function schemaHash(model: HashedModel): string {
  return createHash("sha256")
    .update(canonicalJson(wireFacts(model)))
    .digest("hex")
    .slice(0, 16);
}

function wireFacts({ protocols, internal, session, servers, protoFiles }: HashedModel): unknown {
  const used = new Set<string>(session === null ? [] : [session]);
  const use = (message: string | null) => {
    if (message !== null) used.add(message);
    return message;
  };
  const routes = servers.flatMap(({ groups, pushes }) => [
    ...groups.flatMap(({ handlers, remotes }) => [
      ...handlers.map(({ kind, route, messageId, linkId, request, response }) => ({
        kind,
        route,
        messageId,
        linkId,
        request: use(request),
        response: use(response),
      })),
      ...remotes.map(({ route, linkId, request, response }) => ({
        kind: "rpc",
        route,
        linkId,
        request: use(request),
        response: use(response),
      })),
    ]),
    ...pushes.map(({ route, messageId, linkId, message }) => ({
      kind: "push",
      route,
      messageId,
      linkId,
      message: use(message),
    })),
  ]);
  return {
    protocols: protocols.map(({ name, request, response, body, key, control }) => ({
      name,
      request: layoutFacts(request),
      response: layoutFacts(response),
      body,
      key,
      control: control.kind,
    })),
    internal: layoutFacts(internal),
    session,
    servers: servers
      .map(({ name, kind, typeId, routeBy }) => ({
        name,
        kind,
        typeId,
        routeBy: routeBy === null ? null : { kind: routeBy.kind, field: "field" in routeBy ? routeBy.field : null },
      }))
      .sort((a, b) => compare(a.name, b.name)),
    routes: routes.sort((a, b) => compare(a.route, b.route)),
    ...typeFacts(used, protoFiles),
  };
}

function layoutFacts({ fields }: Layout): unknown {
  return fields.map(({ type, byteOrder, role }) => ({ type, byteOrder, role }));
}

/** Number and type of every field of the used messages, and of those that they contain. */
function typeFacts(used: Set<string>, protoFiles: Model["protoFiles"]): { messages: unknown; enums: unknown } {
  const messages = new Map<string, MessageType>(
    protoFiles.flatMap((file) => file.messages.map((m) => [m.fullName, m])),
  );
  const enums = new Map(protoFiles.flatMap((file) => file.enums.map((e) => [e.fullName, e])));
  const messageFacts: [string, unknown][] = [];
  const enumFacts: [string, unknown][] = [];
  // A set may grow while it is walked; what is added is still visited.
  for (const fullName of used) {
    const numbers = enums.get(fullName)?.values.map(({ number }) => number);
    if (numbers !== undefined) enumFacts.push([fullName, numbers.sort((a, b) => a - b)]);
    const fields = messages.get(fullName)?.fields.map(({ number, type, presence, packed, oneof, mapKey }) => {
      if (type.kind !== "scalar") used.add(type.fullName);
      return { number, type, presence, packed, oneof: oneof !== null, mapKey };
    });
    if (fields !== undefined) messageFacts.push([fullName, fields.sort((a, b) => a.number - b.number)]);
  }
  const sorted = (facts: [string, unknown][]) => facts.sort(([a], [b]) => compare(a, b));
  return { messages: sorted(messageFacts), enums: sorted(enumFacts) };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** JSON without spaces, keys in order of their code units. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => compare(a, b));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(",")}}`;
}
